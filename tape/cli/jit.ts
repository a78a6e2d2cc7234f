/** `jit`: a program as native code in the host runner. */
import { NativeProgram } from "../runner/program.ts";
import { finish, programFor } from "./commands.ts";
import { hosts, terminal } from "./hosts.ts";
import type { Flags } from "./main.ts";

export function jitCommand(
  files: readonly string[],
  flags: Flags,
  rest: readonly string[],
): number {
  const code = programFor("jit", files, flags);
  if (typeof code === "number") return code;
  const args = [files[0], ...files.slice(1), ...rest];
  const limits = flags.seconds === undefined ? {} : { milliseconds: flags.seconds * 1000 };
  try {
    return finish(new NativeProgram(code, hosts(terminal, args), limits).call("main"));
  } catch (e) {
    process.stderr.write(`tape: ${files[0]}: ${(e as Error).message}\n`);
    return 1;
  }
}
