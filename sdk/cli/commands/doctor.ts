// `uusi doctor`: what the project needs from this machine, and what of it is there. Reads only.
import { doctor } from "../../../ci/setup/doctor.mjs";
import { type FlagTable, flagHelp, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";

const flags: FlagTable = { json: { help: "the list as JSON" } };

export const command: Command = {
  summary: "lists what is installed and what is missing, with the cure",
  help: () => `npx uusi doctor [--json]\n\n${flagHelp(flags)}`,
  run: (args) => doctor(parseFlags("doctor", flags, args).switches.has("json")),
};
