/** The language server through its protocol, framed as on the wire. */
import test from "ava";
import { frame, Framing } from "../cli/lsp.ts";
import { tableReader } from "../testing/run.ts";
import { LanguageServer, type Message } from "./server.ts";

const uri = "file:///a.tape";
const text = `import io from "io";
struct Point { x: i64; y: i64 }
// Adds both.
fn Point.sum(self) -> i64 { return self.x + self.y; }
fn twice(n: i64) -> i64 { return n * 2; }
fn main() {
    let p = Point { x: 1, y: 2 };
    io.println(twice(p.sum()));
}
`;

function session() {
  const server = new LanguageServer(tableReader());
  const wire = new Framing();
  let id = 0;
  const send = (m: object): Message[] => {
    const bytes = Buffer.from(frame({ jsonrpc: "2.0", ...m } as Message));
    const messages = [...wire.push(bytes.subarray(0, 10)), ...wire.push(bytes.subarray(10))];
    return messages.flatMap((x) => server.handle(x));
  };
  const ask = (method: string, params: object): Message => send({ id: ++id, method, params })[0];
  const at = (word: string, from = 0): object => {
    const offset = text.indexOf(word, from);
    const before = text.slice(0, offset).split("\n");
    return {
      textDocument: { uri },
      position: { line: before.length - 1, character: before[before.length - 1].length },
    };
  };
  send({ id: ++id, method: "initialize", params: {} });
  const opened = send({ method: "textDocument/didOpen", params: { textDocument: { uri, text } } });
  return { send, ask, at, opened };
}

test("diagnostics come with every change", (t) => {
  const { send, opened } = session();
  t.deepEqual((opened[0].params as { diagnostics: unknown[] }).diagnostics, []);
  const bad = send({
    method: "textDocument/didChange",
    params: {
      textDocument: { uri },
      contentChanges: [{ text: "fn main() { let x: i64 = true; }" }],
    },
  });
  const [d] = (
    bad[0].params as {
      diagnostics: { code: string; range: { start: { line: number; character: number } } }[];
    }
  ).diagnostics;
  t.is(d.code, "T0401");
  t.deepEqual(d.range.start, { line: 0, character: 25 });
});

test("hover, definition and completion", (t) => {
  const { ask, at, send } = session();
  t.like(ask("textDocument/hover", at("sum()))")), {
    result: { contents: { value: "```tape\nfn Point.sum(self: Point) -> i64\n```\n\nAdds both." } },
  });
  t.like(ask("textDocument/hover", at("p.sum")), {
    result: { contents: { value: "```tape\nlet p: Point\n```" } },
  });
  t.like(ask("textDocument/definition", at("twice(p")), {
    result: { uri, range: { start: { line: 4, character: 3 } } },
  });
  t.like(ask("textDocument/definition", at("Point {", 150)), {
    result: { uri, range: { start: { line: 1, character: 7 } } },
  });
  const broken = text.replace("io.println(twice(p.sum()));", "p.\n    io.pr");
  send({
    method: "textDocument/didChange",
    params: { textDocument: { uri }, contentChanges: [{ text: broken }] },
  });
  const labels = (line: number, character: number): string[] =>
    (
      ask("textDocument/completion", { textDocument: { uri }, position: { line, character } })
        .result as { label: string }[]
    ).map((x) => x.label);
  t.deepEqual(labels(7, 6), ["sum", "x", "y"]);
  t.deepEqual(labels(8, 9), ["print", "print_f64", "print_i64", "println"]);
});

test("rename changes every use and nothing else", (t) => {
  const { ask, at } = session();
  const r = ask("textDocument/rename", { ...at("twice(n"), newName: "double" }).result as {
    changes: Record<string, { range: { start: { line: number } } }[]>;
  };
  t.deepEqual(
    r.changes[uri].map((c) => c.range.start.line),
    [4, 7],
  );
  t.is(ask("textDocument/rename", { ...at("twice(n"), newName: "1x" }).error?.code, -32603);
  t.is(ask("textDocument/rename", { ...at("println"), newName: "x" }).error?.code, -32603);
});

test("formatting, and what the server does not know", (t) => {
  const { ask } = session();
  t.is(
    (ask("textDocument/formatting", { textDocument: { uri } }).result as { newText: string }[])[0]
      .newText,
    text,
  );
  t.is(ask("textDocument/nothing", {}).error?.code, -32601);
  t.is(ask("shutdown", {}).result, null);
});
