// `uusi exec`: runs a Tape expression or script in a running system and shows its value.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { machineFlags, withMachine } from "../channel/command.ts";
import { exitCodeOf, runScript, stopScript } from "../channel/script.ts";
import { Failure } from "../failure.ts";
import { type FlagTable, firstOf, flagHelp, type Given, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";

const flags: FlagTable = {
  ...machineFlags,
  json: { help: "the value of the last expression as JSON, null when there is none" },
  file: { value: "FILE", help: "runs a file instead, - for the standard input" },
};

/** The source that is meant. @throws Failure */
function sourceOf(given: Given): string {
  const file = firstOf(given, "file");
  if ((file === undefined) === (given.rest.length === 0))
    throw new Failure("uusi exec: give one expression in quotes, or --file FILE", 2);
  if (file === undefined) return given.rest.join(" ");
  try {
    const path = file === "-" ? 0 : resolve(process.env.UUSI_CALLED_FROM ?? ".", file);
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Failure(`uusi exec: ${file} can't be read: ${(error as Error).message}`, 2);
  }
}

export const command: Command = {
  summary: "runs a Tape expression in a running system",
  help: () =>
    "npx uusi exec 'EXPRESSION' [flags]\n\n" +
    "    npx uusi exec 'ps() |> where(fn(p) => p.cpu > 100)'\n" +
    "    npx uusi exec --json 'net.status().address'\n\n" +
    "Exit code: what `main` returns or `os.exit` gives; 1 for errors and traps; 130 when ^C stopped it.\n" +
    "The script may do what servers/dev/manifest.ts allows. Another `uusi` command on the same machine ends it.\n\n" +
    flagHelp(flags),
  async run(args) {
    const given = parseFlags("exec", flags, args);
    const source = sourceOf(given);
    const json = given.switches.has("json");
    return withMachine(given, async (connection) => {
      const stop = () => void stopScript(connection).catch(() => undefined);
      process.once("SIGINT", stop);
      let last = "\n";
      const end = await runScript(
        connection,
        { kind: "script", show: json ? "json" : "value", source },
        (text) => {
          last = text;
          process.stdout.write(text);
        },
      );
      process.removeListener("SIGINT", stop);
      if (!last.endsWith("\n")) process.stdout.write("\n");
      if (json && last === "\n" && end.state === "done") process.stdout.write("null\n");
      return exitCodeOf(end);
    });
  },
};
