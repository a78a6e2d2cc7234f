// What the host of a torture (torture.ts) has said, as values. Invariant: a line that is missing is no success.
import { HELD, PARKED, TIMERS } from "./torture.ts";

export interface Torture {
  readonly calls: number;
  readonly lost: number;
  readonly doubled: number;
  /** parked calls that got an answer */
  readonly ended: number;
  /** lines of swaps that came to nothing, joined */
  readonly refused: string;
  /** swaps that were tried again, since they were refused for what was so at that moment */
  readonly tries: number;
  /** more than after the first swaps: handles of the server, bytes of the machine's memory in use */
  readonly handles: number;
  readonly memory: number;
  /** ms: p50 and p99 */
  readonly pauses: { readonly median: number; readonly worst: number };
  /** states that were not as they should be; a state that nobody told is one, too */
  readonly wrong: readonly string[];
}

/** `entries`: rows of the server's table. */
export function torture(lines: readonly string[], entries: number): Torture {
  const numbers = (pattern: RegExp): number[] => {
    const found = lines.map((each) => pattern.exec(each)).find((each) => each !== null);
    return found === undefined ? [] : found.slice(1).map(Number);
  };
  const text = lines.find((each) => each.startsWith("refused "));
  const [calls = 0, lost = Number.NaN, doubled = Number.NaN, ended = Number.NaN] = numbers(
    /^calls (\d+) lost (-?\d+) doubled (\d+) parked (\d+)$/,
  );
  const [tries = Number.NaN] = numbers(/^tried again (\d+)$/);
  const [handles = Number.NaN] = numbers(/^handles (-?\d+)$/);
  const [memory = Number.NaN] = numbers(/^memory (-?\d+)$/);
  const [median = Number.NaN, worst = Number.NaN] = numbers(/^paused ([\d.]+) ([\d.]+)$/);
  // every call has touched one entry: what is written in a turn is there whatever swaps came after it
  const state = [HELD, (entries * (entries - 1)) / 2, TIMERS, PARKED, 0].join(" ");
  const states = lines.filter((each) => each.startsWith("at "));
  const wrong = states.filter((each) => !each.endsWith(` ${state}`));
  if (states.length < 2) wrong.push("no state was told");
  const refused = text === undefined ? "nothing was told" : text.slice("refused ".length);
  const pauses = { median, worst };
  return { calls, lost, doubled, ended, refused, tries, handles, memory, pauses, wrong };
}
