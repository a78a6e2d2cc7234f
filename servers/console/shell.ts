// The shell: a line is a built-in command, which needs no other server, or Tape (`tape-lines.ts`); both with the session's capabilities.
// Invariant: whatever a line holds, it ends in the command's output or in one sentence.
import type { Client } from "../../sdk/contract/client.ts";
import { handleOf } from "../../sdk/hot/handle-of.ts";
import type { Failure } from "../../sdk/contract/failure.ts";
import type { Session } from "../init/contract.ts";
import { splitWords } from "../../sdk/tape/words.ts";
import { arp } from "./commands/arp.ts";
import { caps } from "./commands/caps.ts";
import type { Command, Context } from "./commands/command.ts";
import { echo } from "./commands/echo.ts";
import { exit } from "./commands/exit.ts";
import { fetch } from "./commands/fetch.ts";
import { help } from "./commands/help.ts";
import { host } from "./commands/host.ts";
import type { Interpreter } from "./commands/interpreter.ts";
import { ip } from "./commands/ip.ts";
import { log } from "./commands/log.ts";
import { mem } from "./commands/mem.ts";
import { nc } from "./commands/nc.ts";
import { ping } from "./commands/ping.ts";
import { poweroff, reboot } from "./commands/power.ts";
import { ps } from "./commands/ps.ts";
import { run } from "./commands/run.ts";
import { services } from "./commands/services.ts";
import { ss } from "./commands/ss.ts";
import { clear, kill, restart } from "./commands/supervise.ts";
import { tape } from "./commands/tape.ts";
import { traceroute } from "./commands/traceroute.ts";
import { uptime } from "./commands/uptime.ts";
import type { Shell } from "./session.ts";
import { isCommand, TapeLines } from "./tape-lines.ts";

/** Every command, in the order that `help` shows. */
export const commands: readonly Command[] = [
  help,
  ps,
  mem,
  uptime,
  log,
  services,
  caps,
  kill,
  restart,
  clear,
  ip,
  arp,
  ping,
  traceroute,
  host,
  fetch,
  nc,
  ss,
  tape,
  run,
  echo,
  reboot,
  poweroff,
  exit,
];

const names = commands.map(({ name }) => name);

/** A shell over a session, with what the process offers. */
export function shell(
  account: string,
  session: Client<typeof Session>,
  process: Pick<Context, "open" | "pause">,
  interpreter?: Interpreter,
): Shell {
  const lines = new TapeLines(interpreter);
  return {
    account,
    run: async (line, terminal) => {
      const context: Context = { session, terminal, commands, ...process };
      const end = isCommand(line, names)
        ? await runCommand(line, context)
        : await lines.run(line, context);
      if (end === "logout") return end;
      if (end !== undefined) terminal.print(`${typeof end === "string" ? end : end.sentence}\n`);
      return undefined;
    },
    handles: () => ({
      session: handleOf(session),
      ...(lines.interpreter === undefined ? {} : { interpreter: handleOf(lines.interpreter) }),
    }),
    close: () => {
      lines.close();
      session.close();
    },
  };
}

/** A sentence, a failure, or how the command ended. */
async function runCommand(line: string, context: Context): Promise<Failure | string | undefined> {
  const words = splitWords(line);
  if (typeof words === "string") return words;
  const name = words.shift();
  for (const command of commands) {
    if (command.name !== name) continue;
    if (words.length < command.least || words.length > command.most)
      return `usage: ${command.name} ${command.usage}`.trimEnd();
    try {
      return await command.run(context, words);
    } catch (fault) {
      return `${name} failed: ${fault instanceof Error ? fault.message : String(fault)}`;
    }
  }
  return undefined;
}
