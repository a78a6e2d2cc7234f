/** Hostile sources: an error in bounded time and memory, never an exception. */
import test from "ava";
import fc from "fast-check";
import { checkFile, compileFile } from "../compile.ts";
import { tableReader } from "../testing/run.ts";

const check = (text: string, files: Record<string, string> = {}) =>
  checkFile("test.tape", tableReader(files), { text, main: false }).report;

for (const [open, close] of [
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
  ["-", ""],
  ["!", ""],
  ["&", ""],
  ["*", ""],
  ["if (true) {", "}"],
  ["fn() => ", ""],
]) {
  test(`64 KB of \`${open}\` is an error`, (t) => {
    const n = Math.floor(65536 / open.length);
    const text = `fn main() { let x = ${open.repeat(n)}1${close.repeat(n)}; }`;
    t.true(check(text).failed);
    t.true(check(`fn main() { ${open.repeat(n)}`).failed);
  });
}

test("an assignment to a module's function is an error", (t) => {
  const report = check('import io from "io";\nfn main() { io.println += 3; }');
  t.is(report.list[0].code, "T0606");
});

test("nested types, strings and comments are errors", (t) => {
  t.true(check(`fn f(a: ${"*".repeat(65536)}i64) {}`).failed);
  t.true(check(`fn f(a: ${"[]".repeat(32768)}i64) {}`).failed);
  t.true(check(`fn main() { let s = ${'"{'.repeat(20000)}; }`).failed);
  t.true(check("/*".repeat(30000)).failed);
});

test("a line of a million tokens, and a long chain, are read", (t) => {
  t.false(check(`fn main() { let x = ${"1 + ".repeat(900)}1; }`).failed);
  t.is(check(`fn main() { let x = ${"1 + ".repeat(30000)}1; }`).list[0].code, "T0204");
  t.is(check(`fn main() { let x = a${".b".repeat(30000)}; }`).list[0].code, "T0204");
  const many = check(`fn main() { ${"f(1); ".repeat(200000)} }`);
  t.true(many.failed);
  t.true(many.list.length <= 50);
});

test("invalid UTF-8, control bytes and unfinished text are errors", (t) => {
  const bad = checkFile(
    "x.tape",
    {
      folders: [],
      library: () => undefined,
      file: () => Uint8Array.from([0x66, 0x6e, 0x20, 0xff, 0xc0, 0x80]),
    },
    {},
  );
  t.is(bad.report.list[0].code, "T0108");
  for (const text of [
    "\u0000",
    "fn",
    "fn main(",
    'let s = "',
    "@",
    "import",
    "struct S {",
    "#",
    "fn main() { match (1) {",
    'test "x"',
    "@tape {",
  ])
    t.true(check(text).failed, JSON.stringify(text));
});

test("more than 255 locals and parameters work", (t) => {
  const names = Array.from({ length: 400 }, (_, i) => `v${i}`);
  const text = `@profile(t1);\nfn f(${names.map((n) => `${n}: i64`).join(", ")}) -> i64 { ${names.map((n) => `let x${n} = ${n} + 1;`).join(" ")} return ${names.map((n) => `x${n}`).join(" + ")}; }\nfn main() -> i64 { return f(${names.map(() => "1").join(", ")}); }`;
  t.not(compileFile("test.tape", tableReader(), { text }).code, undefined);
});

test("a module that imports itself is an error", (t) => {
  t.is(check('import { x } from "./test.tape";').list[0].code, "T0309");
  const files = { "a.tape": 'import { x } from "./test.tape";\npub const x = 1;' };
  t.is(check('import { x } from "./a.tape";', files).list[0].code, "T0309");
});

const pieces = [
  "fn",
  "main",
  "(",
  ")",
  "{",
  "}",
  "let",
  "x",
  "=",
  "1",
  ";",
  "+",
  '"a{',
  '}"',
  "match",
  "=>",
  "_",
  "struct",
  ":",
  "i64",
  "@tape",
  "@emit",
  "or",
  "return",
  "for",
  "in",
  "..",
  "[",
  "]",
  "\n",
  "as",
  "?",
  "*",
  "!",
  "|>",
  "$",
  "tagged",
  "enum",
  "test",
  "0x",
  "//",
  "/*",
];

test("found by fuzzing, kept", (t) => {
  t.is(check('import io from "io";\nfn main() { io.nothing = 1; }').list[0].code, "T0305");
  for (const type of ["u64x2", "secret u64x2", "[2]i64", "secret [2]u64"]) {
    const text = `@profile(t0);\nfn f(v: ${type}) { let x = v[5]; }`;
    t.is(check(text).list[0]?.code, "T0413", type);
  }
});

test("random token soup never throws", (t) => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 80 }), (words) => {
      check(words.join(" "));
      check(`fn main() { ${words.join(" ")} }`);
      return true;
    }),
    { numRuns: 400 },
  );
  t.pass();
});

test("a `main` that is no entry is compiled as any function, or not at all", (t) => {
  for (const text of [
    "fn main($x) { }\n",
    "@tape\nfn main() { }\n",
    "fn main() -> [4]u8 { return [4]u8(); }\n",
  ]) {
    t.notThrows(() => compileFile("test.tape", tableReader(), { text, main: false }), text);
    t.regex(JSON.stringify(compileFile("test.tape", tableReader(), { text }).report), /T0426/);
  }
});

test("a method of compile time can't be called by a program", (t) => {
  const text = `struct P { x: i64 }
@tape fn P.get(*self) -> i64 { return 1; }
fn main() { var p = P { x: 1 }; let v = p.get(); }
`;
  t.regex(JSON.stringify(check(text)), /T0802/);
});

test("changed programs never throw", (t) => {
  const seed =
    'import io from "io";\nstruct P { x: i64 }\nenum E : u8 { A; B = 4: "b" }\ntagged T { C { p: P } D; }\nfn P.get(*self, k: i64 = 1) -> i64 or E { if (k > self.x) { return E.A; } return self.x; }\nfn main() { var p = P { x: 1 }; let v = p.get() or { 0 }; for (i in 0..v) { io.println("{i} {p.x}"); } match (T.D) { T.C { p: q } => { } T.D => { } } let f = fn(a) => a + v; f(1); }\n';
  fc.assert(
    fc.property(fc.nat(seed.length), fc.nat(12), fc.constantFrom(...pieces, ""), (at, cut, put) => {
      compileFile("test.tape", tableReader(), {
        text: seed.slice(0, at) + put + seed.slice(at + cut),
        main: false,
      });
      return true;
    }),
    { numRuns: 700 },
  );
  t.pass();
});
