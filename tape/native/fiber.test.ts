/** Code that suspends: registers, stacks, traps and limits are the same whenever it is entered again. */
import test from "ava";
import { compileText, runInterp, runNative } from "../testing/run.ts";

const programs: Readonly<Record<string, string>> = {
  "many values in registers over a loop": `fn main() {
    var a: i64 = 1; var b: i64 = 2; var c: i64 = 3; var d: i64 = 4; var e: i64 = 5; var f: i64 = 6; var g: i64 = 7; var h: i64 = 8;
    var x = 1.5; var y = 2.25; var z = 0.125;
    for (i in 0..1000) {
      a = a +% b; b = b ^ c; c = c +% d; d = d ^ e; e = e +% f; f = f ^ g; g = g +% h; h = h ^ a;
      x = x + y; y = y - z; z = z * 1.001;
    }
    io.println("{a} {b} {c} {d} {e} {f} {g} {h} {x} {y} {z}");
  }`,
  "arguments of recursion": `fn f(a: i64, x: f64, b: i32, y: f64, c: i64, d: i64, e: i64, g: i64, h: i64) -> f64 {
    if (a == 0) { return x + y + (b as f64) + ((c + d * 2 + e * 3 + g * 4 + h * 5) as f64); }
    return f(a - 1, y, b + 1, x + 0.5, d, e, g, h, c) + f(a - 1, x, b, y, c, d, e, g, h);
  }
  fn main() { io.println("{f(8, 1.0, 2, 3.0, 4, 5, 6, 7, 8)}"); }`,
  "text, lists and closures": `fn main() {
    let words = ["one", "two", "three"] |> dyn.collect(fn(w) => w + "!");
    for (i in 0..50) { io.println("{i} {words}"); }
  }`,
  "a trap deep in calls": `fn g(n: i64) -> i64 { if (n == 0) { return 1 / n; } return g(n - 1) + 1; }
  fn main() { io.println("{g(70)}"); }`,
  "recursion without end":
    "fn f(n: i64) -> i64 { return f(n + 1) + 1; } fn main() -> i64 { return f(0); }",
  "memory without end": 'fn main() { var s = "x"; while (true) { s = s + s; } }',
  "a result": "fn main() -> i64 { return 1 << 40; }",
};

for (const [name, text] of Object.entries(programs))
  test(name, (t) => {
    const code = compileText(`import io from "io"; import dyn from "dyn";\n${text}`);
    const want = runInterp(code, { pages: 100 });
    const got = runNative(code, "", { bounds: "compare", fiber: true, pages: 100 });
    t.is(got.output, want.output);
    t.is(got.end, want.end);
    // where a limit of the host is met is the host's business
    if (!/overflow|memory/.test(want.end)) t.is(got.trace, want.trace);
  });

test("a loop without end is stopped, and says where", (t) => {
  const code = compileText(
    "fn main() {\n    var n: i64 = 0;\n    while (true) {\n        n = n +% 1;\n    }\n}",
  );
  const { end, trace } = runNative(code, "", { bounds: "compare", fiber: true, milliseconds: 50 });
  t.is(end, "trap stopped");
  t.regex(trace, /^test\.main test\.tape:[34]$/);
});
