/** Runaway programs end: fuel, memory, recursion; traps name file and line. */
import test from "ava";
import { compileText, runInterp, runWasm } from "../testing/run.ts";
import { hosts, memoryStreams } from "../cli/hosts.ts";
import { Machine } from "./machine.ts";

test("an endless loop runs out of fuel", (t) => {
  const code = compileText("@profile(t0);\nfn main() { while (true) { } }");
  t.is(runInterp(code, { fuel: 10000 }).end, "trap out of fuel");
});

test("deep recursion traps on both runtimes", (t) => {
  const code = compileText(
    "@profile(t0);\nfn f(n: i64) -> i64 { return f(n + 1) + 1; }\nfn main() -> i64 { return f(0); }",
  );
  t.is(runInterp(code).end, "trap stack overflow");
  t.is(runWasm(code).end, "trap stack overflow");
  const big = compileText(
    "@profile(t0);\nfn f(n: i64) -> i64 { var a: [1000]i64; a[n % 1000] = n; return f(n + 1) + a[0]; }\nfn main() -> i64 { return f(0); }",
  );
  t.is(runInterp(big).end, "trap stack overflow");
  t.is(runWasm(big).end, "trap stack overflow");
});

test("memory has a limit", (t) => {
  const code = compileText(
    '@profile(t0);\nimport mem from "mem";\nfn main() { while (true) { mem.alloc(100000); } }',
  );
  t.is(runInterp(code, { pages: 100 }).end, "trap trap: out of memory");
  const polite = compileText(
    '@profile(t0);\nimport mem from "mem";\nfn main() -> i32 { let p = mem.try_alloc(1 << 38); if (p == null) { return 7; } return 0; }',
  );
  t.is(runInterp(polite, { pages: 100 }).end, "value 7");
});

test("a trap names its functions and lines", (t) => {
  const code = compileText(
    "@profile(t0);\nfn g(a: []i64, i: i64) -> i64 {\n    return a[i];\n}\nfn main() {\n    var a = [1, 2];\n    g(a[..], 2);\n}",
  );
  const o = new Machine(code, hosts(memoryStreams())).call(code.main);
  t.false(o.ok);
  if (!o.ok)
    t.deepEqual(
      o.trace.map((x) => `${x.fn}:${x.line}`),
      ["test.g:3", "test.main:7"],
    );
});

test("what the host lacks is a trap that says so", (t) => {
  const code = compileText(
    '@profile(t0);\nextern("no.such") fn f() -> i64;\nfn main() -> i64 { return f(); }',
  );
  t.is(
    runInterp(code).end,
    "trap trap: this program needs no.such, which this host does not provide",
  );
  t.is(runWasm(code).end, runInterp(code).end);
});
