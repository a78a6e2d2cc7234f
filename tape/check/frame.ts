/** The one check that needs finished code: the variables of a function fit the stack. */
import { type Code, STACK_BYTES } from "../bytecode/program.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import type { Module } from "./symbol.ts";

/** The error of the first function whose frame is larger than the whole stack, or undefined. */
export function frameError(code: Code, modules: readonly Module[]): Diagnostic | undefined {
  const f = code.fns.find((x) => x.frame > STACK_BYTES);
  if (f === undefined) return undefined;
  const own = modules.find((m) => m.source.path === code.files[f.file]);
  const { source } = own ?? modules[modules.length - 1];
  const line = f.lines[1] ?? 1;
  const pos = source.lines[line - 1] ?? 0;
  return {
    code: "T0607",
    source,
    pos,
    end: pos + source.line(line).length,
    message: `the variables of \`${f.name}\` take ${f.frame} bytes, and the stack has ${STACK_BYTES}`,
    help: "take the memory from `mem.alloc`, or make arrays smaller",
  };
}
