/** Rename through the protocol: the edits are applied, and the program still compiles and does the same. */
import test from "ava";
import { tableReader, runBoth } from "../testing/run.ts";
import { LanguageServer } from "./server.ts";

const text = `import io from "io";
struct Point { x: i64; y: i64 }
tagged Shape { Dot { at: Point } Line { from: Point; to: Point } }
fn Point.sum(self) -> i64 { return self.x + self.y; }
fn size(s: Shape) -> i64 {
    match (s) {
        Shape.Dot { at } => { return at.x; }
        Shape.Line { from: start; to } => { return start.x + to.y; }
    }
}
fn make(x: i64) -> Point { return Point { x: x, y: 2 }; }
fn main() {
    var p = make(5);
    p.x += 1;
    let all = [p, Point { x: 3; y: 4 }];
    io.println("{p.sum()} {all[1].x} {size(Shape.Dot { at: p })} {size(Shape.Line { from: p, to: all[1] })}");
}
`;
const uri = "file:///a.tape";

/** The text after renaming the word at the nth place where `mark` stands, or the error. */
function renamed(mark: string, newName: string, shift = 0): string {
  const server = new LanguageServer(tableReader());
  server.handle({ jsonrpc: "2.0", id: 1, method: "initialize", params: {} });
  server.handle({
    jsonrpc: "2.0",
    method: "textDocument/didOpen",
    params: { textDocument: { uri, text } },
  });
  const before = text.slice(0, text.indexOf(mark) + shift).split("\n");
  const position = { line: before.length - 1, character: before[before.length - 1].length };
  const [m] = server.handle({
    jsonrpc: "2.0",
    id: 2,
    method: "textDocument/rename",
    params: { textDocument: { uri }, position, newName },
  });
  if (m.error !== undefined) return `error: ${m.error.message}`;
  const lines = text.split("\n");
  const edits = (
    m.result as {
      changes: Record<
        string,
        {
          range: { start: { line: number; character: number }; end: { character: number } };
          newText: string;
        }[]
      >;
    }
  ).changes[uri];
  for (const e of [...edits].sort((a, b) => b.range.start.character - a.range.start.character)) {
    const { line, character } = e.range.start;
    lines[line] =
      lines[line].slice(0, character) + e.newText + lines[line].slice(e.range.end.character);
  }
  return lines.join("\n");
}

const want = runBoth(text);

for (const [what, mark, shift, old] of [
  ["a field at its declaration", "x: i64; y", 0, /\bx\b/],
  ["a field at a use", "self.y", 5, /\by\b/],
  ["a field of a variant, bound by its own name", "at: Point", 0, /\bat: p\b/],
  ["a field of a variant, bound by another name", "from: Point", 0, /\bfrom: p\b/],
  ["a struct", "Point {", 0, /\bPoint\b/],
  ["a struct at a use", "-> Point", 3, /\bPoint\b/],
  ["a struct at a method", "Point.sum", 0, /\bPoint\b/],
  ["a tagged union", "Shape {", 0, /\bShape\b/],
  ["a variable bound in a pattern", "at.x", 0, /\breturn at\b/],
  ["a variable bound by another name", "start.x", 0, /\bstart\b/],
  ["a parameter", "s) {", 0, /\(s\)/],
] as const) {
  test(`${what}`, (t) => {
    const after = renamed(mark, "other", shift);
    t.notRegex(after, /^error/);
    t.true(after.includes("other"));
    if (what !== "a field at its declaration") t.notRegex(after, old);
    t.deepEqual(runBoth(after), want);
  });
}

test("a name that is taken is refused, and so is what the library declares", (t) => {
  t.regex(renamed("x: i64; y", "y"), /^error: this name does not fit/);
  t.regex(renamed("size(s", "make"), /^error: this name does not fit/);
  t.regex(renamed("println", "show"), /^error: this cannot be renamed/);
  t.regex(renamed("i64", "number"), /^error: this cannot be renamed/);
});
