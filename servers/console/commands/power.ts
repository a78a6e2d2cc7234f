// `poweroff` and `reboot`.
import { Failure } from "../../../sdk/contract/failure.ts";
import type { Command } from "./command.ts";

function power(name: string, action: "off" | "reboot", help: string): Command {
  return {
    name,
    usage: "",
    help,
    least: 0,
    most: 0,
    run: async ({ session, terminal }) => {
      const done = await session.power({ action });
      if (done instanceof Failure) return done;
      terminal.print(action === "off" ? "switching off\n" : "starting again\n");
      return undefined;
    },
  };
}

export const poweroff = power("poweroff", "off", "ends the servers and switches the machine off");
export const reboot = power("reboot", "reboot", "ends the servers and starts the machine again");
