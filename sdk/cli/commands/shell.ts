// `uusi shell`: talks Tape with a running system, line by line, from this terminal.
import { createInterface } from "node:readline";
import { machineFlags, withMachine } from "../channel/command.ts";
import type { Connection } from "../channel/connection.ts";
import { exitCodeOf, runScript, stopScript } from "../channel/script.ts";
import { Failure } from "../failure.ts";
import { type FlagTable, flagHelp, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";

const flags: FlagTable = {
  machine: machineFlags["machine"]!,
  target: machineFlags["target"]!,
};

export const command: Command = {
  summary: "talks Tape with a running system",
  help: () =>
    "npx uusi shell [flags]\n\n" +
    'A last expression shows its value, `kill netd` is kill("netd"), ^C stops a line, ^D leaves.\n' +
    "Without a terminal it runs the lines of its input, and exits with the code of the last one.\n" +
    "Another `uusi` command on the same machine ends the conversation.\n\n" +
    flagHelp(flags),
  async run(args) {
    const given = parseFlags("shell", flags, args);
    if (given.rest.length > 0)
      throw new Failure(`uusi shell: what is "${given.rest[0]}"? see: npx uusi shell --help`, 2);
    return withMachine(given, converse);
  },
};

/** Lines until the input ends; the exit code of the last one. */
async function converse(connection: Connection): Promise<number> {
  const terminal = process.stdin.isTTY === true;
  const lines = createInterface({
    input: process.stdin,
    output: terminal ? process.stdout : undefined,
    terminal,
  });
  let running = false;
  let text = "";
  const ask = (): void => {
    if (!terminal) return;
    lines.setPrompt(text === "" ? "leivos> " : "......> ");
    lines.prompt();
  };
  lines.on("SIGINT", () => {
    if (running) return void stopScript(connection).catch(() => undefined);
    text = "";
    process.stdout.write("\n");
    ask();
  });
  let code = 0;
  try {
    ask();
    for await (const line of lines) {
      text += text === "" ? line : `\n${line}`;
      if (text.trim() !== "") {
        running = true;
        let last = "\n";
        const end = await runScript(
          connection,
          { kind: "line", show: "value", source: text },
          (piece) => {
            last = piece;
            process.stdout.write(piece);
          },
        );
        running = false;
        if (!last.endsWith("\n")) process.stdout.write("\n");
        code = exitCodeOf(end);
        if (end.state === "left") break;
        if (end.state !== "unfinished") text = "";
      } else text = "";
      ask();
    }
  } finally {
    lines.close();
  }
  return terminal ? 0 : code;
}
