// `swap` and `rollback` of init itself: what is asked for, and the one line that says how it ended (docs/hot-swap.md).
// Invariant: one succession at a time, and none while another server is being swapped; whoever asked is answered once.
import { type Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import type { HandleNumber } from "../../sdk/contract/field.ts";
import { answer } from "../../sdk/hot/park.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { systemCalls } from "../../sdk/runtime/system-call.ts";
import { after } from "../../sdk/runtime/timers.ts";
import { type Code, dropCode } from "./code.ts";
import { Session } from "./contract.ts";
import { kept } from "./kept.ts";
import { imageObject, logLine } from "./machine.ts";
import { milliseconds } from "./replace.ts";
import { succeed } from "./succession.ts";
import type { SystemState } from "./system-state.ts";

const SOON = 1e6;
/** Exit code of what init kills. */
const KILLED = 137;
/** Most characters of a line. */
const LINE = 700;

let busy = false;

/** Puts code in init's place. Takes the code, and the reply object of the call that asks for it. */
export async function swapInit(
  system: SystemState,
  code: Code,
  reply: HandleNumber,
): Promise<void> {
  const begun = uusi.sys(systemCalls.clock);
  const told = (why: string, again = false) => {
    if (code !== system.self.code && code !== system.self.before?.code) dropCode(code);
    system.succession = { reply, begun, since: begun };
    tellSwap(system, "refused", `because ${why}`, again);
  };
  if (busy) return told("it is being swapped already");
  const other = system.servers.find(({ swapping }) => swapping);
  if (other !== undefined) return told(`${other.entry.name} is being swapped`);
  if (system.ending !== undefined) return told("the system is ending");
  busy = true;
  const { why, again } = await succeed(system, system.first, code, reply);
  busy = false;
  told(why, again);
}

/** The code of init that ran before the last swap of it. */
export function ownCodeBefore(system: SystemState): Code | Failure {
  const { before } = system.self;
  if (before === undefined)
    return refuse(failures.REFUSED, "init was not swapped: there is nothing to go back to");
  return before.code ?? imageInit(system);
}

function imageInit({ machine }: SystemState): Code | Failure {
  const bundle = imageObject(machine, "bundle/init");
  if (bundle === undefined)
    return refuse(failures.NOT_FOUND, "the boot image has no bundle/init; build it again");
  const { digest, length, handle } = bundle;
  return { memory: new Memory(handle, true), size: length, digest, pushed: false, kernels: [] };
}

/** Ends this process once what it has to say has left: the nucleus begins the next one. */
export function endInit(system: SystemState, why: string): void {
  logLine(system.machine, `init: ends itself, ${why}`);
  after(SOON, () => void uusi.sys(systemCalls.process_exit, KILLED));
}

/** Logs the line and answers the call that asked for it. */
export function tellSwap(
  system: SystemState,
  kind: "swapped" | "refused",
  text: string,
  again = false,
): void {
  const { succession } = system;
  if (succession === undefined) return;
  system.succession = undefined;
  kept.changed();
  const line = `${kind} init ${text}`.slice(0, LINE);
  logLine(system.machine, `init: ${line}`, true);
  answer(Session, "swap", succession.reply, { line, kind, again });
}

/** The end of the line of a swap that is over now. */
export function swappedText(
  { begun, since }: { readonly begun: number; readonly since: number },
  kept: number,
): string {
  const time = uusi.sys(systemCalls.clock);
  const streams = `${kept} ${kept === 1 ? "stream" : "streams"} kept`;
  return `${milliseconds(time - begun)} (paused ${milliseconds(time - since)}, ${streams})`;
}
