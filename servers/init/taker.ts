// New code that is to take one server's place: its process beside the running one, and each step of the hand-over as init asks for it.
// Invariant: `end` leaves the running code with all that it had, at whatever step it is called, until `stands` was.
import { type ClientOf, client } from "../../sdk/contract/client.ts";
import { Failure, failures } from "../../sdk/contract/failure.ts";
import { systemFailure } from "../../sdk/contract/system-failure.ts";
import { Hot } from "../../sdk/hot/hot.contract.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { closeHandle } from "../../sdk/runtime/handle.ts";
import type { Process } from "../../sdk/runtime/process.ts";
import { systemCalls } from "../../sdk/runtime/system-call.ts";
import { MILLISECOND } from "../../sdk/runtime/time.ts";
import { sleep } from "../../sdk/runtime/timers.ts";
import { Beside } from "./beside.ts";
import { giveKernels } from "./kernels.ts";
import { launchBeside } from "./launch.ts";
import type { Machine } from "./machine.ts";
import type { Recorder } from "./recorder.ts";
import type { Server, Version } from "./server.ts";
import { ended } from "./supervisor.ts";
import type { Change } from "./swap.ts";
import type { SystemState } from "./system-state.ts";

/** Until new code has been read and says what it declares; until it has tried a copy of the state. */
const LOAD = 1_000 * MILLISECOND;
/** Between two tries to exchange vaults, and their number: both processes wait, or are about to. */
const AGAIN = 0.2 * MILLISECOND;
const TRIES = 50;
/** How much longer init waits for the word that code has stopped than the code has to stop. */
const WORD = 40 * MILLISECOND;

/** Why a swap goes no further. */
export class Refusal extends Error {
  readonly server: string;
  readonly taker: Taker | undefined;
  /** It is the failure of a call to new code: a process that ended by itself knows better. */
  readonly ofCall: boolean;
  readonly along: readonly string[];
  /** Of this moment alone: what is open now, or how long things take now. */
  passing = false;

  constructor(
    server: string,
    taker: Taker | undefined,
    why: Failure | string,
    what = "",
    along: readonly string[] = [],
  ) {
    super(typeof why === "string" ? why : why.code > 0 ? why.sentence : `${what}: ${why.sentence}`);
    this.server = server;
    this.taker = taker;
    this.ofCall = typeof why !== "string";
    this.along = along;
  }
}

/** Starts it. @throws Refusal */
export function startTaker(system: SystemState, change: Change): Taker {
  const { server, next } = change;
  const { name } = server.entry;
  const { process: old, hot: running } = server;
  if (old === undefined || running === undefined)
    throw new Refusal(name, undefined, "it does not run");
  const launched = launchBeside(system.machine, next.entry, next.code, server.options);
  if (launched instanceof Failure)
    throw new Refusal(name, undefined, `it cannot start: ${launched.sentence}`);
  const { process, recorder } = launched;
  const beside = new Beside(system.machine, name, process, (report) => {
    if (server.process === process) ended(system, server, report);
  });
  return new Taker(change, old, running, process, client(Hot, launched.hot), beside, recorder);
}

export class Taker {
  readonly server: Server;
  /** the live version when it began */
  readonly was: Version;
  readonly next: Change["next"];
  readonly old: Process;
  readonly running: ClientOf<typeof Hot.methods>;
  readonly process: Process;
  readonly fresh: ClientOf<typeof Hot.methods>;
  readonly recorder: Recorder | undefined;
  readonly #beside: Beside;
  /** the handles of START, as the new code finds them */
  grants: readonly { readonly name: string; readonly number: number }[];
  /** from when on no client was served */
  since = 0;
  /** clients whose channels it has taken over */
  kept = 0;
  /** a contract that a client speaks as it was, "" for none; servers that speak it, and all methods that changed */
  lost = "";
  along: readonly string[] = [];
  changed: readonly string[] = [];
  #wanted = "";
  #state = { state: 0, size: 0 };
  #port = 0;
  #channel = 0;
  #stopping = false;
  #lent = false;

  constructor(
    { server, next }: Change,
    old: Process,
    running: ClientOf<typeof Hot.methods>,
    process: Process,
    fresh: ClientOf<typeof Hot.methods>,
    beside: Beside,
    recorder: Recorder | undefined,
  ) {
    this.server = server;
    this.was = { entry: server.entry, code: server.code };
    this.next = next;
    this.old = old;
    this.running = running;
    this.process = process;
    this.fresh = fresh;
    this.#beside = beside;
    this.recorder = recorder;
    this.grants = server.grants;
  }

  #refuse(why: Failure | string, what: string, passing = false): never {
    const refusal = new Refusal(this.server.entry.name, this, why, what);
    refusal.passing = passing;
    throw refusal;
  }

  /** The bundle is evaluated, and says what it declares. */
  async load(): Promise<void> {
    const prepared = await this.fresh.prepare({}, { timeout: LOAD });
    if (prepared instanceof Failure)
      this.#refuse(prepared, `it did not start within ${LOAD / MILLISECOND} ms`);
    this.#wanted = prepared.wanted;
    this.#port = prepared.port;
    this.#channel = prepared.channel;
  }

  /** It makes what it would make of a copy of the state. */
  async tryState(): Promise<void> {
    const copy = await this.running.snapshot({ wanted: this.#wanted }, { timeout: LOAD });
    if (copy instanceof Failure) this.#refuse(copy, "the running code does not give its state");
    const tried = await this.fresh.trial(copy, { timeout: LOAD });
    if (tried instanceof Failure) this.#refuse(tried, "it did not take the state in time");
  }

  /** The running code stops at a message boundary until that time (ns since boot). */
  async stop(until: number): Promise<void> {
    this.#stopping = true;
    const within = Math.max(until - uusi.sys(systemCalls.clock), 1);
    const wanted = this.#wanted;
    const stopped = await this.running.quiesce({ wanted, within }, { timeout: within + WORD });
    if (stopped instanceof Failure) {
      const { code } = stopped;
      const passing = code === failures.BUSY || code < 0;
      this.#refuse(stopped, "the running code did not stop in time", passing);
    }
    this.#state = { state: stopped.state, size: stopped.size };
    this.since = stopped.since;
  }

  /** The vaults change places as soon as both processes wait. */
  async lend(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const result = uusi.sys(systemCalls.vault_lend, this.old.number, this.process.number);
      if (result === 0) break;
      if (tries === TRIES)
        this.#refuse(systemFailure(result, "exchanging the vaults").sentence, "", true);
      await sleep(AGAIN);
    }
    this.#lent = true;
  }

  /** Its kernels, into the vault that it has now: what nobody knows there is closed, whoever goes on with it. */
  giveKernels(machine: Machine): void {
    const { entry, code } = this.next;
    const kernels = giveKernels(machine, this.process, entry.manifest, code.kernels);
    if (kernels instanceof Failure) this.#refuse(kernels.sentence, "");
    const others = this.grants.filter(({ name }) => !name.startsWith("kernel:"));
    this.grants = [...others, ...kernels];
  }

  /** The new code reads the state and begins. `limit`: of the whole pause, for the sentence. */
  async adopt(timeout: number, limit: number, together: string[]): Promise<void> {
    const grants = [...this.grants];
    const request = { ...this.#state, port: this.#port, channel: this.#channel, grants, together };
    this.#state = { state: 0, size: 0 };
    this.#port = this.#channel = 0;
    const taken = await this.fresh.adopt(request, { timeout });
    if (taken instanceof Failure)
      this.#refuse(taken, `it did not take over within ${limit / MILLISECOND} ms`, taken.code < 0);
    this.kept = taken.kept;
    this.lost = taken.why ?? "";
    this.along = taken.along ?? [];
    this.changed = taken.changed ?? [];
  }

  /** It has taken the other's place. */
  stands(): void {
    this.#beside.stands();
  }

  /** Ends the new code, and the running one goes on. What the new one said itself, if it had ended before. */
  async end(): Promise<string | undefined> {
    for (const handle of [this.#port, this.#channel, this.#state.state])
      if (handle !== 0) closeHandle(handle);
    if (this.#stopping && !this.#lent) this.running.send.resume({});
    const said = await this.#beside.end();
    this.recorder?.close();
    this.fresh.close();
    if (this.#lent) this.running.send.resume({}); // the end of the other has given it its vault back
    return said;
  }
}
