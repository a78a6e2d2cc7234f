import test from "ava";
import fc from "fast-check";
import { FrameBatch } from "./frame-batch.ts";

test("batches keep order, lose nothing, and fit a message of 4,096 bytes", (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 14, max: 1514 }), { maxLength: 40 }), (sizes) => {
      const batches: Uint8Array[][] = [];
      const batch = new FrameBatch((frames) => batches.push(frames));
      for (const size of sizes) batch.add(new Uint8Array(size));
      batch.flush();
      batch.flush();
      // docs/wire.md: u32 method, u16 count, and u16 length before each frame.
      const wire = (frames: Uint8Array[]) =>
        frames.reduce((sum, frame) => sum + 2 + frame.length, 4 + 2);
      const sent = batches.flat().map((frame) => frame.length);
      return (
        JSON.stringify(sent) === JSON.stringify(sizes) &&
        batches.every((frames) => frames.length > 0 && wire(frames) <= 4096)
      );
    }),
  );
  const batches: Uint8Array[][] = [];
  const batch = new FrameBatch((frames) => batches.push(frames));
  for (let count = 0; count < 4; count++) batch.add(new Uint8Array(1514));
  t.is(batches.length, 1);
  t.is(batches[0].length, 2);
});
