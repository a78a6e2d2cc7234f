// What `uusi swap` and `uusi rollback` ask for: the one line that says how it ended.
// Invariant: one change of a server at a time; whatever comes of it, the live version is one that has run, or runs now.
import { checkManifest, type PackedManifest } from "../../sdk/contract/manifest.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { systemCalls } from "../../sdk/runtime/system-call.ts";
import { after, sleep } from "../../sdk/runtime/timers.ts";
import { type Code, dropCode, imageCode } from "./code.ts";
import type { ServerEntry } from "./configuration.ts";
import { unknownGrants } from "./grants.ts";
import { logLine } from "./machine.ts";
import { type Server, server as serverOf, type Version } from "./server.ts";
import { superviseNow } from "./supervisor.ts";
import { swapHot } from "./swap.ts";
import type { SystemState } from "./system-state.ts";

/** How a change ended. */
export interface Answer {
  readonly line: string;
  readonly kind: "swapped" | "restarted" | "refused";
}

interface Next {
  readonly entry: ServerEntry;
  readonly code: Code;
}

/** Most characters of a line. */
const LINE = 700;
/** A version that is started afresh must be ready by then, whatever its manifest says: somebody waits for the answer. */
const READY = 3e9;
/** Between two looks at it. */
const LOOK = 5e6;

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

/** Puts pushed code in the place of a server's. Takes the code. */
export function replace(
  system: SystemState,
  server: Server,
  code: Code,
  manifest: PackedManifest,
): Promise<Answer> {
  return change(system, server, { entry: { ...server.entry, manifest }, code });
}

/** Puts the version that was live before in its place again; with `drop` afresh, without any state. */
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
  const code = before.code ?? imageCode(system.machine, before.entry);
  return code instanceof Failure
    ? code
    : change(system, server, { entry: before.entry, code }, drop);
}

async function change(
  system: SystemState,
  server: Server,
  next: Next,
  drop = false,
): Promise<Answer> {
  const { name } = next.entry;
  const begun = uusi.sys(systemCalls.clock);
  const done = (kind: Answer["kind"], text: string): Answer => {
    const line = `${kind} ${name} ${text}`.slice(0, LINE);
    logLine(system.machine, `init: ${line}`, true);
    return { line, kind };
  };
  const spent = () => milliseconds(uusi.sys(systemCalls.clock) - begun);
  if (server.swapping) return done("refused", "because it is being swapped already");
  server.swapping = true;
  const oldest = server.before;
  try {
    const unknown = unknownGrants(next.entry.manifest)[0] ?? otherNames(server, next.entry);
    if (unknown !== undefined) return done("refused", `because ${unknown}`);
    const restart = drop ? "its state was to be dropped" : whyRestart(server, next.entry);
    const { durable } = server;
    if (drop) server.durable = undefined;
    if (restart !== undefined) {
      const fault = await startAfresh(system, server, next);
      if (fault !== undefined) {
        server.durable ??= durable;
        return done("refused", `because ${fault}`);
      }
      if (drop) durable?.close();
      followManifest(server);
      return done("restarted", `${spent()} because ${restart}`);
    }
    const result = await swapHot(system, server, next);
    if (typeof result === "string") return done("refused", `because ${result}`);
    followManifest(server);
    system.events.add(name, "swapped");
    const { paused, kept } = result;
    const streams = `${kept} ${kept === 1 ? "stream" : "streams"} kept`;
    return done("swapped", `${spent()} (paused ${milliseconds(paused)}, ${streams})`);
  } finally {
    server.swapping = false;
    for (const code of [next.code, oldest?.code])
      if (code !== server.code && code !== server.before?.code) dropCode(code);
  }
}

/** What the policy has from the manifest. */
function followManifest({ entry, supervised }: Server): void {
  const { restart, startDeadline, stopWithin } = serverOf(entry).supervised;
  Object.assign(supervised, { restart, startDeadline, stopWithin });
}

function milliseconds(ns: number): string {
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
  const grants = ({ manifest: { devices, privileges, log, files, kernels } }: ServerEntry) =>
    JSON.stringify([devices, privileges, log, files, kernels]);
  return grants(entry) === grants(next) ? undefined : "its manifest asks for other grants";
}

/** Ends what runs and starts the new version; the old one again when that does not get ready. Why not, or nothing. */
async function startAfresh(
  system: SystemState,
  server: Server,
  next: Next,
): Promise<string | undefined> {
  const { entry, code, before, supervised } = server;
  const was: Version = { entry, code };
  server.entry = next.entry;
  server.code = next.code;
  server.before = was;
  // one that starts on demand takes its code when somebody asks for it
  if (supervised.phase === "stopped" && next.entry.manifest.start === "demand") return undefined;
  const starts = supervised.starts;
  superviseNow(system, server, { kind: "restart" });
  let late = false;
  const timer = after(
    Math.min(next.entry.manifest.startWithin, READY) + supervised.stopWithin,
    () => {
      late = true;
    },
  );
  while (!late && (supervised.starts === starts || supervised.phase === "starting"))
    await sleep(LOOK);
  timer.cancel();
  if (supervised.phase === "running") return undefined;
  const { place, why } = server.lastEnd ?? { place: "", why: "" };
  const reason = late ? "it was not ready in time" : place || why;
  Object.assign(server, { entry, code, before });
  superviseNow(system, server, { kind: "restart" });
  return `${reason}; the code before was started again`;
}
