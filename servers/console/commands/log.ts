// `log`: the system's log, or the lines about one server.
import { Failure } from "../../../sdk/contract/failure.ts";
import type { Command } from "./command.ts";

/** Pieces that are read at most: the ring holds 32 KiB, a writer may be as fast as the reader. */
const PIECES = 64;

export const log: Command = {
  name: "log",
  usage: "[SERVER]",
  help: "shows the log, or the lines that name a server",
  least: 0,
  most: 1,
  run: async ({ session, terminal }, [server]) => {
    let position = 0;
    let rest = "";
    for (let piece = 0; piece < PIECES && !terminal.interrupted; piece += 1) {
      const part = await session.log({ position });
      if (part instanceof Failure) return part;
      if (part.next === position) break;
      position = part.next;
      const lines = (rest + part.text).split("\n");
      rest = lines.pop() as string;
      const shown =
        server === undefined ? lines : lines.filter((line) => line.includes(`${server}:`));
      if (shown.length > 0) terminal.print(shown.join("\n") + "\n");
      await terminal.room();
    }
    if (rest !== "" && server === undefined) terminal.print(rest + "\n");
    return undefined;
  },
};
