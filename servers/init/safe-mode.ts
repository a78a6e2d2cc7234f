// When the system gives up on most of its servers: safe mode keeps those that people need to repair it (`safe` in the manifest).
// Invariant: one server that fails, however often, never brings it about; nor do servers that nobody uses.
import { logLine } from "./machine.ts";
import type { Server } from "./server.ts";
import type { SystemState } from "./system-state.ts";

/** Failures of used servers within WINDOW that are no single server's fault: each has at most 6 in that time. */
export const MOST = 15;
export const WINDOW = 10e9;

/** What is counted. */
export interface SafeMode {
  /** The system is in safe mode. */
  on: boolean;
  /** the last failures, the oldest first, at most MOST; another list with each change (keep.ts) */
  failures: FailureTime[];
}

/** Who failed, and when, in ns since boot. */
export interface FailureTime {
  readonly at: number;
  readonly server: string;
}

/** Counts a failure of a server at `now`; true when they are too many. */
export function failed(mode: SafeMode, server: string, now: number): boolean {
  mode.failures = [...mode.failures.slice(1 - MOST), { at: now, server }];
  return mode.failures.length === MOST && now - (mode.failures[0] as FailureTime).at < WINDOW;
}

/** A server's failures count no more: somebody who knows of them has cleared its history. */
export function forgetFailures(mode: SafeMode, server: string): void {
  mode.failures = mode.failures.filter((each) => each.server !== server);
}

/** Whether another server's manifest uses a name that it serves. */
export function isUsed(servers: readonly Server[], server: Server): boolean {
  const { serves } = server.entry.manifest;
  return servers.some(
    (each) => each !== server && serves.some(({ name }) => each.entry.manifest.uses.includes(name)),
  );
}

/** Whether it runs in safe mode. */
export function staysInSafeMode(server: Server): boolean {
  return server.entry.manifest.safe === true;
}

/** Goes into safe mode; `stop` ends a server for good, those first that start last. */
export function enterSafeMode(
  system: SystemState,
  why: string,
  stop: (server: Server) => void,
): void {
  if (system.safeMode.on) return;
  system.safeMode.on = true;
  const others = system.servers.filter((each) => !staysInSafeMode(each)).reverse();
  const names = others.map((each) => each.entry.name).join(", ");
  logLine(
    system.machine,
    `init: SAFE MODE: ${why}; without ${names === "" ? "nobody" : names} (\`restart NAME\` starts one, \`reboot\` all)`,
  );
  for (const each of others) stop(each);
}
