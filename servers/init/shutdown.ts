// Ends the system: each server in the reverse of its start order is told, waited for, then killed; then the machine goes.
// Invariant: it always comes to the end: within `stopWithin` for each server, and within LIMIT in all, whatever the servers do.
import { controls } from "../../sdk/abi/table.ts";
import { systemControl } from "../../sdk/runtime/system.ts";
import { now } from "../../sdk/runtime/time.ts";
import { after } from "../../sdk/runtime/timers.ts";
import { kept } from "./kept.ts";
import { logLine } from "./machine.ts";
import type { Server } from "./server.ts";
import { kill, terminate } from "./supervisor.ts";
import type { SystemState } from "./system-state.ts";

/** Time for all servers together; those that are left then are killed without a word. */
const LIMIT = 10e9;
/** Time that the nucleus may take to tear a killed process down. */
const TEAR_DOWN = 100e6;

/** Switches off or starts again. `reason` is for the log and the servers. */
export function shutDown(system: SystemState, action: "off" | "reboot", reason: string): void {
  if (system.ending !== undefined) return;
  system.ending = { action, reason };
  kept.changed();
  logLine(
    system.machine,
    `init: ${action === "off" ? "switching off" : "starting again"}, ${reason}`,
  );
  const running = system.servers.filter((each) => each.process !== undefined).reverse();
  endInTurn(running, reason, now() + LIMIT, () => {
    const control = action === "off" ? controls.POWER_OFF : controls.REBOOT;
    const fault = systemControl(system.machine.system, control);
    if (fault !== undefined) logLine(system.machine, `init: ${fault.sentence}`);
  });
}

/** Ends servers one after the other; `done` comes when none is left. `limit`: ns since boot. */
function endInTurn(
  servers: readonly Server[],
  reason: string,
  limit: number,
  done: () => void,
): void {
  const server = servers[0];
  if (server === undefined) {
    done();
    return;
  }
  const next = () => endInTurn(servers.slice(1), reason, limit, done);
  if (server.process === undefined) {
    next();
    return;
  }
  let open = true;
  const once = () => {
    if (!open) return;
    open = false;
    next();
  };
  server.gone = once;
  const within = Math.min(server.supervised.stopWithin, Math.max(limit - now(), 0));
  terminate(server, reason, within);
  after(within, () => {
    if (!open) return;
    kill(server, "it did not end in time");
    after(TEAR_DOWN, once);
  });
}
