// Ends the system: each server in the reverse of its start order is told, waited for, then killed; then the machine goes.
// Invariant: it always comes to the end, within PATIENCE for each server, whatever the servers do.
import { controls } from "../../sdk/abi/table.ts";
import { systemControl } from "../../sdk/runtime/system.ts";
import { after } from "../../sdk/runtime/timers.ts";
import { logLine } from "./machine.ts";
import type { Server } from "./server.ts";
import { kill } from "./supervisor.ts";
import type { SystemState } from "./system-state.ts";

/** Time for a server to flush and exit, and between looks at it. */
const PATIENCE = 100e6;
const LOOK = 2e6;

/** Switches off or starts again. `reason` is for the log and the servers. */
export function shutDown(system: SystemState, action: "off" | "reboot", reason: string): void {
  if (system.ending) return;
  system.ending = true;
  logLine(
    system.machine,
    `init: ${action === "off" ? "switching off" : "starting again"}, ${reason}`,
  );
  const running = system.servers.filter((each) => each.process !== undefined).reverse();
  next(system, running, 0, action, reason);
}

function next(
  system: SystemState,
  servers: readonly Server[],
  index: number,
  action: "off" | "reboot",
  reason: string,
): void {
  const server = servers[index];
  if (server === undefined) {
    const fault = systemControl(
      system.machine.system,
      action === "off" ? controls.POWER_OFF : controls.REBOOT,
    );
    if (fault !== undefined) logLine(system.machine, `init: ${fault.sentence}`);
    return;
  }
  server.peer?.send.terminating({ reason, within: PATIENCE });
  wait(server, PATIENCE, () => next(system, servers, index + 1, action, reason));
}

function wait(server: Server, left: number, done: () => void): void {
  if (server.process === undefined) {
    done();
    return;
  }
  if (left <= 0) {
    kill(server, "it did not end in time");
    after(LOOK, done);
    return;
  }
  after(LOOK, () => wait(server, left - LOOK, done));
}
