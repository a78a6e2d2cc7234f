// New code takes the place of init itself: the same steps as for any server (swap.ts), but who conducts them is the one that gives its vault
// away (docs/hot-swap.md). From the exchange on this process has the other's vault, and in it what it was given there before: a port, its
// end of the hot channel, the other process. Invariant: then it waits once, for the other's word or its end; the nucleus ends the other when
// it is not well in time, and that brings the vault back.
import { controls, firstHandles, rights } from "../../sdk/abi/table.ts";
import { type ClientOf, client } from "../../sdk/contract/client.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import type { HandleNumber } from "../../sdk/contract/field.ts";
import { packManifest } from "../../sdk/contract/manifest.ts";
import { systemFailure } from "../../sdk/contract/system-failure.ts";
import { openWork } from "../../sdk/hot/busy.ts";
import { Hot } from "../../sdk/hot/hot.contract.ts";
import { closeUnknown, ownHandles } from "../../sdk/hot/own-handles.ts";
import { snapshot } from "../../sdk/hot/running.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import type { Endpoint } from "../../sdk/runtime/endpoint.ts";
import { closeHandle } from "../../sdk/runtime/handle.ts";
import { hold } from "../../sdk/runtime/hold.ts";
import {
  afterMessages,
  bindHeld,
  decideWaits,
  STILL,
  waitElsewhere,
} from "../../sdk/runtime/loop.ts";
import { callsOpen, outboxBytes, sendAhead } from "../../sdk/runtime/outbox.ts";
import type { Process } from "../../sdk/runtime/process.ts";
import { systemControl } from "../../sdk/runtime/system.ts";
import { systemCalls } from "../../sdk/runtime/system-call.ts";
import { MILLISECOND } from "../../sdk/runtime/time.ts";
import { earliest } from "../../sdk/runtime/timers.ts";
import { Beside } from "./beside.ts";
import type { Code } from "./code.ts";
import type { ServerEntry } from "./configuration.ts";
import { launchBeside } from "./launch.ts";
import { WELL } from "./supervisor.ts";
import type { SystemState } from "./system-state.ts";

const LOAD = 1_000 * MILLISECOND;
/** Until init is at a message boundary, and until the other one must have taken over. */
const STOP = 60 * MILLISECOND;
const PAUSE = 100 * MILLISECOND;
const AGAIN = 0.2 * MILLISECOND;
const TRIES = 50;

const clock = () => uusi.sys(systemCalls.clock);

/** Why it came to nothing, and whether that was so at this moment only. */
export interface Refused {
  readonly why: string;
  readonly again: boolean;
}

/** init as a server is described; it has no manifest, since nobody grants it anything. */
const OWN: ServerEntry = {
  name: "init",
  bundle: "bundle/init",
  digest: "",
  scriptDigest: "",
  manifest: packManifest({ name: "init", budget: 17 << 20 }),
};

/** What is given to the other process ahead: the numbers in its vault. */
interface There {
  readonly port: number;
  readonly channel: number;
  readonly process: number;
}

type Fresh = ClientOf<typeof Hot.methods>;

/** Swaps init: why not, or nothing ever. `reply` of the call that asked for it is the new code's to answer. */
export async function succeed(
  system: SystemState,
  first: readonly number[],
  next: Code,
  reply: HandleNumber,
): Promise<Refused> {
  const begun = clock();
  const { machine } = system;
  const launched = launchBeside(machine, OWN, next, {});
  if (launched instanceof Failure)
    return { why: `it cannot start: ${launched.sentence}`, again: false };
  const { process, hot } = launched;
  launched.recorder?.close();
  const beside = new Beside(machine, "init", process, () => {});
  const fresh: Fresh = client(Hot, hot);
  const made: number[] = [];
  const refuse = async (why: Failure | string, what = ""): Promise<Refused> => {
    for (const handle of made) closeHandle(handle);
    const said = await beside.end();
    fresh.close();
    if (typeof why === "string") return { why: said ?? why, again: said === undefined };
    const own = why.code > 0 ? why.sentence : `${what}: ${why.sentence}`;
    return { why: said ?? own, again: false };
  };
  const prepared = await fresh.prepare({}, { timeout: LOAD });
  if (prepared instanceof Failure)
    return refuse(prepared, `it did not start within ${LOAD / MILLISECOND} ms`);
  const { wanted, port, channel } = prepared;
  made.push(port, channel);
  const copy = snapshot(wanted, true);
  if (copy instanceof Failure) return refuse(copy);
  const tried = await fresh.trial(
    { ...copy, state: copy.state as HandleNumber },
    { timeout: LOAD },
  );
  if (tried instanceof Failure) return refuse(tried, "it did not take the state in time");
  const stop = uusi.sys(systemCalls.port_create);
  if (stop < 0) return refuse(systemFailure(stop, "a port"));
  made.push(stop);
  const there = giveAhead(process, stop, hot);
  if (there instanceof Failure) return refuse(there);
  const was = system.self;
  system.self = { code: next, before: { code: was.code } };
  const left = await handOver(
    system,
    first,
    { begun, reply, wanted, port, channel, stop, there },
    {
      process,
      hot,
      fresh,
      beside,
    },
  );
  system.self = was;
  system.succession = undefined;
  if (left.lent) {
    closeHandle(port);
    closeHandle(stop);
    fresh.close();
    return left;
  }
  return refuse(left.why);
}

function giveAhead(process: Process, stop: number, hot: Endpoint): There | Failure {
  const numbers: number[] = [];
  for (const handle of [stop, hot.number, process.number]) {
    const copy = uusi.sys(systemCalls.handle_duplicate, handle, rights.ALL, 0);
    const number = copy < 0 ? systemFailure(copy, "a handle") : process.give(copy, rights.ALL);
    if (number instanceof Failure) return number;
    numbers.push(number);
  }
  return { port: numbers[0]!, channel: numbers[1]!, process: numbers[2]! };
}

interface Plan {
  readonly begun: number;
  readonly reply: HandleNumber;
  readonly wanted: string;
  readonly port: number;
  readonly channel: number;
  readonly stop: number;
  readonly there: There;
}

interface Other {
  readonly process: Process;
  readonly hot: Endpoint;
  readonly fresh: Fresh;
  readonly beside: Beside;
}

/** Why it came to nothing, and whether the vault was away. */
type Left = Refused & { readonly lent: boolean };

/** From the wait for a message boundary on. It comes back only when the other one does not take over. */
function handOver(
  system: SystemState,
  first: readonly number[],
  plan: Plan,
  other: Other,
): Promise<Left> {
  const limit = clock() + STOP;
  return new Promise((resolve) => {
    const refuse = (why: string): number => {
      decideWaits(undefined);
      resolve({ why, again: true, lent: false });
      return 0;
    };
    decideWaits(() => {
      const time = clock();
      const work = openWork();
      if (work !== "" || outboxBytes() > 0) {
        if (time >= limit) return refuse(work || "its messages do not leave");
        const next = earliest;
        return outboxBytes() > 0 ? 0 : next < 0 ? limit : Math.min(next, limit);
      }
      system.succession = { reply: plan.reply, begun: plan.begun, since: time };
      const taken = snapshot(plan.wanted, false);
      if (taken instanceof Failure) return refuse(taken.sentence);
      const held = new Set(ownHandles());
      held.delete(taken.state);
      const fault = lend(system, plan, other);
      if (fault === 0) return away(first, plan, other, taken, held, resolve);
      closeHandle(taken.state);
      if (time >= limit) return refuse(systemFailure(fault, "exchanging the vaults").sentence);
      return time + AGAIN;
    });
  });
}

/** The exchange: 0, or an error. Nothing else of this turn uses a handle afterwards. */
function lend({ machine }: SystemState, { stop }: Plan, { process, hot }: Other): number {
  hot.bindTo(stop);
  process.bindTo(stop);
  systemControl(machine.system, controls.ALIVE, PAUSE);
  const result = uusi.sys(systemCalls.vault_lend, 0, process.number);
  if (result === 0) return 0;
  systemControl(machine.system, controls.ALIVE, WELL);
  hot.bindTo(uusi.port);
  process.bindTo(uusi.port);
  return result;
}

/** This process has the other's vault. */
function away(
  first: readonly number[],
  { port, channel, stop, there }: Plan,
  { hot, fresh, beside }: Other,
  { state, size }: { readonly state: number; readonly size: number },
  held: ReadonlySet<number>,
  resolve: (left: Left) => void,
): number {
  const near = hot.number;
  const wait = (deadline: number) => {
    waitElsewhere(there.port);
    return deadline;
  };
  hold.on = true;
  hot.renumber(there.channel);
  decideWaits(() => wait(STILL));
  waitElsewhere(there.port);
  const grants = [{ name: "log", number: first[firstHandles.DEBUG_LOG] ?? 0 }];
  sendAhead(() => {
    const request = { state, size, port, channel, first: [...first], grants };
    void fresh.succeed(request).then((taken) => {
      // when the other one has ended meanwhile, the vault is back, and its end is told
      if (taken instanceof Failure) return;
      if (uusi.sys(systemCalls.vault_lend, there.process, 0) !== 0) return;
      waitElsewhere(there.port);
      sendAhead(() => void fresh.send.commit({}));
      decideWaits(() => wait(0));
      afterMessages(() => void uusi.sys(systemCalls.process_exit, 0));
    });
  });
  void beside.over().then((said) => {
    hot.renumber(near);
    hold.on = false;
    // no event of this turn carries a handle of worth: its port hears of the other one alone
    closeUnknown(ownHandles(), held);
    closeHandle(channel); // with that the call is over, and its end comes to the port
    for (const handle of hold.closes.splice(0)) closeHandle(handle);
    bindHeld();
    let tries = TRIES;
    decideWaits(() => {
      if (callsOpen() > 0 && tries-- > 0) {
        waitElsewhere(stop);
        return clock() + AGAIN;
      }
      decideWaits(undefined);
      const late = `it did not take over within ${PAUSE / MILLISECOND} ms`;
      resolve({ why: said ?? late, again: said === undefined, lent: true });
      return 0;
    });
  });
  return STILL;
}
