// `ps`: the processes with their use of processor and memory.
import { Failure } from "../../../sdk/contract/failure.ts";
import { textTable } from "../text-table.ts";
import { formatBytes, formatSpan } from "../units.ts";
import type { Command } from "./command.ts";

export const ps: Command = {
  name: "ps",
  usage: "",
  help: "lists the processes",
  least: 0,
  most: 0,
  run: async ({ session, terminal }) => {
    const rows: string[][] = [];
    for (;;) {
      const page = await session.processes({ from: rows.length });
      if (page instanceof Failure) return page;
      for (const each of page.processes)
        rows.push([
          `${each.id}`,
          each.name,
          each.state,
          `${each.threads}`,
          formatSpan(each.cpuTime),
          formatBytes(each.used),
          formatBytes(each.limit),
          `${each.handles}`,
          `${each.queued}`,
          `${each.starts}`,
        ]);
      if (!page.more || page.processes.length === 0) break;
    }
    const header = [
      "ID",
      "NAME",
      "STATE",
      "THR",
      "CPU",
      "MEMORY",
      "LIMIT",
      "HANDLES",
      "QUEUED",
      "STARTS",
    ];
    terminal.print(textTable(header, rows, [0, 3, 4, 5, 6, 7, 8, 9]));
    return undefined;
  },
};
