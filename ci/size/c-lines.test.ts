// The line counter on cases whose count is plain to see.
import test from "ava";
import { countAssembly, countC } from "./c-lines.ts";

const c: [string, string, number][] = [
  ["blank and comment lines", "\n// a\n/* b\n c */\n  \n", 0],
  ["code before and behind a comment", "int a; // x\n/* y */ int b;\n", 2],
  ["comment marks in text", 'char *a = "// no /* no";\nchar b = \'"\'; // yes\n', 2],
  ["a comment that ends before code on its last line", "/* a\n b */ int c;\n", 1],
  ["an escaped quote", 'char *a = "\\"//";\n', 1],
];
for (const [name, code, lines] of c) test(`C: ${name}`, (t) => t.is(countC(code), lines));

test("nasm: comments and blank lines do not count", (t) => {
  t.is(countAssembly('; a\n\nmov rax, 1 ; b\ndb "; text"\n'), 2);
});
