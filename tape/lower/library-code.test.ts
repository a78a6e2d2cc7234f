/** Programs over the precompiled library and its interfaces do what they do over its sources. */
import { readdirSync, readFileSync } from "node:fs";
import test from "ava";
import { verify } from "../bytecode/verify.ts";
import { checkProgram } from "../check/program.ts";
import { libraryText } from "../cli/reader.ts";
import { KeptModules } from "../module/kept.ts";
import { interfaceText } from "../module/interface-text.ts";
import { loadText } from "../module/load.ts";
import { formatHuman, Report } from "../source/diagnostic.ts";
import { besideRunner } from "../testing/beside.ts";
import { Generator, wholeProgram } from "../testing/generate.ts";
import { runInterp } from "../testing/run.ts";
import { LibraryCode } from "./library-code.ts";
import { makeLibraryCode } from "./make-library-code.ts";
import { compileProgram } from "./program.ts";

const sources: { [name: string]: string } = {};
for (const file of readdirSync(new URL("../std/", import.meta.url)).sort()) {
  const name = file.replace(/\.tape$/, "");
  if (file.endsWith(".tape")) sources[name] = libraryText(name)!;
}
const data = makeLibraryCode(sources);
const library = new LibraryCode(data);
const interfaces: { [name: string]: string } = {};
for (const [name, text] of Object.entries(sources)) interfaces[name] = interfaceText(name, text);

/** Modules stay from program to program, as in a server. */
const kept = new KeptModules();

function compile(text: string, beside = false) {
  const report = new Report();
  const reader = {
    kept,
    folders: [],
    file: () => undefined,
    library: (n: string) => interfaces[n],
  };
  const modules = loadText("test.tape", text, reader, report)!;
  const compiled = (fn: Parameters<LibraryCode["numberOf"]>[0]) =>
    library.numberOf(fn) !== undefined;
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
  const failed = () => new Error(report.list.map(formatHuman).join("\n"));
  if (report.failed) throw failed();
  const code = compileProgram(program, { library, beside });
  if (report.failed) throw failed();
  const problem = verify(code, beside ? library.first().count : 0);
  if (problem !== undefined) throw new Error(problem);
  return code;
}

const examples = new URL("../examples/", import.meta.url);
for (const file of readdirSync(examples).filter((name) => name.endsWith(".tape")))
  test(`${file} gives its output`, (t) => {
    const text = readFileSync(new URL(file, examples), "utf8");
    const wanted = readFileSync(new URL(file.replace(".tape", ".txt"), examples), "utf8");
    t.is(runInterp(compile(text)).output, wanted);
  });

const runBeside = besideRunner(library);

for (const file of readdirSync(examples).filter((name) => name.endsWith(".tape")))
  test(`${file} beside the library as machine code gives its output`, (t) => {
    const text = readFileSync(new URL(file, examples), "utf8");
    const wanted = readFileSync(new URL(file.replace(".tape", ".txt"), examples), "utf8");
    const { output, end, trace } = runBeside(compile(text, true));
    t.is(output, wanted, `${end} ${trace}`);
  });

test("generated programs beside the library", (t) => {
  for (let i = 0; i < Number(process.env.TAPE_PROGRAMS ?? 30); i++) {
    const text = wholeProgram(new Generator(77_000 + i).chunks());
    t.deepEqual(runBeside(compile(text, true)), runInterp(compile(text)), text);
  }
});

test("two programs of one process get the library's functions each with its own numbers", (t) => {
  const first = compile('import io from "io";\nfn main() { io.println("{6 * 7}"); }\n');
  const other = compile(
    'import dyn from "dyn"; import io from "io";\nfn main() { io.println(dyn.text(dyn.range(0, 3))); }\n',
  );
  t.is(runInterp(first).output, "42\n");
  t.is(runInterp(other).output, "[0, 1, 2]\n");
  t.is(runInterp(first).output, "42\n");
});

test("an interface is shorter than its module, and a program takes no more than it reaches", (t) => {
  t.true(interfaces["rt"]!.length < sources["rt"]!.length / 2);
  const code = compile("fn main() -> i64 { return 3; }\n");
  t.true(code.fns.length < 5, `${code.fns.length} functions`);
  t.true(data.fns.length > 200, `${data.fns.length} functions`);
});

test("a trap in the library is told with the library's lines", (t) => {
  const code = compile('import dyn from "dyn";\nfn main() { let a: dyn = 1; dyn.push(a, 2); }\n');
  t.regex(runInterp(code).end, /expected a list/);
});
