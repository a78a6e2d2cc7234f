// Heads of messages: memory of any content.
import test from "ava";
import fc from "fast-check";
import { FIRST_RINGS, recorderPage, recorderRing } from "../../sdk/runtime/recorder-page.ts";
import type { SharedView } from "../../sdk/runtime/shared-view.ts";
import { ArrayMemory } from "../../sdk/virtio/testing/array-memory.ts";
import type { Heads } from "./heads.ts";
import { channelsPiece, headsPiece } from "./heads-pieces.ts";

const RING = recorderPage.ENTRIES * recorderPage.ENTRY;

function headsOf(bytes: Uint8Array): Heads {
  const view = new ArrayMemory(bytes) as unknown as SharedView;
  const ring = (place: number) => ({ view, offset: recorderPage.BYTES + place * RING });
  const heads: Pick<Heads, "rings" | "read"> = {
    rings: FIRST_RINGS,
    read: (use) => use(view, ring),
  };
  return heads as Heads;
}

/** All pieces, one after the other. */
function read(heads: Heads | undefined) {
  const messages = [];
  for (let more = true; more; ) {
    const piece = headsPiece(heads, messages.length);
    messages.push(...piece.messages);
    ({ more } = piece);
    if (piece.messages.length === 0) break;
  }
  return messages;
}

test("any memory gives at most as many heads as it holds, and as many as it says", (t) => {
  const page = fc.uint8Array({ minLength: recorderPage.BYTES, maxLength: recorderPage.BYTES });
  const few = fc.array(fc.constantFrom(0, 1, 63, 64, 65, 0xffff_ffff), {
    minLength: FIRST_RINGS,
    maxLength: FIRST_RINGS,
  });
  fc.assert(
    fc.property(page, few, fc.nat({ max: 255 }), (begin, counts, fill) => {
      const bytes = new Uint8Array(recorderPage.BYTES + FIRST_RINGS * RING).fill(fill);
      bytes.set(begin);
      const view = new DataView(bytes.buffer);
      counts.forEach((count, place) => {
        const at = recorderPage.FIRST + place * recorderPage.RING;
        view.setUint32(at + recorderRing.count, count, true);
      });
      const messages = read(headsOf(bytes));
      for (const { time } of messages) t.true(time >= 0 && time <= 2 ** 63);
      const there = counts.map((count) => Math.min(count, recorderPage.ENTRIES));
      t.is(
        messages.length,
        there.reduce((sum, each) => sum + each, 0),
      );
      const { channels } = channelsPiece(headsOf(bytes), 0);
      t.deepEqual(
        channels.map(({ count }) => count),
        counts.filter((count) => count > 0),
      );
    }),
    { numRuns: 50 },
  );
  t.deepEqual(read(undefined), []);
  t.deepEqual(channelsPiece(undefined, 0).channels, []);
});
