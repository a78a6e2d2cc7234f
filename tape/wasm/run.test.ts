/** Limits and stack traces of WebAssembly programs are the interpreter's. */
import test from "ava";
import { hosts, memoryStreams } from "../cli/hosts.ts";
import { Machine, type Outcome } from "../interp/machine.ts";
import { Generator, wholeProgram } from "../testing/generate.ts";
import { compileText } from "../testing/run.ts";
import { buildWasm } from "./module.ts";
import { WasmProgram } from "./run.ts";

function both(text: string, fuel?: number): [Outcome, Outcome] {
  const code = compileText(text);
  const built = buildWasm(code, 4096, fuel !== undefined);
  if (!built.ok) throw new Error(built.reason);
  const host = (): ReturnType<typeof hosts> => hosts(memoryStreams(), ["test"]);
  return [
    new Machine(code, host(), fuel === undefined ? {} : { fuel }).call(code.main),
    new WasmProgram(code, built.bytes, host(), fuel).call("main"),
  ];
}

const frame = (what: string): string => `@profile(t1);
struct P { x: i64 }
fn inner(n: i64) -> i64 {
    var a: [4]i64;
    let none: *P = null;
    let zero = n - n;

    ${what}
}
fn outer(n: i64) -> i64 {
    if (n > 0) {
        return outer(n - 1) + 1;
    }
    return inner(7) + 1;
}
fn main() -> i64 {
    var sum = 1;
    for (i in 3) { sum += i; }
    return sum + outer(2);
}
`;

for (const [what, trap] of [
  ["return a[n];", "index out of range"],
  ["return n / zero;", "division by zero"],
  ["return (n as u8 / zero as u8) as i64;", "division by zero"],
  ["let p = none!; return p.x;", "null pointer"],
  ["return 9223372036854775807 + n;", "integer overflow"],
  ["return 9223372036854775807 * n;", "integer overflow"],
  ["return (n as f64 / zero as f64) as i64;", "number out of range"],
  ['@trap("mine");', "trap"],
]) {
  test(`a trace is the same on both: ${what}`, (t) => {
    const [a, b] = both(frame(what));
    t.deepEqual(b, a);
    t.like(b, { ok: false, trap });
    t.deepEqual(
      b.ok ? [] : b.trace.map((l) => `${l.fn} ${l.file}:${l.line}`),
      [
        "inner test.tape:8",
        "outer test.tape:14",
        "outer test.tape:12",
        "outer test.tape:12",
        "main test.tape:19",
      ].map((s) => `test.${s}`),
    );
  });
}

test("fuel ends the same programs at the same count", (t) => {
  const loop =
    "fn f(n: i64) -> i64 { return n + 1; } fn main() -> i64 { var s = 0; while (s < 10) { s = f(s); } return s; }";
  // Ten calls and ten jumps back, and nothing for main itself.
  const ends = [19, 20, 21].map((fuel) => both(loop, fuel).map((o) => (o.ok ? "ok" : o.trap)));
  t.is(ends[0][0], "out of fuel");
  t.is(ends[2][0], "ok");
  for (const [a, b] of ends) t.is(a, b);
  t.is(
    both("fn main() { while (true) { } }", 1000)
      .map((o) => (o.ok ? "ok" : o.trap))
      .join(),
    "out of fuel,out of fuel",
  );
});

test("generated programs run out of fuel on both or on neither", (t) => {
  let out = 0;
  for (let i = 0; i < 60; i++) {
    const text = wholeProgram(new Generator(4000 + i).chunks());
    for (const fuel of [40, 160, 1000]) {
      const [a, b] = both(text, fuel).map((o) => (o.ok ? "ok" : o.trap));
      if (a === "out of fuel") out++;
      t.is(a, b, `fuel ${fuel}\n${text}`);
    }
  }
  t.true(out > 20);
});
