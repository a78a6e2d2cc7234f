/** Builds and runs executables for tests. */
import { hosts, memoryStreams } from "../../cli/hosts.ts";
import { ExecutableProgram } from "../../runner/executable.ts";
import type { NativeLimits } from "../../runner/running.ts";
import { compileText, type Shown, shown } from "../../testing/run.ts";
import { buildExecutable, executableOptions, type ExecutableOptions } from "../executable.ts";
import { readExecutable } from "../read.ts";
import type { Code } from "../../bytecode/program.ts";

/** The file of a compiled program. */
export function executable(code: Code, options: ExecutableOptions = {}): Uint8Array {
  const built = buildExecutable(code, options);
  if (!built.ok) throw new Error(built.reason);
  return built.bytes;
}

/** The file of a program given as text. */
export const executableOf = (text: string, options: ExecutableOptions = {}): Uint8Array =>
  executable(compileText(text, executableOptions), options);

/** A file in the runner; nothing but the file is known. */
export function runFile(file: Uint8Array, input = "", limits: NativeLimits = {}): Shown {
  const read = readExecutable(file);
  if (!read.ok) throw new Error(read.reason);
  const streams = memoryStreams(input);
  const all = { milliseconds: 60_000, ...limits };
  const o = new ExecutableProgram(read.exe, hosts(streams, ["test"]), all).run();
  return shown(o, streams.text());
}

/** A program through a file, the value as `main` gave it. */
export function runExecutable(text: string, input = ""): Shown {
  const code = compileText(text, executableOptions);
  const s = runFile(executable(code), input);
  // A file does not say whether `main` gives anything.
  return code.fns[code.main].results === "" && s.end === "value 0" ? { ...s, end: "value " } : s;
}
