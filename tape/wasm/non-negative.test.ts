/** Overflow and bounds at the edges of what registers are known to hold: the same on every runtime, and the analysis itself. */
import test from "ava";
import { compileText, runBoth } from "../testing/run.ts";
import { nonNegative } from "./non-negative.ts";

const MAX = "9223372036854775807";
const MIN = "(0 - 9223372036854775807 - 1)";

/** Statements after which `r` is shown; `any` gives its argument back, unknown to the compiler. */
function ends(body: string): string {
  const text = `@profile(t1);\nimport io from "io";\nfn any(v: i64) -> i64 { if (v == 12345) { return 0; } return v; }\nfn small(v: i32) -> i32 { if (v == 12345) { return 0; } return v; }\nfn main() {\n${body}\nio.println("{r}");\n}\n`;
  const { output, end } = runBoth(text);
  return end.startsWith("trap") ? end : output.trim();
}

const OVER = "trap integer overflow";

for (const [body, want] of [
  // both never negative
  [`var r = ${MAX}; r += 0;`, MAX],
  [`var r = ${MAX}; r += 1;`, OVER],
  ["var r = 1; for (i in 0..62) { r += r; }", "4611686018427387904"],
  ["var r = 1; for (i in 0..63) { r += r; }", OVER],
  ["var a = 3037000499; var r = a * a;", "9223372030926249001"],
  ["var a = 3037000500; var r = a * a;", OVER],
  ["var a = 2147483648; var r = a * a;", "4611686018427387904"],
  ["var a = 4294967296; var b = 2147483648; var r = a * b;", OVER],
  ["var a = 3; var b = 5; var r = a - b;", "-2"],
  // one unknown
  [`var k = 1; var r = any(${MAX}) + k;`, OVER],
  [`var k = 1; var r = any(${MAX} - 1) + k;`, MAX],
  [`var k = 5; var r = any(${MIN}) + k;`, "-9223372036854775803"],
  [`var k = 1; var r = any(${MIN}) - k;`, OVER],
  [`var k = 1; var r = any(${MIN} + 1) - k;`, "-9223372036854775808"],
  [`var k = 1; var r = k + any(${MAX});`, OVER],
  [`var k = 1; var r = k - any(${MIN});`, OVER],
  [`var k = 1; var r = k - any(0 - ${MAX} + 2);`, "9223372036854775806"],
  // constants of both signs
  [`var r = any(${MIN}) + (0 - 1);`, OVER],
  [`var r = any(${MIN}); r -= 1;`, OVER],
  [`var r = any(${MAX}); r -= 1;`, "9223372036854775806"],
  [`var r = any(${MIN}); r += 1;`, "-9223372036854775807"],
  // neither known
  [`var r = any(${MAX}) + any(1);`, OVER],
  [`var r = any(${MIN}) + any(-1);`, OVER],
  [`var r = any(${MIN}) - any(1);`, OVER],
  [`var r = any(${MAX}) + any(${MIN});`, "-1"],
  [`var r = any(0) - any(${MIN});`, OVER],
  // 32 bits
  ["var a: i32 = 2147483647; var k: i32 = 1; var r = a + k;", OVER],
  ["var k: i32 = 1; var r = small(-2147483647 - 1) - k;", OVER],
  ["var k: i32 = 1; var r = small(2147483646) + k;", "2147483647"],
  // bounds below a condition
  ["var a = [1, 2, 3, 4]; var r = 0; var k = 0; while (k < 4) { r += a[k]; k += 1; }", "10"],
  [
    "var a = [1, 2, 3, 4]; var r = 0; var k = 0; while (k < 5) { r += a[k]; k += 1; }",
    "trap index out of range",
  ],
  [
    "var a = [1, 2, 3, 4]; var r = 0; var k = 0; while (k < 4) { k += 1; r += a[k]; }",
    "trap index out of range",
  ],
  [
    "var a = [1, 2, 3, 4]; var r = 0; var k = any(-1); while (k < 4) { r += a[k]; k += 1; }",
    "trap index out of range",
  ],
] as const) {
  test(`${body} gives ${want}`, (t) => {
    t.is(ends(body), want);
  });
}

test("what a function is known to hold", (t) => {
  const of = (body: string) => {
    const text = `@profile(t0);\npub fn f(n: i64) -> i64 { ${body} }`;
    const code = compileText(text, { main: false, exports: true });
    const fn = code.fns.find(({ name }) => name.endsWith(".f"));
    return [...nonNegative(fn as NonNullable<typeof fn>)].filter((each) => each === 1).length;
  };
  t.true(of("var k = 1; while (k < 9) { k += k; } return n;") > 0);
  t.is(of("var k = n; return k;"), 0);
  t.is(of("return n - 1;"), 0);
});
