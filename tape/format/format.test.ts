/** The formatter: a table of lines, and every source of this folder twice. */
import { readdirSync, readFileSync } from "node:fs";
import test from "ava";
import { format } from "./format.ts";

const table: [string, string][] = [
  [
    "fn  f( a:i64,b : *u8 )->[]const u8{return a;}",
    "fn f(a: i64, b: *u8) -> []const u8 { return a; }\n",
  ],
  ["let x=-1+ -y*~z;", "let x = -1 + -y * ~z;\n"],
  ["x=a[i+1]*b[2];", "x = a[i + 1] * b[2];\n"],
  ["let p:*!T=&q; *p=1; if(!ok){}", "let p: *!T = &q; *p = 1; if (!ok) {}\n"],
  ['io.println("{a+1}b{ c }");', 'io.println("{a + 1}b{c}");\n'],
  ["match(e){A.B{x;..}=>{f();}_=>{}}", "match (e) { A.B { x; .. } => { f(); } _ => {} }\n"],
  ["let f=fn(x)=>x!*2; a |>b( ) or return;", "let f = fn(x) => x! * 2; a |> b() or return;\n"],
  ["for(i in 0..n){a[..i]=[0;4];}", "for (i in 0..n) { a[..i] = [0; 4]; }\n"],
  [
    "fn f() {\n      x();\n\n\n   // note\n  y(\n1,\n  2);\n}",
    "fn f() {\n    x();\n\n    // note\n    y(\n        1,\n        2);\n}\n",
  ],
  ["let v = a\n|> b()\n|> c();\nlet w = 1;", "let v = a\n    |> b()\n    |> c();\nlet w = 1;\n"],
  ["let t: [4]*u8 = x as ?*u8;", "let t: [4]*u8 = x as ?*u8;\n"],
  [
    "@inline fn g(){} @align( 8 )\nstruct S{a:i64;b:[2]f64}",
    "@inline fn g() {} @align(8)\nstruct S { a: i64; b: [2]f64 }\n",
  ],
];
for (const [source, want] of table) {
  test(source.slice(0, 40), (t) => {
    t.is(format(source), want);
    t.is(format(want), want);
  });
}

for (const folder of ["std", "examples"]) {
  const root = new URL(`../${folder}/`, import.meta.url);
  for (const name of readdirSync(root).filter((n) => n.endsWith(".tape"))) {
    test(`${folder}/${name} is laid out and stays so`, (t) => {
      const text = readFileSync(new URL(name, root), "utf8");
      const once = format(text);
      t.is(format(once), once);
      t.is(once, text);
    });
  }
}
