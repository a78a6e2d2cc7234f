/** Native code in the runner: traps with their lines, limits, imports, values, and the table that C repeats. */
import { readFileSync } from "node:fs";
import test from "ava";
import { hosts, memoryStreams } from "../cli/hosts.ts";
import { HostExit, Machine } from "../interp/machine.ts";
import { environment } from "../native/environment.ts";
import { compileText, runInterp, runNative } from "../testing/run.ts";
import { NativeProgram } from "./program.ts";

const t0 = "@profile(t0);\n";

test("the environment block in C is the one of the compiler", (t) => {
  const text = readFileSync(new URL("environment.h", import.meta.url), "utf8");
  const names: Record<string, string> = {
    sp_low: "spLow",
    text_bytes: "textBytes",
    host_values: "hostValues",
    stack_low: "stackLow",
  };
  let at = 0;
  const found: Record<string, number> = {};
  const body = /struct environment \{([^}]*)\}/.exec(text)?.[1] ?? "";
  for (const field of body
    .split(";")
    .map((f) => f.trim())
    .filter((f) => f !== "")) {
    const m = /\(\*(\w+)\)|(\w+)(?:\[(\d+)\])?$/.exec(field);
    const name = m?.[1] ?? m?.[2] ?? "";
    if (name !== "unused") found[names[name] ?? name] = at;
    at += 8 * Number(m?.[3] ?? 1);
  }
  t.deepEqual(found, Object.fromEntries(Object.entries(environment).filter(([n]) => n !== "end")));
  t.is(at, environment.end);
});

test("a trap names its functions and lines, as in the interpreter", (t) => {
  for (const body of [
    "fn g(a: []i64, i: i64) -> i64 {\n    return a[i];\n}\nfn main() {\n    var a = [1, 2];\n    g(a[..], 2);\n}",
    "fn g(a: i64) -> i64 {\n    let b = a * 3;\n    return b / (a - 7);\n}\nfn main() -> i64 {\n    return g(6) +\n        g(7);\n}",
    "fn h(a: i32) -> i32 {\n    return a + 2147483647;\n}\nfn main() -> i32 {\n    var s = 0 as i32;\n    for (k in 0..3) {\n        s = h(k as i32);\n    }\n    return s;\n}",
  ]) {
    const code = compileText(t0 + body);
    const want = new Machine(code, hosts(memoryStreams())).call(code.main);
    t.deepEqual(new NativeProgram(code, hosts(memoryStreams())).call("main"), want);
    t.false(want.ok);
  }
});

test("an endless loop is stopped", (t) => {
  const code = compileText(`${t0}fn main() { while (true) { } }`);
  t.is(runNative(code, "", { milliseconds: 20 }).end, "trap stopped");
});

test("endless recursion traps, with and without a frame in memory", (t) => {
  const plain = compileText(
    `${t0}fn f(n: i64) -> i64 { return f(n + 1) + 1; }\nfn main() -> i64 { return f(0); }`,
  );
  t.is(runNative(plain).end, "trap stack overflow");
  const big = compileText(
    `${t0}fn f(n: i64) -> i64 { var a: [1000]i64; a[n % 1000] = n; return f(n + 1) + a[0]; }\nfn main() -> i64 { return f(0); }`,
  );
  t.is(runNative(big).end, "trap stack overflow");
  t.is(runNative(plain).end, "trap stack overflow", "and the next call starts afresh");
});

test("memory has a limit", (t) => {
  const code = compileText(
    `${t0}import mem from "mem";\nfn main() { while (true) { mem.alloc(100000); } }`,
  );
  t.is(runNative(code, "", { pages: 100 }).end, runInterp(code, { pages: 100 }).end);
});

test("imports that are missing, trap or leave behave as elsewhere", (t) => {
  const code = compileText(
    `${t0}extern("no.such") fn f() -> i64;\nfn main() -> i64 { return f(); }`,
  );
  t.is(runNative(code).end, runInterp(code).end);
  const leave = new NativeProgram(code, {
    "no.such": () => {
      throw new HostExit(7);
    },
  });
  t.deepEqual(leave.call("main"), { ok: true, values: [7] });
  const broken = new NativeProgram(code, {
    "no.such": () => {
      throw new Error("the host's own");
    },
  });
  t.throws(() => broken.call("main"), { message: "the host's own" });
  const outside = new NativeProgram(code, { "no.such": (m) => void m.slice(1 << 30, 8) });
  const o = outside.call("main");
  t.is(o.ok ? "" : o.trap, "bad address");
});

test("arguments and results of every class, on the stack too", (t) => {
  const n = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  const ints = n.map((k) => `a${k}: i64`).join(", ");
  const floats = n.map((k) => `f${k}: f64`).join(", ");
  const sum = n.map((k) => `a${k} * ${k}`).join(" + ");
  const float = n.map((k) => `f${k} * ${k}.0`).join(" + ");
  const code = compileText(
    `${t0}pub fn mix(${ints}, ${floats}, s: f32, small: i8) -> f64 { return (${sum}) as f64 + ${float} + (s as f64) + (small as f64); }\n` +
      `pub fn twice(${ints}, ${floats}) -> f64 { return mix(${n.map((k) => `a${11 - k}`).join(", ")}, ${n.map((k) => `f${11 - k}`).join(", ")}, 0.5, -3); }`,
    { main: false, exports: true },
  );
  const args = [...n.map((k) => BigInt(k * 1000)), ...n.map((k) => k / 4)];
  const machine = new Machine(code, {});
  const native = new NativeProgram(code, {});
  for (const [name, list] of [
    ["mix", [...args, 1.25, -100]],
    ["twice", args],
  ] as const) {
    const fn = code.exports.find((e) => e.name === name)?.fn ?? -1;
    t.deepEqual(native.call(name, list), machine.call(fn, list));
  }
});
