/** Programs over the standard library compiled before, as a server compiles them: many of them in the time that one takes otherwise. */
import { readdirSync } from "node:fs";
import { verify } from "../bytecode/verify.ts";
import type { Code } from "../bytecode/program.ts";
import { checkProgram } from "../check/program.ts";
import type { FnSym } from "../check/symbol.ts";
import { libraryText } from "../cli/reader.ts";
import { LibraryCode } from "../lower/library-code.ts";
import { makeLibraryCode } from "../lower/make-library-code.ts";
import { compileProgram } from "../lower/program.ts";
import { interfaceText } from "../module/interface-text.ts";
import { KeptModules } from "../module/kept.ts";
import { loadText } from "../module/load.ts";
import { formatHuman, Report } from "../source/diagnostic.ts";

export const librarySources: { [name: string]: string } = {};
for (const file of readdirSync(new URL("../std/", import.meta.url)).sort()) {
  const name = file.replace(/\.tape$/, "");
  if (file.endsWith(".tape")) librarySources[name] = libraryText(name) as string;
}
export const interfaces: { [name: string]: string } = {};
for (const [name, text] of Object.entries(librarySources))
  interfaces[name] = interfaceText(name, text);

export const libraryData = makeLibraryCode(librarySources);
export const testLibrary = new LibraryCode(libraryData);
/** Modules stay from program to program, as in a server. */
const kept = new KeptModules();
const first = testLibrary.first().count;

/** A program with the functions of the library that it reaches, and beside the library. */
export interface Both {
  readonly code: Code;
  readonly beside: Code;
}

/** Compiles; errors become an exception with their human form. */
export function compileBoth(text: string): Both {
  const report = new Report();
  const failed = () => new Error(report.list.map(formatHuman).join("\n"));
  const reader = {
    kept,
    folders: [],
    file: () => undefined,
    library: (n: string) => interfaces[n],
  };
  const modules = loadText("test.tape", text, reader, report) ?? [];
  if (report.failed) throw failed();
  const compiled = (fn: FnSym) => testLibrary.numberOf(fn) !== undefined;
  const world = {
    modules,
    report,
    printed: [],
    target: "vm",
    embed: () => undefined,
    compiled,
    kept,
  };
  const program = checkProgram(world, true);
  if (report.failed) throw failed();
  const code = compileProgram(program, { library: testLibrary });
  const beside = compileProgram(program, { library: testLibrary, beside: true });
  if (report.failed) throw failed();
  const problem = verify(code) ?? verify(beside, first);
  if (problem !== undefined) throw new Error(problem);
  return { code, beside };
}
