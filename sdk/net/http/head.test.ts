// Heads of HTTP messages: sound ones read the same however they arrive, doubtful ones are refused.
import test from "ava";
import fc from "fast-check";
import { bodyLength, type Head, latin1Bytes, readHead } from "./head.ts";

const read = (text: string, most = 8192, seen = 0) =>
  readHead(latin1Bytes(text), text.length, most, seen);
const sound = (text: string) => {
  const head = read(text);
  if (typeof head === "string") throw new Error(head);
  return head;
};

test("a start line and fields, with what lies behind left alone", (t) => {
  const text = "GET / HTTP/1.1\r\nHost: a\r\nACCEPT:\ttext/html , x\t\r\nAccept: y\r\n\r\nbody";
  const { start, fields, length } = sound(text);
  t.is(start, "GET / HTTP/1.1");
  t.deepEqual(fields.host, ["a"]);
  t.deepEqual(fields.accept, ["text/html , x", "y"]);
  t.is(text.slice(length), "body");
  t.deepEqual(sound("X\r\n\r\n").fields, Object.create(null));
});

test("whatever piece has come, the head is found when its last byte comes and not before", (t) => {
  const text = "GET /x HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n";
  for (let length = 0; length <= text.length; length++) {
    for (let seen = 0; seen < length; seen++) {
      const head = readHead(latin1Bytes(text), length, 8192, seen);
      if (length < text.length) t.is(head, "more");
      else if (seen < length) t.is((head as Head).length, text.length);
    }
  }
});

test("heads that two readers could understand differently are refused", (t) => {
  for (const [what, text] of Object.entries({
    "a space before the colon": "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    "a folded line": "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
    "a line feed alone": "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
    "a carriage return alone": "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n",
    "no colon": "GET / HTTP/1.1\r\nHost\r\n\r\n",
    "no name": "GET / HTTP/1.1\r\n: a\r\n\r\n",
    "a zero byte": "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n",
    "a control character in the start line": "GET /\x01 HTTP/1.1\r\n\r\n",
    "a delete character": "GET / HTTP/1.1\r\nA: \x7f\r\n\r\n",
    "a name that is no token": "GET / HTTP/1.1\r\nA(b): c\r\n\r\n",
  }))
    t.is(read(text), "malformed", what);
});

test("too long, too many", (t) => {
  const long = `GET / HTTP/1.1\r\nA: ${"x".repeat(9000)}\r\n\r\n`;
  t.is(read(long), "long");
  t.is(read(long.slice(0, 8191)), "more");
  t.is(read(`GET / HTTP/1.1\r\n${"A: b\r\n".repeat(65)}\r\n`), "many");
  t.is(sound(`GET / HTTP/1.1\r\n${"A: b\r\n".repeat(64)}\r\n`).fields.a?.length, 64);
});

test("the length of a body: said once, in one way", (t) => {
  const length = (lines: string) => bodyLength(sound(`X\r\n${lines}\r\n`).fields);
  t.is(length(""), "none");
  t.is(length("Content-Length: 12\r\n"), 12);
  t.is(length("Transfer-Encoding: Chunked\r\n"), "chunked");
  for (const lines of [
    "Content-Length: 1\r\nContent-Length: 1\r\n",
    "Content-Length: 1, 1\r\n",
    "Content-Length: -1\r\n",
    "Content-Length: 0x10\r\n",
    "Content-Length:\r\n",
    "Content-Length: 9999999999999999\r\n",
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Transfer-Encoding: chunked, chunked\r\n",
    "Transfer-Encoding:\r\n",
  ])
    t.is(length(lines), "malformed", lines);
});

test("any bytes give a head or a word, never an exception", (t) => {
  const piece = fc.oneof(
    fc.constantFrom(
      "\r\n",
      "\r",
      "\n",
      ":",
      " ",
      "GET / HTTP/1.1",
      "Host",
      "\0",
      "\xff",
      "\r\n\r\n",
    ),
    fc.string({ maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.nat(200), (pieces, most) => {
      const head = read(pieces.join(""), most);
      if (typeof head === "object") t.true(head.length <= most);
    }),
    { numRuns: 2000 },
  );
});
