// `uusi ps`: the processes of a system, and how each server's last process ended.
import { type Finding, readingCommand } from "../channel/command.ts";
import type { Source } from "../channel/facts.ts";
import { bytesText, spanText, textTable } from "../channel/text-table.ts";

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

/** Processes first; a server without one stands where it would be, then the ends with their reasons. */
async function read(source: Source): Promise<Finding> {
  const processes = await source.processes();
  const servers = await source.servers();
  const { up } = await source.uptime();
  const rows = processes.map((each) => [
    `${each.id}`,
    each.name,
    each.state,
    `${each.threads}`,
    spanText(each.cpuTime),
    bytesText(each.used),
    bytesText(each.limit),
    `${each.handles}`,
    `${each.queued}`,
    `${each.starts}`,
  ]);
  for (const { name, state, starts } of servers) {
    if (processes.some((each) => each.name === name)) continue;
    rows.push(["-", name, state, "-", "-", "-", "-", "-", "-", `${starts}`]);
  }
  const ends = servers
    .filter((each) => each.ended > 0)
    .sort((a, b) => a.ended - b.ended)
    .map(({ name, ended, why, place }) => {
      const ago = spanText(Math.max(0, up - ended));
      return `${name} ended ${ago} ago: ${why}${place === "" ? "" : `\n  ${place}`}\n`;
    });
  const text = textTable(header, rows, [0, 3, 4, 5, 6, 7, 8, 9]);
  return {
    value: { processes, servers },
    text: ends.length === 0 ? text : `${text}\n${ends.join("")}`,
  };
}

export const command = readingCommand("ps", "", "the processes, and why servers ended", read);
