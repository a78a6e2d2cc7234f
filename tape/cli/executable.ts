/** `run` of an executable: in the host runner, with this process as its system. */
import { readFileSync } from "node:fs";
import { readExecutable } from "../pe/read.ts";
import { ExecutableProgram } from "../runner/executable.ts";
import { finish } from "./commands.ts";
import { hosts, terminal } from "./hosts.ts";
import type { Flags } from "./main.ts";

export function runExecutable(
  files: readonly string[],
  flags: Flags,
  rest: readonly string[],
): number {
  const args = [files[0], ...files.slice(1), ...rest];
  const limits = flags.seconds === undefined ? {} : { milliseconds: flags.seconds * 1000 };
  try {
    const read = readExecutable(readFileSync(files[0]));
    if (!read.ok) throw new Error(read.reason);
    return finish(new ExecutableProgram(read.exe, hosts(terminal, args), limits).run());
  } catch (e) {
    process.stderr.write(`tape: ${files[0]}: ${(e as Error).message}\n`);
    return 1;
  }
}
