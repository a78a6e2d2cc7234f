// `uptime`: the date, the time since boot, and how busy each processor was.
import { Failure } from "../../../sdk/contract/failure.ts";
import { formatDate, formatSpan } from "../units.ts";
import type { Command } from "./command.ts";

export const uptime: Command = {
  name: "uptime",
  usage: "",
  help: "shows date, time since boot and busy processors",
  least: 0,
  most: 0,
  run: async ({ session, terminal }) => {
    const state = await session.uptime({});
    if (state instanceof Failure) return state;
    const date = state.clock > 0 ? formatDate(state.clock) : "no clock";
    const busy = state.busy.map((time) => `${Math.floor((time * 100) / state.up)} %`).join(", ");
    const cpus = state.busy.length === 1 ? "1 CPU" : `${state.busy.length} CPUs`;
    terminal.print(`${date}, up ${formatSpan(state.up)}, ${cpus}, busy ${busy}\n`);
    return undefined;
  },
};
