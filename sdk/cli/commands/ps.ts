// `uusi ps`: the processes of a system, the code that each runs beside what its sources make now, and how each server's last process ended.
import { type Finding, readingCommand } from "../channel/command.ts";
import type { Source } from "../channel/facts.ts";
import { builtDigests } from "../push/built-digests.ts";
import { serverNames } from "../steps/servers.ts";
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
  "CODE",
  "FILE",
];
/** Digits that are shown of a code's digest. */
const SHOWN = 8;

/** Of each server the digest of what its sources make now; those that do not build have none. */
async function filesOf(source: Source, names: string[]): Promise<ReadonlyMap<string, string>> {
  const here = serverNames().filter((name) => names.includes(name));
  return source.world === undefined ? new Map() : builtDigests(here, source.world);
}

/** Processes first; a server without one stands where it would be, then the ends with their reasons. */
async function read(source: Source): Promise<Finding> {
  const processes = await source.processes();
  const servers = await source.servers();
  const { up } = await source.uptime();
  const files = await filesOf(
    source,
    servers.map(({ name }) => name),
  );
  const codes = (name: string) => {
    const code = servers.find((each) => each.name === name)?.code;
    return [code, files.get(name)].map((digest) => digest?.slice(0, SHOWN) ?? "-");
  };
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
    ...codes(each.name),
  ]);
  for (const { name, state, starts } of servers) {
    if (processes.some((each) => each.name === name)) continue;
    rows.push(["-", name, state, "-", "-", "-", "-", "-", "-", `${starts}`, ...codes(name)]);
  }
  const ends = servers
    .filter((each) => each.ended > 0)
    .sort((a, b) => a.ended - b.ended)
    .map(({ name, ended, why, place }) => {
      const ago = spanText(Math.max(0, up - ended));
      return `${name} ended ${ago} ago: ${why}${place === "" ? "" : `\n  ${place}`}\n`;
    });
  const text = textTable(header, rows, [0, 3, 4, 5, 6, 7, 8, 9]);
  const other = servers
    .filter(({ name, code }) => code !== undefined && files.get(name)?.startsWith(code) === false)
    .map(({ name }) => `${name} runs other code than its sources make: npx uusi swap ${name}\n`);
  const more = [...ends, ...other].join("");
  const described = servers.map((each) => {
    const file = files.get(each.name)?.slice(0, each.code?.length);
    return { ...each, ...(file === undefined ? {} : { file }) };
  });
  return {
    value: { processes, servers: described },
    text: more === "" ? text : `${text}\n${more}`,
  };
}

export const command = readingCommand("ps", "", "the processes, and why servers ended", read);
