/** Conversations with the REPL. */
import test from "ava";
import { hosts } from "../cli/hosts.ts";
import { tableReader } from "../testing/run.ts";
import { Session } from "./session.ts";

function start(files: Record<string, string> = {}): Session {
  return new Session({
    reader: tableReader(files),
    fuel: 1_000_000,
    trap: (o) => (o.text === "" ? o.trap : o.text),
    hosts: (write) =>
      hosts({ write: (_to, b) => write(Buffer.from(b).toString("utf8")), read: () => 0 }),
  });
}

function talk(lines: string[], files: Record<string, string> = {}): string[] {
  const s = start(files);
  return lines.map((l) => s.eval(l));
}

test("values, variables and functions live on", (t) => {
  t.deepEqual(
    talk([
      "1 + 2",
      "let x = 20",
      "x * 2 + 2",
      "fn twice(n: i64) -> i64 { return n * 2; }",
      "twice(x)",
      "var y = 1; y += x;",
      "y",
      '"a" + "b"',
      "[1, 2] as dyn",
    ]),
    ["3\n", "", "42\n", "", "40\n", "", "21\n", "ab\n", "[1, 2]\n"],
  );
});

test("errors and traps leave no trace", (t) => {
  const out = talk([
    "let a = [1, 2]",
    "let b = a[5]",
    "nope",
    "var i = 7",
    "a[i]",
    "a[1]",
    "while (true) { }",
    "i",
  ]);
  t.regex(out[1], /T0413/);
  t.regex(out[2], /T0305/);
  t.is(out[4], "trap: index out of range\n");
  t.is(out[5], "2\n");
  t.is(out[6], "trap: out of fuel\n");
  t.is(out[7], "7\n");
});

test("a function may be declared again, and output comes once", (t) => {
  t.deepEqual(
    talk([
      "fn f() -> i64 { return 1; }",
      "fn f() -> i64 { return 2; }",
      "f()",
      'io.println("once");',
      "f() + 1",
    ]),
    ["", "", "2\n", "once\n", "3\n"],
  );
});

test("commands", (t) => {
  const out = talk(
    [
      ":type 1.5 * 2.0",
      ":type nope",
      "fn inc(a: i64) -> i64 { return a + 1; }",
      ":bytecode inc",
      ":load x.tape",
      "seven()",
      ":reset",
      "seven()",
      ":what",
      ":help",
    ],
    { "x.tape": "fn seven() -> i64 { return 7; }" },
  );
  t.is(out[0], "f64\n");
  t.regex(out[1], /T0305/);
  t.regex(out[3], /addi\.i64/);
  t.is(out[5], "7\n");
  t.is(out[6], "forgotten\n");
  t.regex(out[7], /T0305/);
  t.regex(out[8], /:help/);
  t.regex(out[9], /:bytecode/);
});

test("open brackets wait for more, and words complete", (t) => {
  const s = start();
  t.true(s.unfinished("fn f() {"));
  t.true(s.unfinished('let s = """a'));
  t.false(s.unfinished('io.println("{")'));
  s.eval("let apple = 1");
  t.deepEqual(s.complete("app"), ["apple"]);
  t.deepEqual(s.complete("math.sq"), ["math.sqrt"]);
  t.deepEqual(s.complete(":re"), [":reset"]);
});
