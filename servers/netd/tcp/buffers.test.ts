// The buffers against simple models: rings, reassembly in any order, the scoreboard's counts.
import test from "ava";
import fc from "fast-check";
import { createRing, dropHead, readAt, releaseRing, reserve, writeAt } from "./byte-ring.ts";
import {
  createFlight,
  joinSacked,
  markAllLost,
  markLost,
  markSacked,
  recordSent,
  recordSentAgain,
  splitSegment,
  takeAcknowledged,
  trimAcknowledged,
} from "./flight.ts";
import { createReassembly, dropBehind, reportBlocks, takeIn } from "./reassembly.ts";
import { MAX_RANGES } from "./settings.ts";
import { distance, plus } from "./sequence.ts";

test("a ring is a queue, and its account is exact", (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: 9000 }), fc.nat({ max: 9000 })), { maxLength: 30 }),
      (steps) => {
        const account = { used: 0, limit: 1 << 15 };
        const ring = createRing(20_000, account);
        let model: number[] = [];
        let next = 0;
        for (const [put, take] of steps) {
          const bytes = Uint8Array.from({ length: put }, () => next++ & 255);
          if (reserve(ring, ring.length + put)) {
            writeAt(ring, ring.length, bytes, 0, put);
            ring.length += put;
            model = model.concat([...bytes]);
          } else if (ring.length + put <= 16_384) return false;
          const count = Math.min(take, ring.length);
          const out = new Uint8Array(count);
          readAt(ring, 0, count, out, 0);
          dropHead(ring, count);
          if (model.splice(0, count).some((byte, index) => byte !== out[index])) return false;
          if (account.used !== ring.bytes.length || ring.length !== model.length) return false;
        }
        releaseRing(ring);
        return account.used === 0;
      },
    ),
    { numRuns: 60 },
  );
  t.pass();
});

test("bytes in any order, overlapping, come out once and in order; the blocks tell what is there", (t) => {
  const whole = Uint8Array.from({ length: 600 }, (_, index) => index & 255);
  fc.assert(
    fc.property(
      fc.nat({ max: 0xffffffff }),
      fc.array(fc.tuple(fc.nat({ max: 599 }), fc.integer({ min: 1, max: 80 })), { maxLength: 80 }),
      (first, pieces) => {
        const buffer = createReassembly(1 << 16, { used: 0, limit: 1 << 20 });
        buffer.next = first;
        const have = new Array(600).fill(false);
        for (const [start, length] of pieces) {
          const end = Math.min(600, start + length);
          const taken = takeIn(buffer, plus(first, start), whole, start, end, plus(first, 600));
          if (taken < 0) continue;
          have.fill(true, start, end);
          const inOrder = have.indexOf(false);
          if (buffer.ring.length !== (inOrder < 0 ? 600 : inOrder)) return false;
          const left = new Uint32Array(4);
          const right = new Uint32Array(4);
          const count = reportBlocks(buffer, 4, left, right);
          for (let block = 0; block < count; block++) {
            for (
              let at = distance(first, left[block]!);
              at < distance(first, right[block]!);
              at++
            ) {
              if (!have[at]) return false;
            }
          }
        }
        const out = new Uint8Array(buffer.ring.length);
        readAt(buffer.ring, 0, out.length, out, 0);
        return out.every((byte, index) => byte === whole[index]) && buffer.ranges.length <= 32;
      },
    ),
    { numRuns: 300 },
  );
  t.pass();
});

test("ranges are bounded: the one too many is not kept, and takes no part in the blocks", (t) => {
  const buffer = createReassembly(1 << 16, { used: 0, limit: 1 << 20 });
  const byte = Uint8Array.of(1);
  const edge = 2 * MAX_RANGES + 1000;
  for (let index = 1; index <= MAX_RANGES; index++) {
    t.is(takeIn(buffer, 2 * index, byte, 0, 1, edge), 0);
  }
  t.is(takeIn(buffer, edge - 500, byte, 0, 1, edge), -1);
  t.is(takeIn(buffer, 64, byte, 0, 1, edge), 0);
  t.is(buffer.ranges.length, MAX_RANGES);
  const left = new Uint32Array(4);
  t.is(reportBlocks(buffer, 3, left, new Uint32Array(4)), 3);
  // The duplicate first, then the newest.
  t.deepEqual([...left.slice(0, 3)], [64, 64, 2 * MAX_RANGES]);
  t.is(takeIn(buffer, 0, new Uint8Array(3), 0, 3, edge), 3);
  t.is(buffer.ranges.length, MAX_RANGES - 1);
  // Three become one: the blocks tell of it first, then of others.
  t.is(takeIn(buffer, 99, new Uint8Array(3), 0, 3, edge), 0);
  const right = new Uint32Array(4);
  t.is(reportBlocks(buffer, 4, left, right), 4);
  t.deepEqual([left[0], right[0]], [98, 103]);
  t.is(buffer.ranges.length, MAX_RANGES - 3);
  t.is(new Set(left).size, 4);
  dropBehind(buffer, 6);
  t.deepEqual(buffer.ranges, [{ start: 4, end: 5 }]);
  t.is(reportBlocks(buffer, 4, left, right), 1);
});

test("the scoreboard's counts are those of its segments, whatever happens", (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 40 })), { maxLength: 60 }),
      (steps) => {
        const flight = createFlight();
        let next = 0xffffff00;
        let base = next;
        for (const [what, which] of steps) {
          const { segments } = flight;
          const at = segments.length === 0 ? -1 : which % segments.length;
          if (what === 0) {
            recordSent(flight, next, plus(next, which + 1), 1);
            next = plus(next, which + 1);
          } else if (at < 0) continue;
          else if (what === 1) markLost(flight, segments[at]!);
          else if (what === 2) {
            markSacked(flight, segments[at]!);
            if (which % 2 === 0) joinSacked(flight, at, at + 1);
          } else if (what === 3 && !segments[at]!.sacked) recordSentAgain(flight, segments[at]!, 2);
          else if (what === 4) markAllLost(flight);
          else if (what === 5) {
            base = plus(base, Math.min(which, distance(base, next)));
            while (takeAcknowledged(flight, base) !== undefined);
            trimAcknowledged(flight, base);
          } else if (distance(segments[at]!.start, segments[at]!.end) > 1)
            splitSegment(flight, at, 1);
          let bytes = 0;
          for (const each of flight.segments) {
            if (!each.sacked && !each.lost) bytes += distance(each.start, each.end);
          }
          const count = (test: (each: (typeof segments)[0]) => boolean) =>
            flight.segments.filter(test).length;
          if (bytes !== flight.bytes) return false;
          const reported = flight.segments.filter((each) => each.sacked);
          if (flight.sackedCount !== reported.reduce((sum, each) => sum + each.count, 0)) {
            return false;
          }
          if (
            flight.segments.some(
              ({ start }, place, all) => place > 0 && all[place - 1]!.end !== start,
            )
          )
            return false;
          if (flight.lostCount !== count((each) => each.lost && !each.sacked)) return false;
        }
        return true;
      },
    ),
    { numRuns: 500 },
  );
  t.pass();
});
