// The kernel of the queues beside its model in TypeScript, over the same memory and the same device, honest or not; and whether nothing
// that an honest device does is ever left unseen.
import test from "ava";
import fc from "fast-check";
import { SLOT_BYTES } from "../../sdk/net/card-pool.ts";
import { SplitRing, ringBytes } from "../../sdk/virtio/split-ring.ts";
import { ArrayMemory } from "../../sdk/virtio/testing/array-memory.ts";
import { exchange } from "../../tape/kernels/virtqueue.tape";
import type { Offloads } from "./offloads.ts";
import { answers, queueState, queueWords, words } from "./queue-state.ts";
import { QueueModel, type Packet } from "./testing/queue-model.ts";

const SIZE = 8;
const QUEUE = (ringBytes(SIZE) + 15) & ~15;
const NONE = new Uint32Array(0);
const kinds: readonly Offloads[] = [
  { checks: false, receivesBig: false, merged: false, sendsBig: false, bufferBytes: 2048 },
  { checks: true, receivesBig: false, merged: true, sendsBig: true, bufferBytes: 2048 },
  { checks: true, receivesBig: true, merged: true, sendsBig: true, bufferBytes: 4096 },
];

/** A driver's side: its own memory of rings and pool. */
function side(offloads: Offloads, byIndex: boolean) {
  const ring = new ArrayMemory(new Uint8Array(2 * QUEUE));
  const pool = new ArrayMemory(new Uint8Array(SIZE * (offloads.bufferBytes + SLOT_BYTES)));
  const receiving = new SplitRing(ring, 0, SIZE);
  const sending = new SplitRing(ring, QUEUE, SIZE);
  if (byIndex) for (const each of [receiving, sending]) each.useEventIndex();
  return { ring, pool, receiving, sending };
}

/** The kernel over such memory. */
function kernel(offloads: Offloads, byIndex: boolean) {
  const { ring, pool, receiving, sending } = side(offloads, byIndex);
  receiving.interruptAfter(1);
  sending.withoutInterrupts();
  const state = queueState(receiving, sending, offloads, byIndex);
  const pieces = new Uint32Array(3 * (SIZE + 33));
  const from = SIZE * offloads.bufferBytes;
  // As the driver gives it: no memory of frames where nothing is to be read or written there.
  const frames = offloads.checks || offloads.sendsBig ? pool.bytes : new Uint8Array(0);
  const call = (packets: Uint32Array, back: number, most: number) =>
    exchange(ring.bytes, frames, state, from, packets, pieces, back, most);
  call(NONE, 1, 0);
  return { ring, pool, state, pieces, call, places: [receiving.places, sending.places] as const };
}

/** What the device does to a ring of either queue, the same on both sides. */
interface Deed {
  readonly queue: 0 | 1;
  readonly slot: number;
  readonly bytes: number;
  readonly buffers: number;
  readonly flags: number;
  /** how far the index goes on: 1 where it is honest */
  readonly step: number;
}

const deed: fc.Arbitrary<Deed> = fc.record({
  queue: fc.constantFrom(0 as const, 1 as const),
  /** -1: the one that it has */
  slot: fc.oneof(
    { weight: 40, arbitrary: fc.constant(-1) },
    { weight: 1, arbitrary: fc.nat(SIZE - 1) },
    { weight: 1, arbitrary: fc.nat() },
  ),
  bytes: fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.constantFrom(60, 72, 1526, 0xffffffff)),
  buffers: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 2 }) },
    { weight: 1, arbitrary: fc.nat(0xffff) },
  ),
  flags: fc.nat(7),
  step: fc.oneof(
    { weight: 30, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.nat(0xffff) },
  ),
});

const packet: fc.Arbitrary<readonly number[]> = fc.tuple(
  fc.oneof({ weight: 12, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(SIZE) }),
  fc.integer({ min: 0, max: 4 }),
  fc.constantFrom(0, 13, 14, 60, 1514, 1515, 4000, 0xffffffff),
  fc.constantFrom(14, 60, 13, 1514),
  fc.constantFrom(0, 0, 0, 64, 1448, 63, 9999),
);

const command = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("device" as const), deed }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("look" as const),
      most: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "back" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("post" as const),
      packets: fc.array(packet, { maxLength: 3 }),
    }),
  },
);

/** Bits of an answer. */
const has = (answer: number, bit: number) => ((answer >> 16) & bit) !== 0;

for (const [name, offloads] of kinds.entries()) {
  test(`kind ${name}: kernel and model agree in each step, whatever the device does`, (t) => {
    let lies = 0;
    let batches = 0;
    let packets = 0;
    fc.assert(
      fc.property(fc.boolean(), fc.array(command, { maxLength: 40 }), (byIndex, commands) => {
        const k = kernel(offloads, byIndex);
        const m = side(offloads, byIndex);
        const model = new QueueModel(m.receiving, m.sending, m.pool, offloads);
        const used = [0, 0];
        for (const each of commands) {
          if (each.kind === "device") {
            const { queue, bytes, buffers, flags, step } = each.deed;
            const { used: at, available } = k.places[queue];
            if (each.deed.slot < 0 && used[queue] === k.ring.get16(available + 2)) continue;
            const own = available + 4 + (used[queue]! & (SIZE - 1)) * 2;
            const slot = each.deed.slot < 0 ? k.ring.get16(own) : each.deed.slot;
            for (const { ring, pool } of [k, m]) {
              ring.set32(at + 4 + (used[queue]! & (SIZE - 1)) * 8, slot);
              ring.set32(at + 8 + (used[queue]! & (SIZE - 1)) * 8, bytes);
              ring.set16(at + 2, (used[queue]! + step) & 0xffff);
              if (queue === 0 && slot < SIZE) {
                pool.set8(slot * offloads.bufferBytes, flags);
                pool.set16(slot * offloads.bufferBytes + 10, buffers);
              }
            }
            used[queue] = (used[queue]! + step) & 0xffff;
            continue;
          }
          const list =
            each.kind !== "post"
              ? []
              : each.packets.map(
                  ([slot, slots, bytes, last, size]): Packet => [
                    slot! < 0 ? model.head : slot!,
                    slots!,
                    bytes!,
                    last!,
                    size!,
                  ],
                );
          const back = each.kind === "back" ? 1 : 0;
          const most = each.kind === "look" && model.batches.length < 4 ? each.most : 0;
          const answer = k.call(Uint32Array.from(list.flat()), back, most);
          // The model, in the kernel's order.
          if (back > 0) model.giveBack();
          const good = model.post(list);
          const sound = model.reclaim();
          const found = sound && good && most > 0 ? model.harvest(most) : sound ? [] : undefined;
          if (found === undefined) {
            lies += 1;
            return answer === -1 && k.call(NONE, 0, 4) === -1;
          }
          if (answer < 0 || has(answer, answers.BAD) === good) return false;
          if ((answer & 0xffff) !== found.length) return false;
          if (found.flat().some((word, index) => word !== k.pieces[index])) return false;
          if (found.length > 0) batches += 1;
          packets += list.length;
          const { state } = k;
          if (state[words.HEAD] !== model.head || state[words.ROOM] !== model.room) return false;
          if (state[words.BATCH_COUNT] !== model.batches.length) return false;
          if (state[words.RECEIVED] !== model.received || state[words.SENT] !== model.sent)
            return false;
          if (state[words.REFUSED] !== model.refused) return false;
          if (Buffer.compare(k.pool.bytes, m.pool.bytes) !== 0) return false;
          // Descriptors and available rings; when each wants to be told is the next test's.
          for (const place of [0, QUEUE]) {
            const end = place + 16 * SIZE;
            if (
              Buffer.compare(
                k.ring.bytes.subarray(place, end),
                m.ring.bytes.subarray(place, end),
              ) !== 0
            )
              return false;
            const said = (ring: ArrayMemory) => ring.bytes.subarray(end + 2, end + 4 + 2 * SIZE);
            if (Buffer.compare(said(k.ring), said(m.ring)) !== 0) return false;
          }
        }
        return true;
      }),
      { numRuns: 500 },
    );
    t.true(lies > 10 && batches > 10 && packets > 100, `${lies} ${batches} ${packets}`);
  });
}

test("an honest device is heard in all that it does, by index or not", (t) => {
  let frames = 0;
  let sent = 0;
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.array(fc.nat(99), { minLength: 50, maxLength: 300 }),
      (byIndex, dice) => {
        const k = kernel(kinds[0]!, byIndex);
        const { ring, state, places } = k;
        const used = [0, 0];
        const done = [0, 0];
        const given = (queue: 0 | 1) => ring.get16(places[queue].available + 2);
        let interrupt = false;
        // Without buffers it sleeps until it is told of some: by index it says behind which.
        let asleep = false;
        const noBuffers = () => {
          asleep = true;
          const { available, used: at } = places[0];
          if (byIndex) ring.set16(at + 4 + 8 * SIZE, ring.get16(available + 2));
        };
        /** What the driver does with an answer (card.ts). */
        const told = (answer: number) => {
          if (!has(answer, answers.REFILLED)) return;
          const posted = state[words.RECEIVE + queueWords.POSTED]!;
          const given = (posted - state[words.BEFORE]!) & 0xffff;
          const says = ring.get16(places[0].used + 4 + 8 * SIZE);
          if (!byIndex || ((posted - says - 1) & 0xffff) < given) asleep = false;
        };
        /** The device returns a buffer, and interrupts where it was asked to. */
        const asked = (queue: 0 | 1) => {
          const { available } = places[queue];
          return ring.get16(byIndex ? available + 4 + 2 * SIZE : available);
        };
        const give = (queue: 0 | 1, heard = asked(queue)) => {
          if (queue === 0 && asleep) return false;
          if (done[queue] === given(queue)) {
            if (queue === 0) noBuffers();
            return false;
          }
          const { available, used: at } = places[queue];
          const slot = ring.get16(available + 4 + (done[queue]! & (SIZE - 1)) * 2);
          done[queue] = (done[queue]! + 1) & 0xffff;
          ring.set32(at + 4 + (used[queue]! & (SIZE - 1)) * 8, slot);
          ring.set32(at + 8 + (used[queue]! & (SIZE - 1)) * 8, 72);
          const before = used[queue]!;
          used[queue] = (before + 1) & 0xffff;
          ring.set16(at + 2, used[queue]!);
          if (byIndex ? heard === before : heard === 0) interrupt = true;
          return true;
        };
        let unanswered = 0;
        let waiting = 0;
        let came = 0;
        let seen = 0;
        let late = 0;
        const go = (packets: Uint32Array, back: number) => {
          for (let p = packets, b = back; ; p = NONE, b = 0) {
            const most = unanswered < 2 ? 3 : 0;
            const before = [asked(0), asked(1)];
            const answer = k.call(p, b, most);
            if (answer < 0 || has(answer, answers.BAD)) throw new Error(`${answer}`);
            told(answer);
            const count = answer & 0xffff;
            seen += count;
            if (count > 0) unanswered += 1;
            // As sdk/net/shared-pool.ts does.
            const again = has(answer, answers.AGAIN) || (most > 0 && count >= most);
            // What the device does before it sees what was written.
            if ((late & 1) !== 0) came += Number(give(0, before[0]!));
            if ((late & 2) !== 0) give(1, before[1]!);
            late >>= 2;
            if (!again && !(count > 0 && unanswered < 2)) return;
          }
        };
        for (const die of dice) {
          late = (die * 7919) >> 3;
          if (die < 40) came += Number(give(0));
          else if (die < 55) give(1);
          else if (die < 75 && interrupt) {
            interrupt = false;
            go(NONE, 0);
          } else if (die < 88 && unanswered > 0) {
            unanswered -= 1;
            go(NONE, 1);
          } else if (die >= 88 && state[words.ROOM]! > 0) {
            go(Uint32Array.of(state[words.HEAD]!, 1, 60, 60, 0), 0);
            waiting += 1;
          }
        }
        // What was asked for happens, until nothing more is.
        // A client may keep one batch for ever.
        for (let rounds = 0; interrupt || unanswered > 1; rounds++) {
          if (rounds > 1000) return false;
          if (interrupt) {
            interrupt = false;
            go(NONE, 0);
          } else {
            unanswered -= 1;
            go(NONE, 1);
          }
        }
        frames += came;
        sent += waiting;
        if (seen !== came) return false;
        // It has buffers, unless the client has them, and goes on.
        if (asleep && done[0] !== given(0)) return false;
        // A client that has few slots gets those that leave.
        if (state[words.ROOM]! >= SIZE / 2) return true;
        while (give(1));
        if (!interrupt) return false;
        go(NONE, 0);
        return state[words.ROOM]! >= SIZE / 2 && state[words.SEND + queueWords.MASK] === SIZE - 1;
      },
    ),
    { numRuns: 300 },
  );
  t.true(frames > 500 && sent > 200, `${frames} ${sent}`);
});

test("slots in front of the pool's end that nothing fitted into carry frames the next time", (t) => {
  const k = kernel(kinds[0]!, false);
  const { ring, state } = k;
  const [, { used }] = k.places;
  const post = (...packets: readonly number[][]) => {
    const answer = k.call(Uint32Array.from(packets.flat()), 0, 0);
    t.true(has(answer, answers.SAID) && !has(answer, answers.BAD), `${answer}`);
  };
  post([0, 6, 60, 60, 0], [6, 2, 0, 0, 0]);
  for (let slot = 0; slot < 6; slot++) {
    ring.set32(used + 4 + 8 * slot, slot);
    ring.set32(used + 8 + 8 * slot, 72);
  }
  ring.set16(used + 2, 6);
  k.call(NONE, 0, 0);
  t.is(state[words.ROOM], SIZE);
  post([0, 6, 60, 60, 0], [6, 1, 60, 60, 0], [7, 1, 60, 60, 0]);
});
