// A chapter of a campaign: some injections, into a machine that begins anew with it. Invariants: it does not matter which chapters ran before,
// nor which run beside it; in the simulated system it repeats exactly. It ends, whatever the injections do to the machine.
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { builtSystem } from "../../../sdk/sim/system.ts";
import { fresh, Injections, type Outcome } from "./in-turn.ts";
import { drawn, type Kind } from "./injection.ts";
import { QemuSubject } from "./qemu-subject.ts";
import { victims } from "./victims.ts";

/** Injections of a chapter: a machine's start takes as long as about ten, in QEMU also since nothing of its code is translated yet. */
export const chapterSizes = { simulated: 50, QEMU: 200 } as const;

/** The injections `from` to `to`, that one excluded. */
export interface Work {
  readonly from: number;
  readonly to: number;
  readonly seed: number;
  readonly kinds: readonly Kind[];
  /** QEMU: by a clock of instructions (qemu-subject.ts) */
  readonly counted?: boolean;
}

/** One takes well below a second of a processor; a simulated machine that says nothing for so long goes round in circles. */
const STUCK_MS = 20_000;
/** What a busy host may make of that, and between two looks. */
const SILENT_MS = 600_000;
const LOOK_MS = 1_000;
/** A tick of the processor times in /proc (Linux, proc(5): sysconf(_SC_CLK_TCK)). */
const TICK_MS = 10;
/** What an injection into QEMU takes at most, with all its waits to their ends, on a busy host. */
const LATE_MS = 300_000;

const tapeFiles = new URL("../../../tape/embed/register.ts", import.meta.url).href;

/** ms of processor time that a process has taken; 0 when there is none. */
function processorTime(pid: number | undefined): number {
  try {
    // behind the name, which may hold anything: state is field 3, utime and stime are 14 and 15
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return 0;
  }
}

/** Runs injections in a process of their own until it has done all or only computes; returns how many it did. */
function beside(work: Work, stuckMs: number, took: (outcome: Outcome) => void): Promise<number> {
  const path = new URL("worker.ts", import.meta.url).pathname;
  const execArgv = ["--disable-warning=ExperimentalWarning", `--import=${tapeFiles}`];
  const child = fork(path, [JSON.stringify(work)], { execArgv });
  return new Promise((resolve, reject) => {
    let done = 0;
    let stuck = false;
    let heard = { time: performance.now(), spent: 0 };
    const watch = setInterval(
      () => {
        const late = performance.now() - heard.time > SILENT_MS;
        stuck = late || processorTime(child.pid) - heard.spent > stuckMs;
        if (stuck) child.kill("SIGKILL");
      },
      Math.min(LOOK_MS, stuckMs),
    );
    child.on("message", (outcome: Outcome) => {
      done++;
      heard = { time: performance.now(), spent: processorTime(child.pid) };
      took(outcome);
    });
    child.once("error", reject);
    child.once("exit", (code) => {
      clearInterval(watch);
      if (stuck || code === 0) resolve(done);
      else reject(new Error(`the campaign's process ended with ${code} at ${work.from + done}`));
    });
  });
}

/** What came of each injection into the simulated system. One that computes for `stuckMs` and says nothing is ended, and counted as such. */
export async function simChapter(work: Work, stuckMs = STUCK_MS): Promise<Outcome[]> {
  const { seed, kinds, from, to } = work;
  const outcomes: Outcome[] = [];
  while (from + outcomes.length < to) {
    const rest = { ...work, from: from + outcomes.length };
    await beside(rest, stuckMs, (outcome) => outcomes.push(outcome));
    const index = from + outcomes.length;
    if (index === to) break;
    const { kind, victim } = drawn(seed, index, kinds, victims(builtSystem()));
    const tally = { ...fresh(), injected: 1, manifested: 1, stuck: 1 };
    outcomes.push({ index, kind, victim, tally, failure: "" });
  }
  return outcomes;
}

/**
 * The same in QEMU. The seed gives the same victims, kinds and places, but the machine is not at the same point. `took` hears each outcome.
 */
export async function qemuChapter(
  { from, to, seed, kinds, counted = false }: Work,
  took: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const injections = new Injections(() => QemuSubject.boot(counted), seed, kinds, builtSystem());
  const outcomes: Outcome[] = [];
  let timer: NodeJS.Timeout | undefined;
  try {
    for (let index = from; index < to; index++) {
      const late = new Promise<string>((resolve) => {
        const sentence = `injection ${index} did not come to its end`;
        timer = setTimeout(resolve, LATE_MS, sentence);
      });
      const outcome = await Promise.race([injections.run(index), late]);
      clearTimeout(timer);
      outcomes.push(
        typeof outcome === "string" ? await injections.givenUp(index, outcome) : outcome,
      );
      took(outcomes.at(-1)!);
    }
  } finally {
    clearTimeout(timer);
    await injections.close();
  }
  return outcomes;
}
