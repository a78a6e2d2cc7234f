/**
 * From source to checked bytecode in one call: what tools, tests and servers use.
 *
 * Pure: files come through a `Reader`, nothing is written. The phases, in order: `module/` (scan, parse),
 * `check/` (with `comptime/`), `lower/`, `bytecode/`.
 */
import type { Code } from "./bytecode/program.ts";
import { verify } from "./bytecode/verify.ts";
import { frameError } from "./check/frame.ts";
import { checkProgram, type Program } from "./check/program.ts";
import type { Module, VarSym } from "./check/symbol.ts";
import { type CompileOptions, compileProgram } from "./lower/program.ts";
import { loadProgram, loadText, type Reader } from "./module/load.ts";
import { Report } from "./source/diagnostic.ts";

export interface Options extends CompileOptions {
  /** Whether the root needs a `main`. */
  readonly main?: boolean;
  /** Text of the root, instead of its file. */
  readonly text?: string;
  readonly maxErrors?: number;
  readonly target?: string;
  /** Check types even after errors of syntax. */
  readonly tolerant?: boolean;
  /** Note where symbols, fields and types are used. */
  readonly uses?: boolean;
}

/** Outcome of a compilation. */
export interface Compiled {
  readonly report: Report;
  readonly modules: readonly Module[];
  readonly program: Program | undefined;
  /** Locals of all functions, in order of declaration; for editors. */
  readonly locals: readonly VarSym[];
  /** Bytecode; undefined when there were errors. */
  readonly code: Code | undefined;
  /** What compile-time code printed. */
  readonly printed: string;
}

/** Loads and checks; no code is made. */
export function checkFile(path: string, reader: Reader, options: Options = {}): Compiled {
  const report = new Report(options.maxErrors ?? 50);
  const text = options.text;
  const also = [...new Set(Object.values(options.provided ?? {}).map(([module]) => module))];
  const modules =
    text === undefined
      ? loadProgram(path, reader, report, also)
      : loadText(path, text, reader, report, also);
  const printed: string[] = [];
  if (modules === undefined || modules.length === 0)
    return { report, modules: [], program: undefined, locals: [], code: undefined, printed: "" };
  // After errors of syntax an editor still wants types; everyone else stops here.
  if (report.failed && options.tolerant !== true)
    return { report, modules, program: undefined, locals: [], code: undefined, printed: "" };
  const locals: VarSym[] = [];
  const world = {
    modules,
    report,
    printed,
    locals,
    uses: options.uses === true,
    target: options.target ?? "vm",
    embed: (m: Module, name: string): Uint8Array | undefined => {
      const folder = m.source.path.includes("/")
        ? m.source.path.slice(0, m.source.path.lastIndexOf("/") + 1)
        : "";
      const bytes = reader.file(folder + name);
      return bytes === undefined || bytes.length > 1 << 20 ? undefined : bytes;
    },
  };
  const program = checkProgram(world, options.main ?? true);
  return { report, modules, program, locals, code: undefined, printed: printed.join("") };
}

/** Checks all that an editor or `tape check` can be told, what needs finished code too; no code is kept. */
export function checkWhole(path: string, reader: Reader, options: Options = {}): Compiled {
  const checked = checkFile(path, reader, { ...options, main: false });
  if (checked.report.failed || checked.program === undefined) return checked;
  const code = compileProgram(checked.program, { ...options, whole: true, tests: true });
  const large = checked.report.failed ? undefined : frameError(code, checked.modules);
  if (large !== undefined) checked.report.add(large);
  return checked;
}

/** Loads, checks and compiles. */
export function compileFile(path: string, reader: Reader, options: Options = {}): Compiled {
  const checked = checkFile(path, reader, options);
  if (checked.report.failed || checked.program === undefined) return checked;
  const code = compileProgram(checked.program, options);
  // Library functions are checked when they are first reached.
  if (checked.report.failed) return checked;
  const large = frameError(code, checked.modules);
  if (large !== undefined) {
    checked.report.add(large);
    return checked;
  }
  const problem = verify(code);
  if (problem !== undefined)
    throw new Error(`the compiler made bytecode that does not verify: ${problem}`);
  return { ...checked, code };
}
