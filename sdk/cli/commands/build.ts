// `uusi build`: brings every part of the system up to date.
import { statSync } from "node:fs";
import { buildSystem } from "../build/build-system.ts";
import { variantFlags, variantOf } from "../build/variant-flags.ts";
import { type FlagTable, flagHelp, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";

const flags: FlagTable = {
  ...variantFlags,
  verbose: { help: "shows every command, also of steps that are up to date" },
  json: { help: "the result as JSON" },
};

export const command: Command = {
  summary: "builds what has changed",
  help: () => `npx uusi build [flags]\n\n${flagHelp(flags)}`,
  async run(args) {
    const given = parseFlags("build", flags, args);
    const say = (line: string) => void process.stderr.write(`${line}\n`);
    const built = await buildSystem(variantOf(given), say, given.switches.has("verbose"));
    const bytes = { loader: statSync(built.loader).size, boot: statSync(built.boot).size };
    if (given.switches.has("json"))
      process.stdout.write(`${JSON.stringify({ ...built, bytes })}\n`);
    else say(`build: ${built.ran} steps run, ${built.skipped} up to date -> ${built.boot}`);
    return 0;
  },
};
