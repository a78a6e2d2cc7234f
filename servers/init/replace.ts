// What `uusi swap` and `uusi rollback` ask for, of one server or of several together: the one line that says how it ended.
// Invariant: one change of a server at a time; whatever comes of it, the live version is one that has run, or runs now.
import { checkManifest, type PackedManifest } from "../../sdk/contract/manifest.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { systemCalls } from "../../sdk/runtime/system-call.ts";
import { startAfresh } from "./afresh.ts";
import { type Code, dropCode, imageCode } from "./code.ts";
import type { ServerEntry } from "./configuration.ts";
import { unknownGrants } from "./grants.ts";
import { sealKernels } from "./kernels.ts";
import { logLine } from "./machine.ts";
import { newerThanServer } from "./newer-clients.ts";
import { type Server, server as serverOf } from "./server.ts";
import { type Change, swapHot } from "./swap.ts";
import type { SystemState } from "./system-state.ts";

/** How a change ended. */
export interface Answer {
  readonly line: string;
  readonly kind: "swapped" | "restarted" | "refused";
  /** servers that would have to be swapped with these: they speak a contract as it was */
  readonly along: string[];
  /** refused for what is so at this moment: another try may do */
  readonly again: boolean;
  /** of a hand-over, in ns: starting the new code and trying the state, and the pause behind that */
  readonly started?: number;
  readonly paused?: number;
}

/** Most characters of a line. */
const LINE = 700;
/** The manifest in the JSON of a request; the present one when it is empty. */
export function nextManifest(server: Server, bytes: Uint8Array): PackedManifest | Failure {
  const { manifest, name } = server.entry;
  if (bytes.length === 0) return manifest;
  let value: unknown;
  try {
    value = JSON.parse(uusi.decode(bytes, 0, bytes.length) ?? "");
  } catch {
    return refuse(failures.INVALID, "swap: the manifest is no JSON");
  }
  const fault = checkManifest(value)[0];
  if (fault !== undefined)
    return refuse(failures.INVALID, `swap: manifest ${fault.path}: ${fault.sentence}`);
  const next = value as PackedManifest;
  if (next.name !== name)
    return refuse(failures.INVALID, `swap: this is the manifest of ${next.name}, not of ${name}`);
  return next;
}

/** A server's version that shall be live. */
export function changeTo(server: Server, code: Code, manifest: PackedManifest): Change {
  return { server, next: { entry: { ...server.entry, manifest }, code } };
}

/** Puts the versions that were live before the last swap in their places again, afresh and without any state with `drop`. */
export function goBack(
  system: SystemState,
  server: Server,
  drop: boolean,
): Promise<Answer> | Failure {
  const { before } = server;
  if (before === undefined)
    return refuse(
      failures.REFUSED,
      `${server.entry.name} was not swapped: there is nothing to go back to`,
    );
  // servers that were swapped in one step speak a contract as it is now: they go back in one step
  const others = system.servers.filter(
    (each) => each.before?.step === before.step && before.step !== undefined,
  );
  const changes: Change[] = [];
  for (const each of others.length === 0 ? [server] : others) {
    const { entry, code = imageCode(system.machine, entry) } = each.before!;
    if (code instanceof Failure) return code;
    changes.push({ server: each, next: { entry, code } });
  }
  return replace(system, changes, drop);
}

/** Puts versions in the places of servers, all or none. Takes their code. */
export async function replace(
  system: SystemState,
  changes: readonly Change[],
  drop = false,
): Promise<Answer> {
  const names = namesOf(changes);
  const done: Done = (kind, text, along = [], again = false) => {
    const line = `${kind} ${names} ${text}`.slice(0, LINE);
    logLine(system.machine, `init: ${line}`, true);
    return { line, kind, along: [...along], again };
  };
  const busy = changes.find(({ server }) => server.swapping);
  if (busy !== undefined) {
    for (const { next } of changes) dropCode(next.code);
    const who = changes.length > 1 ? busy.server.entry.name : "it";
    return done("refused", `because ${who} is being swapped already`, [], true);
  }
  for (const { server } of changes) server.swapping = true;
  const oldest = changes.map(({ server }) => server.before?.code);
  try {
    return await change(system, changes, drop, done);
  } finally {
    changes.forEach(({ server, next }, place) => {
      server.swapping = false;
      for (const code of [next.code, oldest[place]])
        if (code !== server.code && code !== server.before?.code) dropCode(code);
    });
  }
}

type Done = (
  kind: Answer["kind"],
  text: string,
  along?: readonly string[],
  again?: boolean,
) => Answer;

const namesOf = (changes: readonly Change[]) =>
  changes.map(({ server }) => server.entry.name).join(", ");

async function change(
  system: SystemState,
  changes: readonly Change[],
  drop: boolean,
  done: Done,
): Promise<Answer> {
  const begun = uusi.sys(systemCalls.clock);
  const spent = () => milliseconds(uusi.sys(systemCalls.clock) - begun);
  const whose = (server: Server) => (changes.length > 1 ? `${server.entry.name}: ` : "");
  for (const { server, next } of changes) {
    const unknown = unknownGrants(next.entry.manifest)[0] ?? otherNames(server, next.entry);
    if (unknown !== undefined) return done("refused", `because ${whose(server)}${unknown}`);
  }
  for (const each of changes) {
    const newer = newerThanServer(system, each, changes);
    if (newer !== undefined)
      return done("refused", `because ${whose(each.server)}${newer.why}`, newer.along);
  }
  for (const { server, next } of changes) {
    const unsealed = await sealKernels(system, next.code);
    if (unsealed !== undefined) return done("refused", `because ${whose(server)}${unsealed}`);
  }
  const hot: Change[] = [];
  const cold: { readonly change: Change; readonly why: string }[] = [];
  for (const each of changes) {
    const why = drop ? "its state was to be dropped" : whyRestart(each.server, each.next.entry);
    if (why === undefined) hot.push(each);
    else cold.push({ change: each, why });
  }
  const was = changes.map(({ server }) => server.before);
  const result =
    hot.length === 0
      ? { paused: 0, kept: 0, started: 0 }
      : await swapHot(
          system,
          hot,
          cold.map(({ change }) => change.server.entry.name),
        );
  if ("why" in result)
    return done("refused", `because ${result.why}`, result.along, result.passing);
  const failed = await startAfresh(
    system,
    cold.map((each) => each.change),
    drop,
  );
  if (failed !== undefined) {
    const stuck = await swapBack(system, hot);
    failed.startBefore();
    if (stuck === "")
      changes.forEach(({ server }, place) => {
        server.before = was[place];
      });
    return done("refused", `because ${failed.why}; the code before was started again${stuck}`);
  }
  const step = changes.length > 1 ? {} : undefined;
  for (const { server } of changes) {
    followManifest(server);
    if (server.before !== undefined) server.before = { ...server.before, step };
  }
  for (const { server } of hot) system.events.add(server.entry.name, "swapped");
  if (hot.length === 0 && changes.length === 1)
    return done("restarted", `${spent()} because ${cold[0]!.why}`);
  const again = cold.map(
    ({ change, why }) => `; ${change.server.entry.name} restarted because ${why}`,
  );
  const { paused, kept } = result;
  const streams = `${kept} ${kept === 1 ? "stream" : "streams"} kept`;
  const pause = hot.length === 0 ? "" : ` (paused ${milliseconds(paused)}, ${streams})`;
  const line = `${spent()}${pause}${again.join("")}`;
  return hot.length === 0
    ? done("restarted", line)
    : { ...done("swapped", line), started: result.started, paused };
}

/** Swaps servers back to the code before, with their present state: "", or that they could not. */
async function swapBack(system: SystemState, hot: readonly Change[]): Promise<string> {
  if (hot.length === 0) return "";
  const back: Change[] = [];
  for (const { server } of hot) {
    const { entry, code = imageCode(system.machine, entry) } = server.before!;
    if (!(code instanceof Failure)) back.push({ server, next: { entry, code } });
  }
  const result = await swapHot(system, back);
  return "why" in result ? `; ${namesOf(hot)} could not go back: ${result.why}` : "";
}

/** What the policy has from the manifest. */
function followManifest({ entry, supervised }: Server): void {
  const { restart, startDeadline, stopWithin } = serverOf(entry).supervised;
  Object.assign(supervised, { restart, startDeadline, stopWithin });
}

/** A time for people. */
export function milliseconds(ns: number): string {
  const value = ns / 1e6;
  return `${value < 9.95 ? Math.round(value * 10) / 10 : Math.round(value)} ms`;
}

/** Names under /svc and /dev are declared at boot. */
function otherNames(server: Server, next: ServerEntry): string | undefined {
  const names = ({ manifest }: ServerEntry) => manifest.serves.map(({ name }) => name).join(", ");
  const [was, is] = [names(server.entry), names(next)];
  return was === is
    ? undefined
    : `it serves ${is || "nothing"}, not ${was || "nothing"}: boot again`;
}

/** Why the server must begin afresh with the new version; undefined when it can hand over. */
function whyRestart({ supervised, entry, hot }: Server, next: ServerEntry): string | undefined {
  if (supervised.phase !== "running") return "it did not run";
  if (hot === undefined) return "it declares no state (docs/hot-swap.md)";
  const grants = ({ manifest: { devices, privileges, log, files } }: ServerEntry) =>
    JSON.stringify([devices, privileges, log, files]);
  return grants(entry) === grants(next) ? undefined : "its manifest asks for other grants";
}
