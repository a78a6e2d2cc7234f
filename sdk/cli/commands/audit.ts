// `uusi audit`: what servers were refused and what they were granted in vain; --fix writes and deletes the manifest lines.
import { fixManifests } from "../audit/fix-manifests.ts";
import { argumentOf, readingFlags, show, withSource } from "../channel/command.ts";
import type { AuditFacts } from "../channel/facts.ts";
import { spanText, textTable } from "../channel/text-table.ts";
import { Failure } from "../failure.ts";
import { type FlagTable, flagHelp, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";

const flags: FlagTable = {
  fix: { help: "writes into servers/*/manifest.ts what was denied, deletes what was not used" },
  ...readingFlags,
};

function textOf(entries: readonly AuditFacts[], up: number): string {
  if (entries.length === 0) return `nothing was refused or granted in vain in ${spanText(up)}\n`;
  const rows = entries.map(({ kind, server, field, value, count, sentence }) => [
    kind,
    server,
    field === "" ? "-" : `${field}: ${value}`,
    kind === "denied" ? `${count}` : "-",
    sentence,
  ]);
  const table = textTable(["WHAT", "WHO", "LINE", "TIMES", "WHY"], rows, [3]);
  return `${table}(since the boot, ${spanText(up)} ago)\n`;
}

export const command: Command = {
  summary: "what was refused, what was granted in vain; --fix writes it into the manifests",
  help: () =>
    `npx uusi audit [NAME] [flags]\n\nWith --fix the exit code is 1 when a line must be changed by hand.\n\n${flagHelp(flags)}`,
  async run(args) {
    const given = parseFlags("audit", flags, args);
    const name = argumentOf("audit", given);
    const { all, up, servers } = await withSource(given, async (source) => ({
      all: await source.audit(),
      up: (await source.uptime()).up,
      servers: name === undefined ? [] : await source.servers(),
    }));
    // what is told of may be an account, too
    if (
      name !== undefined &&
      ![...servers.map((each) => each.name), ...all.map((each) => each.server)].includes(name)
    )
      throw new Failure(`there is no server ${name}; npx uusi ps lists them`);
    const entries = all.filter((each) => name === undefined || each.server === name);
    if (!given.switches.has("fix")) {
      show(given, { value: { entries }, text: textOf(entries, up) });
      return 0;
    }
    const fixes = fixManifests(entries);
    const text = fixes.map(({ server, line, done }) => `${server}: ${line}: ${done}\n`).join("");
    show(given, { value: { fixes }, text: text === "" ? "nothing to write or delete\n" : text });
    return fixes.some((each) => !each.fixed) ? 1 : 0;
  },
};
