// `uusi log`: the system's log, or the lines of one server with the end of its last process.
import { readingCommand } from "../channel/command.ts";
import type { Source } from "../channel/facts.ts";
import { Failure } from "../failure.ts";
import { channelLines } from "../messages/channel-text.ts";
import { methodNames } from "../messages/method-names.ts";
import { nativeNames } from "../messages/native-names.ts";

/** Lines that a server wrote or that are about it: `NAME: ...`, `init: NAME ...`. */
export function linesOf(lines: readonly string[], server: string): string[] {
  const name = server.replace(/[^a-z0-9-]/g, "");
  const own = new RegExp(`^(?:init: (?:refused: )?)?${name}[: ]`);
  return lines.filter((line) => own.test(line));
}

async function read(source: Source, server: string | undefined) {
  const all = (await source.log()).split("\n");
  if (all.at(-1) === "") all.pop();
  if (server === undefined) {
    return { value: { lines: all }, text: all.map((line) => `${line}\n`).join("") };
  }
  const found = (await source.servers()).find((each) => each.name === server);
  const lines = linesOf(all, server);
  if (found === undefined && server !== "init") {
    throw new Failure(`there is no server ${server}; npx uusi ps lists them`);
  }
  const native = nativeNames(found?.why ?? "");
  const end =
    found === undefined || found.ended === 0
      ? []
      : [
          `(last end of ${server}: ${found.why})`,
          ...(native.length === 0 ? [] : [`(in the engine: ${native.join(" < ")})`]),
          ...(found.place === "" ? [] : [`(${found.place})`]),
        ];
  const messages = end.length === 0 ? [] : await source.lastMessages(server);
  const channels = end.length === 0 ? [] : await source.lastChannels(server);
  const heads = channelLines(messages, channels, await methodNames(), found?.ended ?? 0);
  const shown = heads.length === 0 ? [] : ["(its last messages:)\n", ...heads];
  return {
    value: {
      server,
      lines,
      lastEnd: end.length === 0 ? null : { ...found, native, messages, channels },
    },
    text: [...lines, ...end].map((line) => `${line}\n`).join("") + shown.join(""),
  };
}

export const command = readingCommand("log", "[NAME]", "the log, or one server's part", read);
