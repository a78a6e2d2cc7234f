/** Checks that ranges prove away are gone, those that can fail stay, and programs at the edges of ranges end as in the interpreter. */
import test from "ava";
import { traps } from "../bytecode/op-table.ts";
import { Random } from "../testing/generate.ts";
import { compileText, runInterp, runNative } from "../testing/run.ts";
import { buildNative } from "./module.ts";

/** How often each kind of trap stands in the code of a function's body. */
function trapsOf(body: string): Record<string, number> {
  const text = `@profile(t0);\npub fn f(s: []i64, n: i64, m: i64) -> i64 {\n${body}\n}`;
  const code = compileText(text, { main: false, exports: true });
  const built = buildNative(code, { bounds: "guard" });
  if (!built.ok) throw new Error(built.reason);
  const out: Record<string, number> = {};
  built.module.traps.forEach((kind, i) => {
    if (i % 2 === 1) out[traps[kind]] = (out[traps[kind]] ?? 0) + 1;
  });
  return out;
}
const INDEX = "index out of range";
const OVERFLOW = "integer overflow";

test("loops over constant ranges have no checks of indices or sums of them", (t) => {
  const found = trapsOf(
    "var a: [4096]i64; var x: i64 = 0; for (i in 64) { for (j in 64) { for (k in 64) { x = x ^ a[i * 64 + k] ^ a[k * 64 + j]; } } } return x;",
  );
  t.is(found[INDEX] ?? 0, 0);
  t.is(found[OVERFLOW] ?? 0, 0);
});

test("a loop up to a slice's length does not check its index", (t) => {
  const found = trapsOf("var x: i64 = 0; for (i in 0..s.len) { x = x ^ s[i]; } return x;");
  t.is(found[INDEX] ?? 0, 0);
  t.is(found[OVERFLOW] ?? 0, 0);
});

test("the start of a slice as long as another one has no checks in a loop over that one", (t) => {
  // one check for the slice itself
  const body =
    "let d = s[..n]; var x: i64 = 0; for (i in d.len) { x = x ^ d[i]; } for (i in 0..n) { x = x ^ d[i]; } return x;";
  t.is(trapsOf(body)[INDEX], 1);
});

test("a step that a loop bounds from above is no overflow", (t) => {
  const body =
    "var a: [1000]u8; for (i in 2..1000) { var k = i * i; while (k < 1000) { a[k] = 1; k += i; } } return a[n % 2 + 1] as i64;";
  t.is(trapsOf(body)[OVERFLOW] ?? 0, 0);
});

for (const [what, body, kind] of [
  ["another slice's length", "var x: i64 = 0; for (i in 0..n) { x = x ^ s[i]; } return x;", INDEX],
  [
    "a start that may be negative",
    "var x: i64 = 0; for (i in m..s.len) { x = x ^ s[i]; } return x;",
    INDEX,
  ],
  ["one beyond", "var x: i64 = 0; for (i in 0..s.len) { x = x ^ s[i + 1]; } return x;", INDEX],
  ["an index after the loop", "var i: i64 = 0; while (i < s.len) { i += 1; } return s[i];", INDEX],
  [
    "a changed index",
    "var a: [8]i64; var x: i64 = 0; for (i in 0..8) { var k = i; if (n > 3) { k += 1; } x = x ^ a[k]; } return x;",
    INDEX,
  ],
  [
    "a limit that the loop changes",
    "var i: i64 = 0; var e = s.len; var x: i64 = 0; while (i < e) { x = x ^ s[i]; i += 1; e = n; } return x;",
    INDEX,
  ],
  [
    "the start of a slice, whose length changes after",
    "var e = n; let d = s[..e]; e = m; var x: i64 = 0; for (i in 0..e) { x = x ^ d[i]; } return x;",
    INDEX,
  ],
  [
    "a slice from 1 on",
    "let d = s[1..n]; var x: i64 = 0; for (i in 0..n) { x = x ^ d[i]; } return x;",
    INDEX,
  ],
  [
    "a slice that the loop changes",
    "var r = s; let e = s.len; var i: i64 = 0; var x: i64 = 0; while (i < e) { x = x ^ r[i]; r = r[0..n]; i += 1; } return x;",
    INDEX,
  ],
  ["a sum", "var x: i64 = 0; for (i in 0..10) { x += n; } return x;", OVERFLOW],
  [
    "a large step",
    "var k: i64 = 0; while (k < 9000000000000000000) { k += 4000000000000000000; } return k;",
    OVERFLOW,
  ],
  [
    "a product",
    "var x: i64 = 0; for (i in 0..9000000000) { x = x ^ (i * i); } return x;",
    OVERFLOW,
  ],
] as const) {
  test(`a check stays: ${what}`, (t) => {
    t.true((trapsOf(body)[kind] ?? 0) > 0);
  });
}

const number = (r: Random): string =>
  [
    "0",
    "1",
    "-1",
    "7",
    "8",
    "9",
    "63",
    "64",
    "65",
    "9223372036854775807",
    "9223372036854775806",
    "-9223372036854775807",
    "4611686018427387904",
    "9007199254740992",
    "9007199254740993",
    "2147483648",
    "4294967296",
  ][r.next(17)];

/** A program of nested loops whose bounds, steps and indices lie around each other's edges. */
function program(seed: number): string {
  const r = new Random(seed);
  const pick = (...list: readonly string[]): string => list[r.next(list.length)];
  const small = (): string => pick("0", "1", "2", "3", "7", "8", "9", "15", "16", "17");
  const index = (): string =>
    pick(
      "i",
      "j",
      "i + j",
      "i * 4 + j",
      "i - 1",
      "j + 1",
      "i * j",
      "k",
      "k - i",
      "15 - i",
      "i % 16",
      "n - i",
    );
  const statement = (): string =>
    pick(
      `x = x ^ a[${index()}];`,
      `a[${index()}] = x;`,
      `x += ${pick("i", "j", "k", "1", number(r))};`,
      `k += ${pick("1", "2", "i", "j", "-1", number(r))};`,
      `if (k > ${small()}) { break; }`,
      `if (x == ${small()}) { continue; }`,
      `k = ${pick("0", "i", "j", small())};`,
      `x = x ^ s[${pick("i", "j", "k", "i + 1")}];`,
      `x = x ^ w[${pick("i", "j", "k", "i + 1")}];`,
      `w = s[..${pick("n", "i", "s.len")}];`,
      `x = (k * ${pick("i", "2", "j", number(r))}) ^ x;`,
    );
  const statements = (inner: boolean): string => {
    const list = Array.from({ length: 1 + r.next(4) }, statement).join(" ");
    return inner ? list : list.replace(/\bj\b/g, "i");
  };
  const bound = (): string => pick(small(), "n", "s.len", "w.len", "m", "k", "16");
  return `@profile(t1);
import io from "io";
fn f(s: []i64, n: i64) -> i64 {
    var a: [16]i64 = [3; 16];
    var x: i64 = ${small()};
    var k: i64 = ${pick("0", "1", "n", small())};
    var rounds: i64 = 0;
    let m = ${pick("n", "s.len", small())};
    var w = s[${pick("", "", "0", "1")}..m];
    for (i in ${pick("0", "1", "n - 9", small())}..${bound()}) {
        ${statements(false)}
        for (j in ${pick("0", "i", small())}..${bound()}) { rounds += 1; if (rounds > 300) { return x; } ${statements(true)} }
        while (k ${pick("<", "<=", ">", ">=", "!=")} ${pick(small(), number(r), "n")}) { rounds += 1; if (rounds > 300) { return x; } ${statements(false)} k ${pick("+=", "-=")} ${pick("1", "2", "i", "3", number(r))}; }
        ${statements(false)}
    }
    return x ^ k;
}
fn main() -> i64 {
    var list: [12]i64 = [5; 12];
    io.println("{f(list[0..${small().replace(/1[567]/, "12")}], ${small()})}");
    return f(list[..], ${pick("8", "9", "12", "16", number(r))});
}
`;
}

test("loops at the edges of ranges end as in the interpreter", (t) => {
  const ends = new Map<string, number>();
  for (let seed = 1; seed <= 400; seed++) {
    const text = program(seed);
    const code = compileText(text);
    const want = runInterp(code, { fuel: 3_000_000 });
    ends.set(want.end.split(" ").slice(0, 4).join(" "), 1);
    // as good as endless: what the limit is counted in differs
    if (want.end === "trap out of fuel") continue;
    const got = runNative(code, "", { bounds: seed % 2 === 0 ? "guard" : "compare" });
    if (got.output !== want.output || got.end !== want.end || got.trace !== want.trace) {
      t.fail(`seed ${seed}: ${want.end}, native ${got.end}\n${want.trace}\n${got.trace}\n${text}`);
      return;
    }
  }
  t.true(ends.has("trap index out of") && ends.has("trap integer overflow"));
  t.true([...ends.keys()].some((end) => end.startsWith("value")));
});
