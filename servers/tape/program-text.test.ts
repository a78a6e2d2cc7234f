import test from "ava";
import fc from "fast-check";
import { Conversation, unfinished } from "./conversation.ts";
import { neededImports, placedPieces, scriptProgram } from "./program-text.ts";
import { compileOnServer } from "./testing/library.ts";

test("what a script names is imported, what it declares is not", (t) => {
  t.is(neededImports("ps()", []), 'import { ps } from "sys"; ');
  t.is(neededImports("fn ps() {} ps()", []), "");
  t.is(neededImports("x.ps()", []), "");
  t.is(neededImports("sys.ps() |> where(f)", []).match(/import/g)?.length, 2);
  t.is(neededImports("net.status()", ["net"]), 'import net from "svc:net"; ');
  t.is(neededImports('import net from "svc:net"; net.status()', ["net"]), "");
  t.is(neededImports("let net = f(); net.status()", ["net"]), "");
});

test("a script's program compiles, and each of its places leads back to the script", async (t) => {
  const scripts = [
    "1 + 2",
    "let a = 1; a",
    'fn f(n: i64) -> i64 { return n; }\nlet b = f(3);\nif (b > 2) { io.println("{b}"); }',
    "fn main() -> i64 { return 3; }",
    "struct P { x: i64 } let p = P { x: 1 }; p.x",
  ];
  for (const script of scripts) {
    const program = scriptProgram(script, [], "value");
    await t.notThrowsAsync(() => compileOnServer(program.text), script);
    let placed = 0;
    for (let at = 0; at < program.text.length; at += 1) {
      const place = program.place(at);
      if (place === undefined || place >= script.length) continue;
      if (program.text[at] === script[place]) placed += 1;
    }
    t.true(placed >= script.replace(/[\s;]/g, "").length, script);
  }
});

test("any text makes a program", (t) => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      scriptProgram(text, ["net"], "value");
      new Conversation().program(text, ["net"], "value");
    }),
  );
  t.pass();
});

test("an open bracket wants more, brackets in texts do not", (t) => {
  for (const text of ["fn f() {", "[1,", 'let s = """a']) t.true(unfinished(text), text);
  for (const text of ["f()", '"("', "1 // (", 'let s = """a"""']) t.false(unfinished(text), text);
});

test("a conversation's later declaration replaces the earlier one, statements stay in order", async (t) => {
  const one = new Conversation();
  for (const line of [
    "fn f() -> i64 { return 1; }",
    "let a = f()",
    "fn f() -> i64 { return 2; }",
    "a",
  ])
    one.keep(line, 0, "value");
  const { text } = one.program("let b = a + f()", [], "value");
  t.false(text.includes("return 1"));
  t.true(text.indexOf("let a = f();") < text.indexOf("repl_mark();\nlet b"));
  await t.notThrowsAsync(() => compileOnServer(text));
});

test("an assignment has no value to show, a comparison has", (t) => {
  const shows = (text: string) => placedPieces(text).some((piece) => piece.shown);
  for (const text of ["y = 1", "a.b = 2", "a[0] = 3", "a[i].b += 4", "x <<= 1", "x|=2"])
    t.false(shows(text), text);
  for (const text of ["y == 1", "a.b", "a[0] <= 3", "f(x) |> g", 'f("a = b")', "x >= 2"])
    t.true(shows(text), text);
});
