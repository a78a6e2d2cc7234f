import test from "ava";
import fc from "fast-check";
import {
  dequeue,
  enqueue,
  HIGH_WATER,
  LIMIT,
  outputQueue,
  outputRoom,
  queued,
} from "./output-queue.ts";

test("bytes leave in order whatever the pieces", (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.uint8Array({ maxLength: 3000 }), fc.nat(4000)), { maxLength: 30 }),
      (steps) => {
        const queue = outputQueue();
        const put: number[] = [];
        const got: number[] = [];
        const take = (most: number) => {
          const count = Math.min(most, queued(queue));
          got.push(...queue.bytes.subarray(queue.from, queue.from + count));
          dequeue(queue, count);
        };
        for (const [bytes, count] of steps) {
          if (queued(queue) + bytes.length <= LIMIT) put.push(...bytes);
          enqueue(queue, bytes);
          take(count);
        }
        take(LIMIT);
        t.deepEqual(got, put);
      },
    ),
    { numRuns: 50 },
  );
});

test("a writer waits for room; a careless one is cut off at the limit", async (t) => {
  const queue = outputQueue();
  await outputRoom(queue);
  enqueue(queue, new Uint8Array(HIGH_WATER));
  let woken = false;
  const room = outputRoom(queue).then(() => {
    woken = true;
  });
  dequeue(queue, 10);
  await Promise.resolve();
  t.false(woken);
  dequeue(queue, HIGH_WATER / 2);
  await room;
  t.true(woken);
  enqueue(queue, new Uint8Array(LIMIT));
  t.is(queue.dropped, LIMIT);
  t.true(queued(queue) < HIGH_WATER);
});
