// `uusi dump`: everything that can be read of a running system, as one file that the reading commands take with --from.
import { writeFileSync } from "node:fs";
import { machineFlags, show, withMachine } from "../channel/command.ts";
import { takeDump } from "../channel/dump.ts";
import { liveSource } from "../channel/live.ts";
import { Failure } from "../failure.ts";
import { type FlagTable, firstOf, flagHelp, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";
import { fromCaller } from "./image.ts";

const flags: FlagTable = {
  out: {
    value: "FILE",
    help: "the file to write, such as leivos-dump.json (default: this terminal)",
  },
  ...machineFlags,
};

export const command: Command = {
  summary: "writes what can be read of a system into one file",
  help: () => `npx uusi dump --out FILE [flags]\n\n${flagHelp(flags)}`,
  async run(args) {
    const given = parseFlags("dump", flags, args);
    if (given.rest.length > 0) {
      throw new Failure(`uusi dump: where to? write --out ${given.rest[0]}`, 2);
    }
    const out = firstOf(given, "out");
    const dump = await withMachine(given, (connection) =>
      takeDump(liveSource(connection), new Date()),
    );
    const text = `${JSON.stringify(dump)}\n`;
    if (out === undefined) process.stdout.write(text);
    else {
      writeFileSync(fromCaller(out), text);
      const value = { out, bytes: Buffer.byteLength(text) };
      show(given, { value, text: `dump: ${out} (read it with: npx uusi ps --from ${out})\n` });
    }
    return 0;
  },
};
