// The phases of the compiler in turns, a few statements each: a turn's processor time is limited, and other clients wait meanwhile.
import { checkSteps } from "../../tape/check/program.ts";
import type { FnSym } from "../../tape/check/symbol.ts";
import { compileSteps } from "../../tape/lower/program.ts";
import { loadTextSteps } from "../../tape/module/load.ts";
import type { Code } from "../../tape/bytecode/program.ts";
import { verifySteps } from "../../tape/bytecode/verify.ts";
import { type Diagnostic, Report } from "../../tape/source/diagnostic.ts";
import { inTurns, type Steps } from "../../tape/source/steps.ts";
import { FILE } from "./errors.ts";
import type { Library } from "./library.ts";
import type { NativeLibrary } from "./native/library.ts";
import { NativeProgram } from "./native/program.ts";

/** Characters of source, or words of bytecode, of one turn: some tens of milliseconds where all is slow. */
const TURN = 1_500;

/** Bytecode, or the errors; what compile-time code printed; `fault` is what went wrong with the compiler itself. */
export interface Compiled {
  readonly code: Code | undefined;
  readonly errors: readonly Diagnostic[];
  readonly printed: string;
  readonly fault?: string;
  /** the program as machine code; then `code` is what that was made of, and nothing to be interpreted */
  readonly native?: NativeProgram;
}

/**
 * Compiles a program.
 * @param turn resolves in the next turn
 * @param native the library as machine code: the program becomes that too where it can
 */
export async function compileInTurns(
  text: string,
  library: Library,
  turn: () => Promise<void>,
  native?: NativeLibrary,
): Promise<Compiled> {
  const report = new Report();
  const printed: string[] = [];
  const failed = (): Compiled => ({
    code: undefined,
    errors: report.list,
    printed: printed.join(""),
  });
  const reader = {
    folders: [],
    file: () => undefined,
    library: (name: string) => library.texts[name],
    kept: library.kept,
  };
  try {
    const done = <R>(steps: Steps<R>) => inTurns(steps, TURN, turn);
    const modules = await done(loadTextSteps(FILE, text, reader, report));
    if (modules === undefined || report.failed) return failed();
    await turn();
    const compiled = (fn: FnSym) => library.code.numberOf(fn) !== undefined;
    const { kept } = library;
    const world = {
      modules,
      report,
      printed,
      target: "vm",
      embed: () => undefined,
      compiled,
      kept,
    };
    const program = await done(checkSteps(world, true));
    if (report.failed) return failed();
    await turn();
    // what is run at once and never kept needs no hash of its sources
    for (const module of modules) Object.defineProperty(module, "hash", { value: "" });
    const fine = { errors: [], printed: printed.join("") };
    if (native !== undefined) {
      const options = { library: library.code, beside: true };
      const beside = await done(compileSteps(program, options));
      if (report.failed) return failed();
      const problem = await done(verifySteps(beside, native.places.fns.length));
      if (problem !== undefined) return { ...failed(), fault: `its bytecode is wrong: ${problem}` };
      await turn();
      const made = await NativeProgram.make(beside, native, turn);
      if (made !== undefined) return { ...fine, code: beside, native: made };
    }
    const code = await done(compileSteps(program, { library: library.code }));
    // Library functions are checked when they are first reached.
    if (report.failed) return failed();
    await turn();
    const problem = await done(verifySteps(code));
    if (problem !== undefined) return { ...failed(), fault: `its bytecode is wrong: ${problem}` };
    return { ...fine, code };
  } catch (thrown) {
    // a program that nests deeper than this process's stack
    library.kept.forget();
    return { ...failed(), fault: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
