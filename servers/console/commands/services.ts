// `services`: the names under /svc and /dev.
import { Failure } from "../../../sdk/contract/failure.ts";
import { textTable } from "../text-table.ts";
import type { Command } from "./command.ts";

export const services: Command = {
  name: "services",
  usage: "",
  help: "lists the names under /svc and /dev",
  least: 0,
  most: 0,
  run: async ({ session, terminal }) => {
    const list = await session.services({});
    if (list instanceof Failure) return list;
    const rows = list.services.map((each) => [
      each.name,
      each.server,
      each.state,
      each.contract,
      `${each.clients}`,
    ]);
    terminal.print(textTable(["NAME", "SERVER", "STATE", "CONTRACT", "OPENED"], rows, [4]));
    return undefined;
  },
};
