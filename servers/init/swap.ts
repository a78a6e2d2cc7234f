// A new version takes a server's place while it runs: started beside it, tried with a copy of its state, then the vault moves
// (docs/hot-swap.md). Invariant: every way to the end but one leaves the running process as it was, with all that it had.
import { type ClientOf, client } from "../../sdk/contract/client.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { systemFailure } from "../../sdk/contract/system-failure.ts";
import { Hot } from "../../sdk/hot/hot.contract.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { closeHandle } from "../../sdk/runtime/handle.ts";
import { systemCalls } from "../../sdk/runtime/system-call.ts";
import { MILLISECOND } from "../../sdk/runtime/time.ts";
import { sleep } from "../../sdk/runtime/timers.ts";
import { Beside } from "./beside.ts";
import type { Code } from "./code.ts";
import { healthy } from "./health.ts";
import { launchBeside } from "./launch.ts";
import type { Server, Version } from "./server.ts";
import { ended } from "./supervisor.ts";
import type { SystemState } from "./system-state.ts";

/** Until new code has been read and says what it declares; until it has tried a copy of the state. */
const LOAD = 1_000 * MILLISECOND;
/** The running code's part of the pause, and all of it. */
const STOP = 60 * MILLISECOND;
const PAUSE = 100 * MILLISECOND;
/** Between two tries to exchange vaults, and their number: both processes wait, or are about to. */
const AGAIN = 0.2 * MILLISECOND;
const TRIES = 50;

/** What came of it. */
export type Swapped =
  | { readonly paused: number; readonly kept: number }
  /** why not */
  | string;

const clock = () => uusi.sys(systemCalls.clock);

/** Swaps a server that can hand over. The live version changes with it. */
export async function swapHot(
  system: SystemState,
  server: Server,
  next: { readonly entry: Version["entry"]; readonly code: Code },
): Promise<Swapped> {
  const { machine } = system;
  const { process: old, hot: running } = server;
  if (old === undefined || running === undefined) return "it does not run";
  const launched = launchBeside(machine, next.entry, next.code, server.options);
  if (launched instanceof Failure) return `it cannot start: ${launched.sentence}`;
  const beside = new Beside(machine, next.entry.name, launched.process, (report) => {
    if (server.process === launched.process) ended(system, server, report);
  });
  const fresh: ClientOf<typeof Hot.methods> = client(Hot, launched.hot);
  const refuse = async (why: Failure | string, what: string): Promise<string> => {
    const said = await beside.end();
    launched.recorder?.close();
    fresh.close();
    if (typeof why === "string") return why;
    // a process that ended by itself knows better than the call that did not come back
    return said ?? (why.code > 0 ? why.sentence : `${what}: ${why.sentence}`);
  };

  const prepared = await fresh.prepare({}, { timeout: LOAD });
  if (prepared instanceof Failure)
    return refuse(prepared, `it did not start within ${LOAD / MILLISECOND} ms`);
  const { wanted, port, channel } = prepared;
  const drop = (...handles: number[]) => handles.forEach(closeHandle);

  const copy = await running.snapshot({ wanted }, { timeout: LOAD });
  if (copy instanceof Failure) {
    drop(port, channel);
    return refuse(copy, "the running code does not give its state");
  }
  const tried = await fresh.trial(copy, { timeout: LOAD });
  if (tried instanceof Failure) {
    drop(port, channel);
    return refuse(tried, "it did not take the state in time");
  }

  const begun = clock();
  const stopped = await running.quiesce({ wanted, within: STOP }, { timeout: PAUSE });
  if (stopped instanceof Failure) {
    drop(port, channel);
    running.send.resume({});
    return refuse(stopped, "the running code did not stop in time");
  }
  const { state, size, since } = stopped;
  const unlent = await lend(old.number, launched.process.number);
  if (unlent !== undefined) {
    drop(port, channel, state);
    running.send.resume({});
    return refuse(unlent.sentence, "");
  }
  const grants = [...server.grants];
  const left = Math.max(begun + PAUSE - clock(), MILLISECOND);
  const taken = await fresh.adopt({ state, size, port, channel, grants }, { timeout: left });
  if (taken instanceof Failure) {
    const limit = `it did not take over within ${PAUSE / MILLISECOND} ms`;
    const why = await refuse(taken, limit);
    running.send.resume({}); // the end of the other has given it its vault back
    return why;
  }
  if (server.process !== old) return refuse("the running code ended meanwhile", "");
  uusi.sys(systemCalls.vault_lend, launched.process.number, 0);
  fresh.send.commit({});
  const paused = clock() - since;
  beside.stands();
  server.before = { entry: server.entry, code: server.code };
  server.entry = next.entry;
  server.code = next.code;
  server.process = launched.process;
  const info = launched.process.info();
  server.processId = info instanceof Failure ? 0 : info.id;
  server.health = healthy();
  server.recorder?.close();
  server.recorder = launched.recorder;
  server.hot = fresh as Server["hot"];
  running.close();
  old.kill(0);
  old.close();
  return { paused, kept: taken.kept };
}

/** Exchanges the vaults as soon as both processes wait. */
async function lend(from: number, to: number): Promise<Failure | undefined> {
  for (let tries = 1; ; tries += 1) {
    const result = uusi.sys(systemCalls.vault_lend, from, to);
    if (result === 0) return undefined;
    if (tries === TRIES) return systemFailure(result, "exchanging the vaults");
    await sleep(AGAIN);
  }
}
