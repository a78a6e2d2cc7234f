import test from "ava";
import fc from "fast-check";
import { BROKEN, DEVICE_WRITES, NONE, SplitRing, ringBytes } from "./split-ring.ts";
import { ArrayMemory } from "./testing/array-memory.ts";

const SIZE = 8;

function scene() {
  const memory = new ArrayMemory(new Uint8Array(64 + ringBytes(SIZE)).fill(0xff));
  const ring = new SplitRing(memory, 64, SIZE);
  const { available, used } = ring.addresses(0);
  let given = 0;
  /** The device returns a slot. */
  const give = (slot: number, bytes: number) => {
    memory.set32(used + 4 + (given % SIZE) * 8, slot);
    memory.set32(used + 8 + (given % SIZE) * 8, bytes);
    given = (given + 1) & 0xffff;
    memory.set16(used + 2, given);
  };
  /** A buffer goes to the device. */
  const post = (slot: number, address = 0, bytes = 1, flags = 0) => {
    ring.describe(slot, address, bytes, flags);
    ring.post(slot);
    return ring.publish();
  };
  return { memory, ring, available, used, give, post };
}

test("no entry of a used ring lies across two pages, wherever the ring begins and however large it is", (t) => {
  for (let size = 1; size <= 1024; size *= 2) {
    const ring = new SplitRing(new ArrayMemory(new Uint8Array(ringBytes(size))), 0, size);
    const { available, used } = ring.places;
    t.true(used >= available + 6 + 2 * size);
    for (let base = 0; base < 4096; base += 16) {
      for (let at = base + used + 4; at < base + used + 4 + 8 * size; at += 8) {
        if (at >> 12 !== (at + 7) >> 12) return t.fail(`size ${size}, base ${base}`);
      }
    }
  }
});

test("a buffer as the device must see it", (t) => {
  const { memory, ring, available, post } = scene();
  t.is(memory.get16(available + 2), 0);
  t.true(post(5, 0x1_2345_6000, 2048, DEVICE_WRITES));
  t.deepEqual(ring.addresses(0x1000), {
    descriptors: 0x1000 + 64,
    available: 0x1000 + 64 + 128,
    used: 0x1000 + 64 + 156,
  });
  t.is(memory.get64(64 + 80), 0x1_2345_6000);
  t.is(memory.get32(64 + 88), 2048);
  t.is(memory.get16(64 + 92), 2);
  t.is(memory.get16(available + 2), 1);
  t.is(memory.get16(available + 4), 5);
});

test("buffers come back in the device's order, past the end of the 16-bit index", (t) => {
  const { ring, give, post } = scene();
  for (let round = 0; round < 70_000; round++) {
    const slot = (round * 3) & 7;
    post(slot);
    if (ring.take() !== NONE) return t.fail();
    give(slot, round & 0xff);
    if (ring.take() !== slot || ring.takenBytes !== (round & 0xff)) return t.fail(`${round}`);
  }
  t.is(ring.outstanding, 0);
  for (let slot = 0; slot < SIZE; slot++) post(slot);
  for (let slot = SIZE - 1; slot >= 0; slot--) give(slot, 0);
  t.deepEqual([ring.take(), ring.take()], [7, 6]);
});

test("a slot that the device does not have breaks the ring, for good", (t) => {
  for (const lie of [3, SIZE, 0xffffffff]) {
    const { ring, give, post } = scene();
    post(2);
    give(lie, 1);
    t.is(ring.take(), BROKEN);
    give(2, 1);
    t.is(ring.take(), BROKEN);
  }
});

test("a slot that comes twice breaks the ring", (t) => {
  const { ring, give, post } = scene();
  post(2);
  post(3);
  give(2, 1);
  give(2, 1);
  t.is(ring.take(), 2);
  t.is(ring.take(), BROKEN);
});

test("an index that runs ahead or backwards breaks the ring", (t) => {
  for (const index of [2, 100, 0xffff]) {
    const { memory, ring, used, post } = scene();
    post(0);
    memory.set16(used + 2, index);
    t.is(ring.take(), BROKEN);
  }
});

test("interrupts and notifications are suppressed by flags", (t) => {
  const { memory, ring, available, used, post } = scene();
  t.true(post(0));
  memory.set16(used, 1);
  t.false(post(1));
  t.is(memory.get16(available), 0);
  ring.withoutInterrupts();
  t.is(memory.get16(available), 1);
});

test("whatever the device writes, each slot is taken at most once", (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 6 + 8 * SIZE, maxLength: 6 + 8 * SIZE }),
      fc.integer({ min: 0, max: 9 }),
      (noise, index) => {
        const { memory, ring, used, post } = scene();
        for (let slot = 0; slot < SIZE; slot++) post(slot);
        for (let at = 0; at < noise.length; at++) memory.set8(used + at, noise[at] & 15);
        memory.set16(used + 2, index);
        const seen = new Set<number>();
        for (let count = 0; count < 20; count++) {
          const slot = ring.take();
          if (slot === NONE || slot === BROKEN) break;
          if (slot >= SIZE || seen.has(slot)) return false;
          seen.add(slot);
        }
        return seen.size <= SIZE && ring.outstanding === SIZE - seen.size;
      },
    ),
    { numRuns: 1000 },
  );
  t.pass();
});
