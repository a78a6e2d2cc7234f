/** Programs over the precompiled library and its interfaces do what they do over its sources. */
import { readdirSync, readFileSync } from "node:fs";
import test from "ava";
import { besideRunner } from "../testing/beside.ts";
import {
  compileBoth,
  interfaces,
  libraryData,
  librarySources,
  testLibrary,
} from "../testing/library.ts";
import { runInterp } from "../testing/run.ts";

const compile = (text: string) => compileBoth(text).code;
const compileBeside = (text: string) => compileBoth(text).beside;

const examples = new URL("../examples/", import.meta.url);
for (const file of readdirSync(examples).filter((name) => name.endsWith(".tape")))
  test(`${file} gives its output`, (t) => {
    const text = readFileSync(new URL(file, examples), "utf8");
    const wanted = readFileSync(new URL(file.replace(".tape", ".txt"), examples), "utf8");
    t.is(runInterp(compile(text)).output, wanted);
  });

const runBeside = besideRunner(testLibrary);

for (const file of readdirSync(examples).filter((name) => name.endsWith(".tape")))
  test(`${file} beside the library as machine code gives its output`, (t) => {
    const text = readFileSync(new URL(file, examples), "utf8");
    const wanted = readFileSync(new URL(file.replace(".tape", ".txt"), examples), "utf8");
    const { output, end, trace } = runBeside(compileBeside(text));
    t.is(output, wanted, `${end} ${trace}`);
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
  t.true(interfaces["rt"]!.length < librarySources["rt"]!.length / 2);
  const code = compile("fn main() -> i64 { return 3; }\n");
  t.true(code.fns.length < 5, `${code.fns.length} functions`);
  t.true(libraryData.fns.length > 200, `${libraryData.fns.length} functions`);
});

test("a trap in the library is told with the library's lines", (t) => {
  const code = compile('import dyn from "dyn";\nfn main() { let a: dyn = 1; dyn.push(a, 2); }\n');
  t.regex(runInterp(code).end, /expected a list/);
});
