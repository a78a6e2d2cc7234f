// New code takes the places of servers while they run, of one or of several in one step: started beside them, tried with copies of their
// state, then the vaults move (docs/hot-swap.md). Invariant: every way to the end but one leaves all running processes as they were,
// with all that they had.
import { Failure } from "../../sdk/contract/failure.ts";
import { keepNow, keepPrepared, type Prepared, prepareKeeping } from "../../sdk/hot/durable.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { systemCalls } from "../../sdk/runtime/system-call.ts";
import { MILLISECOND } from "../../sdk/runtime/time.ts";
import { sleep } from "../../sdk/runtime/timers.ts";
import type { Code } from "./code.ts";
import { healthy } from "./health.ts";
import { kept } from "./kept.ts";
import type { Server, Version } from "./server.ts";
import { stopOrder } from "./stop-order.ts";
import type { SystemState } from "./system-state.ts";
import { Refusal, startTaker, type Taker } from "./taker.ts";

/** The running codes' part of the pause, and all of it: with what comes before and after no client waits for 100 ms. */
const STOP = 55 * MILLISECOND;
const PAUSE = 90 * MILLISECOND;

/** A server and what shall take its place. */
export interface Change {
  readonly server: Server;
  readonly next: { readonly entry: Version["entry"]; readonly code: Code };
}

/** What came of it. */
export type Swapped =
  | {
      readonly paused: number;
      readonly kept: number;
      /** ns from the begin to the end of the trials: the running code has served all that time */
      readonly started: number;
    }
  | {
      readonly why: string;
      /** servers that would have to be swapped with these, since they speak a contract as it was */
      readonly along: readonly string[];
      /** it is of this moment alone: another try may do */
      readonly passing: boolean;
    };

const clock = () => uusi.sys(systemCalls.clock);

/** Swaps servers that can hand over, all or none. The live versions change with it. `restarting`: servers that start afresh with them. */
export async function swapHot(
  system: SystemState,
  changes: readonly Change[],
  restarting: readonly string[] = [],
): Promise<Swapped> {
  const takers: Taker[] = [];
  const launched = clock();
  try {
    for (const change of changes) takers.push(startTaker(system, change));
    await all(takers, (each) => each.load());
    await all(takers, (each) => each.tryState());
    const written = prepare(takers);
    // that takes its time, and deadlines count from the begin of a turn
    await sleep(0);
    const begun = clock();
    for (const wave of stopOrder(takers, ({ server }) => server.entry.manifest))
      await all(wave, (each) => each.stop(begun + STOP));
    for (const each of takers) await each.lend();
    for (const each of takers) each.giveKernels(system.machine);
    const together = [...changes.map(({ server }) => server.entry.name), ...restarting];
    await all(takers, (each) =>
      each.adopt(Math.max(begun + PAUSE - clock(), MILLISECOND), PAUSE, together),
    );
    const along = [...new Set(takers.flatMap((each) => each.along))];
    for (const each of takers) {
      const { name } = each.server.entry;
      if (each.lost !== "") throw new Refusal(name, each, each.lost, "", along);
      if (each.server.process !== each.old)
        throw new Refusal(name, each, "the running code ended meanwhile");
    }
    const result = { ...keep(takers, written), started: begun - launched };
    // the word to the new code leaves now, ahead of what comes of it
    await sleep(0);
    return result;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const ends = await Promise.all(takers.map((each) => each.end()));
    const said = error.ofCall ? ends[takers.indexOf(error.taker as Taker)] : undefined;
    const whose = changes.length > 1 ? `${error.server}: ` : "";
    const { along, passing } = error;
    const why = `${whose}${said ?? error.message}`;
    return { why, along, passing: passing && said === undefined };
  }
}

/** All at the same time; when one is refused the others are waited for, so that nothing of them is on its way any more. */
async function all<T>(list: readonly T[], f: (each: T) => Promise<void>): Promise<void> {
  const faults: unknown[] = [];
  await Promise.all(list.map((each) => f(each).catch((error) => faults.push(error))));
  if (faults.length > 0) throw faults[0];
}

/**
 * The one step. All vaults are where they shall be already: keeping them is a call each, and nobody else runs in between. It is written down
 * before: the init that goes on after this one's death within it finishes it.
 */
function keep(
  takers: readonly Taker[],
  written: Prepared | undefined,
): { readonly paused: number; readonly kept: number } {
  const changed = [...new Set(takers.flatMap((each) => each.changed))];
  let since = Infinity;
  let count = 0;
  const recorders = takers.map(({ server }) => server.recorder);
  for (const each of takers) {
    since = Math.min(since, each.since);
    count += each.kept;
    each.stands();
  }
  if (!keepPrepared(written)) {
    for (const each of takers) Object.assign(each.server, placeOf(each));
    kept.changed();
    keepNow();
  }
  for (const each of takers) uusi.sys(systemCalls.vault_lend, each.process.number, 0);
  for (const each of takers) each.fresh.send.commit({ changed });
  const time = clock();
  for (const each of takers) {
    const { server, running, old } = each;
    Object.assign(server, placeOf(each));
    running.close();
    old.kill(0);
    old.close();
  }
  for (const each of recorders) each?.close();
  return { paused: time - since, kept: count };
}

/** Writes down how it will be, so that the step itself costs a store; what it says of kernels the next swap does not ask. */
function prepare(takers: readonly Taker[]): Prepared | undefined {
  const was = takers.map(({ server }) => ({ ...server }));
  for (const each of takers) Object.assign(each.server, placeOf(each));
  const written = prepareKeeping();
  takers.forEach(({ server }, place) => Object.assign(server, was[place]));
  return written;
}

/** What is the server's from the step on. */
function placeOf(taker: Taker): Partial<Server> {
  const { next, process, recorder } = taker;
  const { entry, code } = taker.was;
  const info = process.info();
  return {
    before: { entry, code },
    entry: next.entry,
    code: next.code,
    grants: taker.grants,
    process,
    processId: info instanceof Failure ? 0 : info.id,
    health: healthy(),
    recorder,
    hot: taker.fresh as Server["hot"],
  };
}
