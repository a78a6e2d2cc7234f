// `uusi state`: what a server declares as its state, as it is now.
import { readingCommand } from "../channel/command.ts";
import type { Source, StateFacts } from "../channel/facts.ts";
import { spanText } from "../channel/text-table.ts";
import { Failure } from "../failure.ts";

/** A value on lines of its own, each two spaces deeper. */
export function valueText(value: unknown, indent = "  "): string {
  if (typeof value !== "object" || value === null) return ` ${JSON.stringify(value)}\n`;
  const entries = Array.isArray(value)
    ? value.map((each, place) => [`[${place}]`, each] as const)
    : Object.entries(value);
  if (entries.length === 0) return " none\n";
  return `\n${entries.map(([name, each]) => `${indent}${name}:${valueText(each, `${indent}  `)}`).join("")}`;
}

function textOf({ states, services, timers, tables = [] }: StateFacts, up: number): string {
  const parts = states.map(
    ({ name, version, data }) => `${name}, version ${version}:${valueText(data)}`,
  );
  for (const { name, length, columns, rows } of tables) {
    parts.push(`table ${name}, ${length} ${length === 1 ? "row" : "rows"} of ${columns}\n`);
    rows.forEach((row, place) => {
      parts.push(`  [${place}]: ${Object.values(row).join(", ")}\n`);
    });
    if (length > rows.length) parts.push(`  ... and ${length - rows.length} more\n`);
  }
  for (const { name, clients } of services)
    parts.push(`clients of ${name}: ${clients.join(", ") || "none"}\n`);
  for (const [name, deadline] of Object.entries(timers))
    parts.push(`timer ${name}: in ${spanText(Math.max(0, deadline - up))}\n`);
  return parts.length === 0 ? "it declares nothing but that it can be swapped\n" : parts.join("");
}

async function read(source: Source, server: string | undefined) {
  if (server === undefined)
    throw new Failure("uusi state: which server? npx uusi ps lists them", 2);
  const { up } = await source.uptime();
  const state = await source.state(server);
  return { value: { server, ...state }, text: textOf(state, up) };
}

export const command = readingCommand("state", "NAME", "what a server declares as its state", read);
