/** UTF-8 at its edges: code points out and back, bytes that are none, on both runtimes. */
import test from "ava";
import { compileFile } from "../compile.ts";
import { lines, tableReader } from "../testing/run.ts";
import { decodeUtf8 } from "../source/utf8.ts";

const imports = 'import string from "string";';

test("code points at the edges of each length go out and back", (t) => {
  const all = [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x10ffff];
  const out = lines(
    `for (c in [${all.join(", ")}]) {
        let s = string.from_code(c as u32);
        for (d in string.codes(s)) { io.println("{d} {s.len}"); }
    }`,
    imports,
  );
  t.deepEqual(
    out,
    all.map((c) => `${c} ${Buffer.from(String.fromCodePoint(c)).length}`),
  );
});

test("what is no code point becomes U+FFFD", (t) => {
  t.deepEqual(
    lines(
      `for (c in [55296, 57343, 1114112, 4294967295]) {
        for (d in string.codes(string.from_code(c as u32))) { io.println(d); }
    }`,
      imports,
    ),
    ["65533", "65533", "65533", "65533"],
  );
});

/** Ill-formed sequences (Unicode 16, table 3-7): overlong, surrogate, too large, alone, cut off. */
const bad: readonly (readonly [string, number])[] = [
  ["\\xC0\\x80", 2],
  ["\\xC1\\xBF", 2],
  ["\\xE0\\x9F\\xBF", 3],
  ["\\xED\\xA0\\x80", 3],
  ["\\xF0\\x8F\\xBF\\xBF", 4],
  ["\\xF4\\x90\\x80\\x80", 4],
  ["\\xF5\\x80\\x80\\x80", 4],
  ["\\xFF", 1],
  ["\\x80", 1],
  ["\\xC3", 1],
  ["\\xE2\\x82", 2],
  ["\\xF0\\x9F\\x98", 3],
];

test("each byte of an ill-formed sequence is U+FFFD, and what follows is read", (t) => {
  for (const [text, count] of bad)
    t.deepEqual(
      lines(`for (d in string.codes("${text}A")) { io.println(d); }`, imports),
      [...Array.from({ length: count }, () => "65533"), "65"],
      text,
    );
});

test("a source that holds one is refused", (t) => {
  for (const [text] of bad) {
    const bytes = Uint8Array.from(text.match(/[0-9A-F]{2}/g) ?? [], (h) => Number.parseInt(h, 16));
    t.true(decodeUtf8(bytes).bad >= 0, text);
    const file = Uint8Array.from([
      ...Buffer.from('fn main() { let s = "'),
      ...bytes,
      ...Buffer.from('"; }'),
    ]);
    const done = compileFile("x.tape", { ...tableReader(), file: () => file }, {});
    t.is(done.report.list[0]?.code, "T0108", text);
  }
});
