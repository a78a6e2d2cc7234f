// `uusi top`: who uses the processors, again and again on a terminal, once elsewhere.
// Invariant: each look is a session of its own, so that other commands get their turn on the line.
import { readingFlags, show, withSource } from "../channel/command.ts";
import type { Source } from "../channel/facts.ts";
import { type Look, shares } from "../channel/shares.ts";
import { bytesText, spanText, textTable } from "../channel/text-table.ts";
import { Failure } from "../failure.ts";
import { type FlagTable, flagHelp, numberOf, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";

const flags: FlagTable = {
  once: { help: "one table, as on anything but a terminal" },
  interval: { value: "S", help: "seconds between two looks, 1 to 60 (1)" },
  ...readingFlags,
};
const header = ["NAME", "ID", "CPU %", "CPU TIME", "MEMORY", "QUEUED"];

async function look(source: Source): Promise<Look> {
  const { up } = await source.uptime();
  return { up, processes: await source.processes() };
}

function finding(before: Look | undefined, now: Look) {
  const list = shares(before, now);
  const span = now.up - (before?.up ?? 0);
  const rows = list.map((each) => [
    each.name,
    `${each.id}`,
    each.percent.toFixed(1),
    spanText(each.cpuTime),
    bytesText(each.used),
    `${each.queued}`,
  ]);
  const title = `up ${spanText(now.up)}, over the last ${spanText(span)}\n`;
  return {
    value: { up: now.up, span, processes: list },
    text: title + textTable(header, rows, [1, 2, 3, 4, 5]),
  };
}

export const command: Command = {
  summary: "who uses the processors",
  help: () => `npx uusi top [flags]\n\nLeave with Ctrl-C.\n\n${flagHelp(flags)}`,
  async run(args) {
    const given = parseFlags("top", flags, args);
    if (given.rest.length > 0) {
      throw new Failure(`uusi top: what is "${given.rest[0]}"? it takes no name`, 2);
    }
    const pause = (numberOf(given, "interval", 1, 60) ?? 1) * 1000;
    let before = given.values.has("from") ? undefined : await withSource(given, look);
    const once = given.switches.has("once") || given.switches.has("json") || !process.stdout.isTTY;
    for (;;) {
      if (before !== undefined) await new Promise((resolve) => setTimeout(resolve, pause));
      const now = await withSource(given, look);
      const found = finding(before, now);
      if (once || before === undefined) {
        show(given, found);
        return 0;
      }
      process.stdout.write(`\x1b[H\x1b[2J${found.text}`);
      before = now;
    }
  },
};
