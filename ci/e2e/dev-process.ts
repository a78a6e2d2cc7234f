// `uusi dev` as a child process in a copy of the tree: its lines one after the other, its end by a signal.
import { spawn } from "node:child_process";
import { join } from "node:path";

/** Starts it with flags. End it with `child.kill("SIGINT")`, then wait for `ended`. */
export function devProcess(copy: string, ...flags: string[]) {
  const main = join(copy, "sdk/cli/main.ts");
  const child = spawn(process.execPath, [main, "dev", ...flags], {
    cwd: copy,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let text = "";
  let errors = "";
  let read = 0;
  let look = () => {};
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    look();
  });
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    errors += part;
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once("close", (code) => {
      resolve(code);
      look();
    });
  });
  /** The next text that matches, behind what matched before; fails when the process has ended, or has not said it for that many ms. */
  const next = (pattern: RegExp, within = 280_000) =>
    new Promise<string>((resolve, reject) => {
      const late = () => reject(new Error(`no ${pattern} within ${within} ms: ${text}${errors}`));
      const guard = setTimeout(late, within);
      look = () => {
        const match = pattern.exec(text.slice(read));
        if (match !== null) {
          clearTimeout(guard);
          look = () => {};
          read += match.index + match[0].length;
          resolve(match[0]);
        } else if (child.exitCode !== null) {
          clearTimeout(guard);
          reject(new Error(`it ended: ${text}${errors}`));
        }
      };
      look();
    });
  return { child, next, ended, all: () => text };
}
