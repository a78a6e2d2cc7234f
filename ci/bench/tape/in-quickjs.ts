// Runs in native QuickJS: compiles one script to machine code beside the library, as servers/tape does, several times; prints the
// least time in milliseconds. `given` is set before by `quickjs-native.ts`.
import { verify } from "../../../tape/bytecode/verify.ts";
import { checkProgram } from "../../../tape/check/program.ts";
import type { FnSym } from "../../../tape/check/symbol.ts";
import { LibraryCode, type LibraryData } from "../../../tape/lower/library-code.ts";
import { compileProgram } from "../../../tape/lower/program.ts";
import { KeptModules } from "../../../tape/module/kept.ts";
import { loadText } from "../../../tape/module/load.ts";
import { buildNative } from "../../../tape/native/module.ts";
import { Report } from "../../../tape/source/diagnostic.ts";

declare function print(text: string): void;
declare const given: {
  readonly interfaces: { readonly [name: string]: string };
  readonly library: LibraryData;
  readonly text: string;
};

const TIMES = 8;
const library = new LibraryCode(given.library);
const kept = new KeptModules();
const shared = library.first().count;
const places = { distance: 1 << 20, fns: new Array<number>(shared).fill(0), table: 0 };

function compile(): void {
  const report = new Report();
  const reader = {
    kept,
    folders: [],
    file: () => undefined,
    library: (name: string) => given.interfaces[name],
  };
  const modules = loadText("script.tape", given.text, reader, report) ?? [];
  const compiled = (fn: FnSym) => library.numberOf(fn) !== undefined;
  const more = { report, printed: [], target: "vm", embed: () => undefined, compiled, kept };
  const program = checkProgram({ modules, ...more }, true);
  if (report.failed) throw new Error("the script has errors");
  for (const module of modules) Object.defineProperty(module, "hash", { value: "" });
  const code = compileProgram(program, { library, beside: true });
  if (verify(code, shared) !== undefined) throw new Error("the bytecode is wrong");
  const built = buildNative(code, { bounds: "compare", fiber: { shared, library: places } });
  if (!built.ok) throw new Error(built.reason);
}

let least = Number.POSITIVE_INFINITY;
for (let i = 0; i < TIMES; i += 1) {
  const start = performance.now();
  compile();
  least = Math.min(least, performance.now() - start);
}
print(`${least}`);
