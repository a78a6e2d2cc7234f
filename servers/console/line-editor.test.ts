import test from "ava";
import fc from "fast-check";
import { keyReader, keyTake } from "./keys.ts";
import {
  editorBegin,
  editorInsert,
  editorKey,
  editorRefresh,
  editorRemember,
  HISTORY_LIMIT,
  LINE_LIMIT,
  type LineEditor,
  lineEditor,
  type Outcome,
} from "./line-editor.ts";
import { utf8Stream, utf8Take } from "./utf8-stream.ts";

/** Feeds bytes as the console does; returns the finished lines. */
function typist(columns = 80) {
  const editor = lineEditor(columns);
  const stream = utf8Stream();
  const reader = keyReader();
  let all = "";
  editorBegin(editor, "> ");
  const feed = (bytes: Uint8Array | string): Outcome[] => {
    const done: Outcome[] = [];
    const input = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    for (const byte of input) {
      const point = utf8Take(stream, byte);
      if (point < 0) continue;
      const key = keyTake(reader, point);
      if (key === undefined) continue;
      if (typeof key === "number") editorInsert(editor, key);
      else {
        const outcome = editorKey(editor, key);
        if (outcome !== undefined) {
          done.push(outcome);
          if (outcome.kind === "line") editorRemember(editor, outcome.text);
          editorBegin(editor, "> ");
        }
      }
    }
    editorRefresh(editor);
    all += editor.output;
    editor.output = "";
    return done;
  };
  return { editor, feed, output: () => all };
}

const line = (text: string): Outcome => ({ kind: "line", text });

test("typed text is echoed and given back at Enter", (t) => {
  const { feed, output } = typist();
  t.deepEqual(feed("hello\r"), [line("hello")]);
  t.is(output(), "> hello\r\n> ");
});

test("CR LF is one Enter; LF alone is one too", (t) => {
  const { feed } = typist();
  t.deepEqual(feed("a\r\nb\nc\r"), [line("a"), line("b"), line("c")]);
});

test("cursor keys, home, end, delete, words", (t) => {
  const { feed } = typist();
  t.deepEqual(feed("abc\x1b[D\x1b[DX\r"), [line("aXbc")]);
  t.deepEqual(feed("abc\x1b[HX\x1b[FY\r"), [line("XabcY")]);
  t.deepEqual(feed("abc\x1b[1~\x1b[3~\x1bOF!\r"), [line("bc!")]);
  t.deepEqual(feed("one two\x1b[1;5D_\x1b[1;5D\x1b[1;5D-\r"), [line("-one _two")]);
  t.deepEqual(feed("one two three\x17\x17end\r"), [line("one end")]);
  t.deepEqual(feed("abcdef\x01\x06\x06\x0b\r"), [line("ab")]);
  t.deepEqual(feed("abc\x15d\r"), [line("d")]);
  t.deepEqual(feed("ab\x7f\x08\x08\x08c\r"), [line("c")]);
});

test("history: up, down, the draft comes back, repetitions once", (t) => {
  const { feed, editor } = typist();
  feed("one\rtwo\rtwo\r\r");
  t.deepEqual(editor.history, ["one", "two"]);
  t.deepEqual(feed("\x1b[A\x1b[A\x1b[A\r"), [line("one")]);
  t.deepEqual(feed("dra\x1b[A\x1b[Bft\r"), [line("draft")]);
  for (let index = 0; index < 300; index += 1) feed(`line ${index}\r`);
  t.is(editor.history.length, HISTORY_LIMIT);
  t.is(editor.history[0], `line ${300 - HISTORY_LIMIT}`);
});

test("^C drops the line, ^D ends only an empty one", (t) => {
  const { feed } = typist();
  t.deepEqual(feed("abc\x03"), [{ kind: "interrupt" }]);
  t.deepEqual(feed("abc\x04\r"), [line("abc")]);
  t.deepEqual(feed("\x04"), [{ kind: "end" }]);
});

test("UTF-8 is edited by code point, broken bytes vanish", (t) => {
  const { feed } = typist();
  t.deepEqual(feed("täst€😀\x7f\x7f\r"), [line("täst")]);
  const bytes = Buffer.concat([Buffer.from([0xff, 0xc3]), Buffer.from("a\r")]);
  t.deepEqual(feed(bytes), [line("a")]);
  t.deepEqual(feed(Buffer.from([0xed, 0xa0, 0x80, 0xf4, 0x90, 0x80, 0x80, 13])), [line("")]);
});

test("100,000 characters are refused as one line and the next one works", (t) => {
  const { feed, output } = typist();
  let done: Outcome[] = [];
  for (let index = 0; index < 1000; index += 1) done = done.concat(feed("x".repeat(100)));
  done = done.concat(feed("\r"));
  t.deepEqual(done, [{ kind: "too-long", points: 100_000 }]);
  t.is(output().split("\x07").length, 2, "one bell");
  t.true(output().length < LINE_LIMIT * 80);
  t.deepEqual(feed("ok\r"), [line("ok")]);
});

test("a line wider than the terminal scrolls sideways", (t) => {
  const { feed, output, editor } = typist(30);
  feed("abcdefghijklmnopqrstuvwxyz0123456789");
  t.true(output().endsWith("\r> jklmnopqrstuvwxyz0123456789\x1b[K\r\x1b[29C"));
  t.is(editor.first, 9);
  feed("\x01");
  t.true(output().endsWith("\r> abcdefghijklmnopqrstuvwxyz0\x1b[K\r\x1b[2C"));
});

test("noise never throws, never holds the keyboard, never grows", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
      const { feed, editor } = typist();
      feed(noise);
      const done = feed("\r\x15ok\r");
      t.deepEqual(done[done.length - 1], line("ok"));
      t.true(editor.cells.length <= LINE_LIMIT);
    }),
    { numRuns: 300 },
  );
});

/** The visible row after the output ran through a tiny terminal. */
function row(output: string): { text: string; column: number } {
  const cells: string[] = [];
  let column = 0;
  const points = Array.from(output);
  for (let index = 0; index < points.length; index += 1) {
    const point = points[index] as string;
    if (point === "\r") column = 0;
    else if (point === "\x07") continue;
    else if (point === "\x1b") {
      let count = "";
      index += 2;
      while (/[0-9]/.test(points[index] as string)) count += points[index++];
      if (points[index] === "K") cells.length = column;
      else if (points[index] === "C") column += Number(count || "1");
    } else {
      cells[column] = point;
      column += 1;
    }
  }
  return { text: cells.join(""), column };
}

test("the terminal always shows the state of the editor", (t) => {
  const piece = fc.constantFrom("a", "b", " ", "\x7f", "\x1b[D", "\x1b[C", "\x01", "\x05", "\x17");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 20, max: 40 }), (keys, w) => {
      const { feed, editor, output } = typist(w);
      feed("");
      for (const key of keys) feed(key);
      const shown = row(output());
      const state: LineEditor = editor;
      const width = w - 3;
      t.is(shown.text, "> " + state.cells.slice(state.first, state.first + width).join(""));
      t.is(shown.column, 2 + state.cursor - state.first);
    }),
    { numRuns: 300 },
  );
});
