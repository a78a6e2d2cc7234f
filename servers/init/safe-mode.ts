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
  /** ns since boot of the last failures, the oldest first, at most MOST */
  readonly failures: number[];
}

/** Counts a failure at `now`; true when they are too many. */
export function failed(mode: SafeMode, now: number): boolean {
  const { failures } = mode;
  failures.push(now);
  if (failures.length > MOST) failures.shift();
  return failures.length === MOST && now - (failures[0] as number) < WINDOW;
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
