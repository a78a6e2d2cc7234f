/** `repl`: the session on a terminal, with line editing, history and completion; plain lines from a pipe. */
import { createInterface } from "node:readline";
import { Session } from "../repl/session.ts";
import { hosts, terminal } from "./hosts.ts";
import type { Flags } from "./main.ts";
import { diskReader } from "./reader.ts";

export async function replCommand(_files: readonly string[], flags: Flags): Promise<number> {
  const session = new Session({
    reader: diskReader(flags.folders),
    fuel: flags.fuel ?? 200_000_000,
    hosts: (write) =>
      hosts({
        write: (_to, bytes) => write(Buffer.from(bytes).toString("utf8")),
        read: terminal.read,
      }),
    trap: (o) => (o.text === "" ? o.trap : o.text),
  });
  const tty = process.stdin.isTTY === true;
  const lines = createInterface({
    input: process.stdin,
    terminal: tty,
    prompt: "tape> ",
    historySize: 1000,
    ...(tty ? { output: process.stdout } : {}),
    completer: (line: string) => {
      const found = session.complete(line);
      const word = /[A-Za-z_:][\w.]*$/.exec(line)?.[0] ?? "";
      return [found, word];
    },
  });
  if (tty) {
    process.stdout.write("Tape. :help lists commands.\n");
    lines.prompt();
  }
  let text = "";
  for await (const line of lines) {
    text = text === "" ? line : `${text}\n${line}`;
    if (!session.unfinished(text)) {
      process.stdout.write(session.eval(text));
      text = "";
    }
    if (session.over) break;
    if (tty) {
      lines.setPrompt(text === "" ? "tape> " : "  ... ");
      lines.prompt();
    }
  }
  lines.close();
  return 0;
}
