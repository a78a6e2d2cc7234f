// Carries out what the policy decides: launches, kills, waits, log lines; tells the names who came and went.
// Invariant: one timer per server at most, set to the time at which its policy has something to do. Only a running server is asked
// whether it answers.
import { controls, exits } from "../../sdk/abi/table.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import type { ExitReport } from "../../sdk/runtime/process.ts";
import { systemControl } from "../../sdk/runtime/system.ts";
import { now } from "../../sdk/runtime/time.ts";
import { after, at, every, type Timer } from "../../sdk/runtime/timers.ts";
import { describeExit, describeRegisters } from "./exit-report.ts";
import { healthy, LOOK, look } from "./health.ts";
import { kept } from "./kept.ts";
import { sealKernels } from "./kernels.ts";
import { type LastEnd, lastEnd } from "./last-end.ts";
import { launch } from "./launch.ts";
import { logLine } from "./machine.ts";
import { findName, nameGone, nameReady, nameWanted } from "./names.ts";
import { refit } from "./refit.ts";
import { enterSafeMode, failed, forgetFailures, isUsed, MOST, WINDOW } from "./safe-mode.ts";
import { readStack } from "./remains.ts";
import type { Server } from "./server.ts";
import { type SupervisionEvent, supervise } from "./supervision.ts";
import type { SystemState } from "./system-state.ts";

/** The nucleus ends an init that has not said for so long that it is well. */
export const WELL = 20e9;
/** Exit code of what init kills. */
const KILLED = 137;
/** A process that runs for this long has survived its durable state. */
const RESTORED = 10e9;
/** In which the report of a process's end comes behind that of its channels. */
const REPORTED = 100e6;
/** Time to answer when the manifest names none. */
const ANSWER_WITHIN = 10e9;

const timers: { [name: string]: Timer | undefined } = {};
/** Events of each server so far. */
const rounds: { [name: string]: number } = {};

/** Gives the policy an event and does what it says. */
export function superviseNow(system: SystemState, server: Server, event: SupervisionEvent): void {
  const before = server.supervised.phase;
  const ran = before === "running";
  const round = (rounds[server.supervised.name] ?? 0) + 1;
  rounds[server.supervised.name] = round;
  if (event.kind === "clear") {
    forgetFailures(system.safeMode, server.supervised.name);
    server.durableDeaths = 0;
  }
  for (const effect of supervise(server.supervised, now(), event)) {
    if (effect.kind === "log")
      logLine(system.machine, effect.text, event.kind === "ended" && event.ending === "success");
    else if (effect.kind === "launch" && system.ending === undefined) start(system, server);
    else if (effect.kind === "launch") stayEnded(server);
    else if (effect.kind === "terminate") terminate(server, effect.reason, effect.within);
    else kill(server, effect.reason);
  }
  // A start that failed at once was an event of its own: all below is done, and counted, by that one.
  if (rounds[server.supervised.name] !== round) return;
  const { phase, name, starts } = server.supervised;
  if (phase === "running" && !ran) system.events.add(name, starts > 1 ? "restarted" : "started");
  if (phase === "held" && before !== "held") system.events.add(name, "held");
  if ((phase === "held" || phase === "back-off") && phase !== before)
    if (!server.byHand && isUsed(system.servers, server) && failed(system.safeMode, name, now()))
      safeModeNow(system, `servers failed ${MOST} times in ${WINDOW / 1e9} s`);
  if (phase === "running") nameReady(system.names, server);
  if (phase === "running" && !ran) needsMet(system);
  // Somebody asked for a server on demand while it was ending: it starts again.
  const asked = server.entry.manifest.start === "demand" && nameWanted(system.names, server);
  if (ran && phase === "stopped" && asked) {
    superviseNow(system, server, { kind: "start" });
    return;
  }
  if (phase === "stopped" || phase === "held") {
    nameGone(system.names, server, `its server ${name} does not run`);
    system.down(server);
  }
  arm(system, server);
}

/** The system ends: nobody would tell a server that starts now, nor wait for it. */
function stayEnded({ supervised }: Server): void {
  supervised.phase = "stopped";
  supervised.at = Infinity;
}

/** Sets the timer of a server to the time at which its policy has something to do. */
export function arm(system: SystemState, server: Server): void {
  const { name } = server.supervised;
  kept.changed();
  timers[name]?.cancel();
  timers[name] = undefined;
  if (server.supervised.at !== Infinity)
    timers[name] = at(server.supervised.at, () => superviseNow(system, server, { kind: "time" }));
}

/** Goes into safe mode: what is not for it ends and stays ended. */
export function safeModeNow(system: SystemState, why: string): void {
  enterSafeMode(system, why, (server) =>
    superviseNow(system, server, { kind: "stop", reason: "safe mode" }),
  );
}

/** Starts it, when its kernels fit; else they are made anew first, and the time for its start counts from then on. */
function start(system: SystemState, server: Server): void {
  server.byHand = false;
  server.killer = undefined;
  server.health = healthy();
  const { supervised } = server;
  const done = refit(system, server, (kernel) => sealKernels(system, { kernels: [kernel] }));
  if (done === undefined) {
    startNow(system, server);
    return;
  }
  supervised.at = Infinity;
  void done.then(() => {
    if (server.process !== undefined || system.ending !== undefined) return;
    if (supervised.phase === "ending")
      superviseNow(system, server, { kind: "ended", ending: "success" });
    if (supervised.phase !== "starting") return;
    supervised.at = now() + supervised.startDeadline;
    startNow(system, server);
    arm(system, server);
  });
}

function startNow(system: SystemState, server: Server): void {
  const fault = launch(system.machine, server, system.bootstrap, claimsFor(system, server));
  if (fault !== undefined) {
    server.lastEnd?.heads?.close();
    server.lastEnd = { at: now(), why: `cannot start: ${fault.sentence}`, place: "" };
    superviseNow(system, server, { kind: "start-failed", reason: (fault as Failure).sentence });
    return;
  }
  const process = server.process;
  process?.onExit((report) => {
    if (server.process === process) ended(system, server, report);
  });
}

/** The server of the PCI bus learns which server may claim which class, from the manifests. */
function claimsFor(system: SystemState, server: Server): { [key: string]: string } {
  const options: { [key: string]: string } = {};
  if (system.development && server.entry.manifest.privileges.includes("executable-memory"))
    options["development"] = "1";
  if (!server.entry.manifest.devices.includes("pci-host")) return options;
  for (const { entry } of system.servers)
    if (entry !== server.entry && entry.manifest.devices.length > 0)
      options[`claims:${entry.name}`] = entry.manifest.devices.join(" ");
  return options;
}

/** Tells a server that it will be ended: it may flush and exit until then. */
export function terminate(server: Server, reason: string, within: number): void {
  server.killer = reason;
  server.peer?.send.terminating({ reason, within });
}

/** Ends a server's process; `reason` is for the log, behind that of the word before. */
export function kill(server: Server, reason: string): void {
  server.killer = server.killer === undefined ? reason : `${server.killer}; ${reason}`;
  server.process?.kill(KILLED);
}

/**
 * Somebody wants a name of a running server whose channel for that has closed. That comes with its end, whose report is on its way; or it has
 * closed the channel itself, since a message broke the contract, and nobody would reach it any more. Who waits gets its next process.
 */
export function endDeaf(server: Server, name: string): void {
  const { process } = server;
  const listener = server.listeners[name];
  after(REPORTED, () => {
    if (server.process !== process || server.listeners[name] !== listener) return;
    if (server.supervised.phase === "running" && server.killer === undefined)
      kill(server, `it has closed the channel on which it hears of clients of ${name}`);
  });
}

/** A server that a server needs and that does not run; undefined when all do. */
function lacking(system: SystemState, server: Server): string | undefined {
  for (const name of server.entry.manifest.needs ?? []) {
    const other = findName(system.names, name)?.server;
    if (other !== undefined && other.supervised.phase !== "running") return other.entry.name;
  }
  return undefined;
}

/** A server runs: those that waited for it, and lack nothing else, start. */
function needsMet(system: SystemState): void {
  for (const each of system.servers)
    if (each.supervised.phase === "lacking" && lacking(system, each) === undefined)
      superviseNow(system, each, { kind: "needs-met" });
}

/** init is well, and will say so again within that time; otherwise the nucleus ends it. */
export function sayWell({ machine }: SystemState, within: number): void {
  systemControl(machine.system, controls.ALIVE, within);
}

/** Looks at all servers from now on, asks those that did something, and ends those that do not answer. Says that init itself is well. */
export function watchHealth(system: SystemState): void {
  sayWell(system, WELL);
  every(LOOK, () => {
    sayWell(system, WELL);
    for (const server of system.servers) {
      if (server.supervised.phase !== "running" || system.ending !== undefined) continue;
      const info = server.process?.info();
      if (info === undefined || info instanceof Failure) continue;
      const within = server.entry.manifest.answerWithin ?? ANSWER_WITHIN;
      const verdict = look(server.health, now(), within, info);
      if (verdict.kind === "ask") server.peer?.send.ping({ number: verdict.number });
      else if (verdict.kind === "silent")
        superviseNow(system, server, { kind: "silent", time: verdict.time });
    }
  });
}

/** A process that dies soon after it was given durable state may die of it: the second one in a row is the last. */
function mindDurable(system: SystemState, server: Server, success: boolean): void {
  const { durable, supervised, grants } = server;
  if (durable === undefined || !grants.some(({ name }) => name.startsWith("durable"))) return;
  const soon = now() - Math.min(supervised.readySince, now()) < RESTORED;
  server.durableDeaths = success || !soon ? 0 : server.durableDeaths + 1;
  if (server.durableDeaths < 2) return;
  logLine(
    system.machine,
    `${supervised.name}: starts without its durable state, of which it seems to die`,
  );
  durable.close();
  server.durable = undefined;
  server.durableDeaths = 0;
}

/** Where a process was in TypeScript that ended without a word of its own: a line, and with its end. */
function tellStack({ machine }: SystemState, server: Server, end: LastEnd): void {
  const left = server.recorder?.leave(end.heads);
  if (left === undefined) return;
  readStack(machine, server, left, (frames) => {
    if (frames.length === 0) return;
    const place = `at ${frames.join(" < ")}`;
    logLine(machine, `${server.entry.name}: it was ${place}`);
    if (server.lastEnd === end) server.lastEnd = { ...end, place };
    kept.changed();
  });
}

/** The process is gone: one line that says who, why, where; then the policy decides. */
export function ended(system: SystemState, server: Server, report: ExitReport): void {
  const why = describeExit(report, server.killer);
  const end = lastEnd(system.machine.log, server.entry.name, report, why);
  const recorded: LastEnd = { ...end, heads: server.recorder?.takeHeads() };
  server.lastEnd?.heads?.close();
  server.lastEnd = recorded;
  const success = report.reason === 0 && report.code === 0;
  // A server that was started on demand ends when nobody needs it any more: no news.
  if (!success || server.entry.manifest.start !== "demand")
    logLine(system.machine, `${server.entry.name}: ${why}`, success);
  const registers = describeRegisters(report);
  if (registers !== undefined) logLine(system.machine, `${server.entry.name}: ${registers}`, true);
  if (report.reason !== exits.EXITED) tellStack(system, server, recorded);
  server.recorder?.close();
  server.recorder = undefined;
  server.process?.close();
  server.process = undefined;
  server.processId = 0;
  mindDurable(system, server, success);
  server.hot?.close();
  server.hot = undefined;
  server.peer?.close();
  server.peer = undefined;
  for (const name of Object.keys(server.listeners)) server.listeners[name]?.close();
  server.listeners = {};
  const { gone } = server;
  server.gone = undefined;
  kept.changed();
  if (system.ending !== undefined) {
    server.supervised.phase = "stopped";
    gone?.();
    return;
  }
  system.events.add(server.entry.name, "ended");
  const lacks = lacking(system, server);
  const ending = success ? "success" : "failure";
  superviseNow(system, server, {
    kind: "ended",
    ending,
    ...(lacks === undefined ? {} : { lacks }),
  });
}
