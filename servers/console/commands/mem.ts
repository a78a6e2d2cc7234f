// `mem`: how much memory the machine has and who holds it.
import { Failure } from "../../../sdk/contract/failure.ts";
import { textTable } from "../text-table.ts";
import { formatBytes } from "../units.ts";
import type { Command } from "./command.ts";

export const mem: Command = {
  name: "mem",
  usage: "",
  help: "shows the use of memory",
  least: 0,
  most: 0,
  run: async ({ session, terminal }) => {
    const memory = await session.memory({});
    if (memory instanceof Failure) return memory;
    const rows = [
      ["total", formatBytes(memory.total), `${memory.total / 4096}`],
      ["used", formatBytes(memory.total - memory.free), `${(memory.total - memory.free) / 4096}`],
      ["free", formatBytes(memory.free), `${memory.free / 4096}`],
      ["slab heap", formatBytes(memory.slab), `${memory.slab / 4096}`],
      ["quarantine", formatBytes(memory.quarantined), `${memory.quarantined / 4096}`],
    ];
    terminal.print(textTable(["MEMORY", "SIZE", "PAGES"], rows, [1, 2]));
    return undefined;
  },
};
