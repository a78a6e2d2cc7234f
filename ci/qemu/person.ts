// A person at the serial line of a guest: logs in, types commands and reads what they print.
import type { Guest } from "./guest.ts";

/** The shell's prompt, alone in its line: a line that is redrawn may end in it too, for a moment. */
export const shellPrompt = /\nleivos\$ $/;
/** Tries of a command that waits for servers on their way back, and the pause between them in milliseconds. */
const TRIES = 40;
const PAUSE = 250;

/** Logs in with the development account; the guest shows its login prompt, or did before what is typed was last looked for. */
export async function logIn(guest: Guest): Promise<void> {
  guest.type("dev\n");
  await guest.expect(/Password: $/);
  guest.type("dev\n");
  await guest.expect(shellPrompt);
}

/** Runs one command of the shell and returns what it printed. */
export async function command(guest: Guest, line: string): Promise<string> {
  const from = guest.transcript.text.length;
  guest.type(`${line}\n`);
  await guest.expect(shellPrompt);
  const text = guest.transcript.text.slice(from).replaceAll("\r", "");
  return text.slice(text.indexOf("\n") + 1, text.lastIndexOf("leivos$ "));
}

/** Runs a command until it prints what is wanted, and returns what it printed last. */
export async function commandUntil(guest: Guest, line: string, wanted: RegExp): Promise<string> {
  for (let tries = 1; ; tries++) {
    const text = await command(guest, line);
    if (wanted.test(text) || tries === TRIES) return text;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}
