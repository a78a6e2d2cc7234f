import test from "ava";
import fc from "fast-check";
import { Output } from "./output.ts";

test("whatever is written comes out whole, in pieces that fit a message", (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "grapheme", maxLength: 3000 }), { maxLength: 5 }),
      (texts) => {
        const output = new Output();
        let read = "";
        for (const text of texts) {
          const bytes = new Uint8Array(Buffer.from(text));
          while (!output.take(bytes));
          while (!output.empty) {
            const piece = output.next();
            t.true(Buffer.byteLength(piece) <= 3_600);
            read += piece;
          }
        }
        t.is(read, texts.join(""));
      },
    ),
    { numRuns: 40 },
  );
});

test("who does not read stops who writes", async (t) => {
  const output = new Output();
  const bytes = new Uint8Array(2_000).fill(65);
  let writes = 0;
  while (!output.full) {
    while (!output.take(bytes));
    writes += 1;
  }
  t.true(writes <= 5);
  let room = false;
  const waiting = output.drained().then(() => {
    room = true;
  });
  output.next();
  output.next();
  await waiting;
  t.true(room);
  t.false(output.full);
});
