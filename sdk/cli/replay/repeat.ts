// Repeats a recorded run in this process, turn by turn as the engine does it (sdk/runtime/binding.ts says how a host drives a server).
// Invariant: it ends, at the recorded end, where the two runs part, or after a turn that takes far longer than one may.
import { runInThisContext } from "node:vm";
import { layouts, limits } from "../../abi/table.ts";
import type { Binding } from "../../runtime/binding.ts";
import type { RunRecord } from "./record.ts";
import { replayBinding, RunEnd } from "./replay-binding.ts";

/** How a repetition ended. */
export interface Outcome {
  /** turns repeated, of those recorded */
  readonly turns: number;
  readonly all: number;
  readonly sentence: string;
  /** TypeScript places, the innermost first */
  readonly stack: readonly string[];
  /** it went the way of the recorded run */
  readonly same: boolean;
}

export interface Repetition {
  readonly script: string;
  /** the script's name in stacks */
  readonly file: string;
  /** stops in a debugger before the last turn */
  readonly debug: boolean;
}

/** Frames of the script in a stack, with the lines of the sources. */
function places(error: unknown, file: string, place: (line: number) => string): string[] {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const frames: string[] = [];
  for (const line of stack.split("\n")) {
    const at = line.lastIndexOf(`${file}:`);
    if (!line.startsWith("    at ") || at < 0) continue;
    const number = Number(/^\d+/.exec(line.slice(at + file.length + 1))?.[0] ?? 0);
    const name = /^ {4}at (?:async )?(.*?) \(/.exec(line)?.[1] ?? "";
    frames.push(`${name === "" ? "" : `${name} `}${place(number) || `line ${number}`}`);
  }
  return frames;
}

/** Runs it in this realm: `uusi`, `Date.now` and `Math.random` are the run's from then on. */
export async function repeat(record: RunRecord, run: Repetition): Promise<Outcome> {
  const { binding, nextTurn, turns } = replayBinding(record);
  const driven = binding as Binding & { place?: (line: number) => string };
  (globalThis as { uusi?: Binding }).uusi = binding;
  const clock = new DataView(binding.buffer);
  Date.now = () =>
    Math.floor(Number(clock.getBigUint64(limits.EVENT_OFFSET + layouts.wait.clock, true)) / 1e6);
  let rejection: { reason: unknown } | undefined;
  const rejected = (reason: unknown): void => {
    rejection ??= { reason };
  };
  process.on("unhandledRejection", rejected);
  const end = (sentence: string, error?: unknown, same = true): Outcome => {
    const place = driven.place ?? (() => "");
    const stack = error === undefined ? [] : places(error, run.file, place);
    return { turns: turns.done, all: turns.all, sentence, stack, same };
  };
  const ended = (error: unknown): Outcome =>
    error instanceof RunEnd
      ? end(error.message, error, error.same)
      : end(`it throws ${String(error)}`, error);
  try {
    runInThisContext(run.script, { filename: run.file });
    for (;;) {
      const last = turns.done + 1 === turns.all;
      const bytes = nextTurn();
      if (bytes === undefined)
        return end(
          record.full
            ? "the record is full here; the run went on"
            : "it waits here: it was ended from outside, or runs still",
        );
      // biome-ignore lint/suspicious/noDebugger: this is where whoever repeats a run wants to begin
      if (run.debug && last) debugger;
      binding.turn?.(bytes);
      await new Promise((resolve) => setImmediate(resolve));
      if (rejection !== undefined) return ended(rejection.reason);
      binding.flush?.();
    }
  } catch (error) {
    return ended(error);
  } finally {
    process.off("unhandledRejection", rejected);
  }
}
