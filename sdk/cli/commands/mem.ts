// `uusi mem`: how much memory the machine has and who holds it.
import { readingCommand } from "../channel/command.ts";
import { bytesText, textTable } from "../channel/text-table.ts";

export const command = readingCommand("mem", "", "the use of memory", async (source) => {
  const memory = await source.memory();
  const processes = await source.processes();
  const row = (name: string, bytes: number) => [name, bytesText(bytes), `${bytes / 4096}`];
  const rows = [
    row("total", memory.total),
    row("used", memory.total - memory.free),
    row("free", memory.free),
    row("slab heap", memory.slab),
    row("quarantine", memory.quarantined),
    ...processes.map((each) => row(`  ${each.name}`, each.used)),
  ];
  return {
    value: { ...memory, used: memory.total - memory.free, byProcess: processes.map(used) },
    text: textTable(["MEMORY", "SIZE", "PAGES"], rows, [1, 2]),
  };
});

const used = ({ name, used, limit }: { name: string; used: number; limit: number }) => ({
  name,
  used,
  limit,
});
