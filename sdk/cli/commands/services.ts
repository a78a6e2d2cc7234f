// `uusi services`: the names under /svc and /dev.
import { readingCommand } from "../channel/command.ts";
import { textTable } from "../channel/text-table.ts";

const header = ["NAME", "SERVER", "STATE", "CONTRACT", "OPENED"];

export const command = readingCommand(
  "services",
  "",
  "the names under /svc and /dev",
  async (source) => {
    const services = await source.services();
    const rows = services.map((each) => [
      each.name,
      each.server,
      each.state,
      each.contract,
      `${each.clients}`,
    ]);
    return { value: { services }, text: textTable(header, rows, [4]) };
  },
);
