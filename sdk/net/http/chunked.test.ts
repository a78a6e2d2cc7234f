// Chunked bodies: whole however they are cut, and what is no such body is found out.
import test from "ava";
import fc from "fast-check";
import { ChunkedBody } from "./chunked.ts";
import { latin1, latin1Bytes } from "./head.ts";

/** Content, what was left over, and how it ended. */
function read(text: string, cut: number) {
  const body = new ChunkedBody();
  const bytes = latin1Bytes(text);
  let content = "";
  let used = 0;
  for (let at = 0; at < bytes.length; at += cut) {
    const piece = bytes.subarray(at, at + cut);
    used += body.push(piece, (part) => {
      content += latin1(part, 0, part.length);
    });
  }
  return { content, used, done: body.done, malformed: body.malformed };
}

test("a body reads the same in pieces of any size, and bytes behind it stay", (t) => {
  const chunk = fc.string({ minLength: 1, maxLength: 40, unit: "binary-ascii" });
  fc.assert(
    fc.property(
      fc.array(chunk),
      fc.integer({ min: 1, max: 50 }),
      fc.boolean(),
      (chunks, cut, more) => {
        const coded = chunks.map(
          (each) => `${each.length.toString(16)}${more ? " ;x=y" : ""}\r\n${each}\r\n`,
        );
        const whole = `${coded.join("")}0\r\n${more ? "A: b\r\n" : ""}\r\n`;
        const found = read(`${whole}next`, cut);
        t.is(found.content, chunks.join(""));
        t.true(found.done);
        t.is(found.used, whole.length);
        t.false(read(whole.slice(0, -1), cut).done);
      },
    ),
  );
});

test("what is no chunked body", (t) => {
  for (const text of [
    "x\r\n",
    "\r\n",
    "-1\r\n",
    "1 2\r\n",
    "0x1\r\na\r\n",
    "5\nhello\r\n",
    "5\r\nhello6\r\n",
    "1\r\nab\r\n",
    "fffffffffffff\r\n",
    `${"0".repeat(2000)}`,
    `0\r\n${"A: b\r\n".repeat(65)}`,
  ])
    t.true(read(text, 7).malformed, text.slice(0, 20));
});
