// The driver against a model of the card that follows the datasheet.
import test from "ava";
import fc from "fast-check";
import { FRAME_AT, PIECE_WORDS, SLOT_BYTES, SUMS_RIGHT } from "../../sdk/net/card-pool.ts";
import { REFUSED } from "../../sdk/net/pool-card.ts";
import { PoolFrames } from "../../sdk/net/pool-frames.ts";
import { Card } from "./card.ts";
import { RECEIVE_RING, SEND_SLOTS } from "./registers.ts";
import { startCard, vectors } from "./start-card.ts";
import { Model } from "./testing/model.ts";

const NONE = new Uint32Array(0);

function started(model = new Model()) {
  const card = startCard(model);
  if (typeof card === "string") throw new Error(card);
  return { model, card, frames: new PoolFrames(card, model.pool.memory) };
}

const frame = (size: number, first = 1) =>
  Uint8Array.from({ length: size }, (_, index) => (first + index) & 255);

function received(frames: PoolFrames): Uint8Array[] {
  const all: Uint8Array[] = [];
  frames.receive(1000, (each) => all.push(each));
  return all;
}

/** Pieces of a batch: the frames, and what is said of them. */
function look(model: Model, card: Card, most = 128) {
  const count = card.exchange(NONE, 0, most) as number;
  return Array.from({ length: count }, (_, index) => {
    const [at, bytes, flags] = card.pieces.slice(index * PIECE_WORDS, (index + 1) * PIECE_WORDS);
    return { bytes: model.pool.memory.bytes.slice(at!, at! + bytes!), flags: flags! };
  });
}

test("set-up: reset, address, link", (t) => {
  const { model, card } = started();
  t.is(model.resets, 1);
  t.deepEqual([...card.mac], [0x52, 0x54, 0, 0x12, 0x34, 0x57]);
  t.true(card.linkUp());
  card.reset();
  t.is(model.resets, 2);
  t.false(model.receive(frame(60)));
});

test("frames of all sizes, both ways, as they are, with an interrupt for the first of a batch", (t) => {
  const { model, card, frames } = started();
  t.deepEqual(received(frames), []);
  const all = [14, 60, 1514].map((size) => frame(size));
  for (const each of all) frames.transmit(each);
  t.is(model.sent.length, 0);
  frames.flush();
  t.deepEqual(model.sent, all);
  for (const each of all) model.receive(each);
  t.deepEqual(model.messages, [vectors.RECEIVE]);
  card.interrupted();
  t.deepEqual(received(frames), all);
  // Those that came behind the first have left their cause, which tells once more.
  model.messages.length = 0;
  card.interrupted();
  t.deepEqual(received(frames), []);
  model.receive(frame(60));
  t.deepEqual(model.messages, [vectors.RECEIVE]);
});

test("a thousand frames both ways go round the rings", (t) => {
  const { model, card, frames } = started();
  for (let round = 0; round < 1000; round++) {
    frames.transmit(frame(100, round));
    frames.flush();
    t.true(model.receive(frame(200, round)));
    t.deepEqual(received(frames), [frame(200, round)]);
  }
  t.is(model.sent.length, 1000);
  t.deepEqual(model.sent[999], frame(100, 999));
  t.is(frames.dropped + card.counters.refused, 0);
  t.is(card.counters.received, 1000);
  t.is(card.counters.sent, 1000);
});

test("full rings: what has no room is dropped, and all goes on afterwards", (t) => {
  const { model, card, frames } = started();
  model.stuck = true;
  for (let count = 0; count < SEND_SLOTS + 7; count++) frames.transmit(frame(60, count));
  frames.flush();
  t.is(frames.dropped, 7);
  t.is(card.room, 0);
  frames.flush();
  model.messages.length = 0;
  model.go();
  t.deepEqual(model.messages, [vectors.RECEIVE], "it tells that there is room");
  frames.transmit(frame(60));
  frames.flush();
  t.is(model.sent.length, SEND_SLOTS + 1);
  let taken = 0;
  while (model.receive(frame(60, taken))) taken += 1;
  t.is(taken, RECEIVE_RING - 1);
  t.is(look(model, card, 100).length, 100);
  t.is(look(model, card, 128).length, 128);
  t.is(look(model, card, 128).length, 27);
  t.is(look(model, card, 128).length, 0);
  card.exchange(NONE, card.batches, 0);
  t.true(model.receive(frame(60)));
  t.deepEqual(received(frames), [frame(60)]);
});

test("sums: seen and right, seen and wrong, not looked at", (t) => {
  const { model, card } = started();
  const [seen, none, wrong] = [1 << 5, 1 << 2, 1 << 5];
  model.receive(frame(60), 0, seen);
  model.receive(frame(60), 0, seen | none);
  model.receive(frame(60), wrong, seen);
  model.receive(frame(60), 1 << 6, seen);
  model.receive(frame(60));
  const flags = look(model, card).map((each) => each.flags);
  t.deepEqual(flags, [SUMS_RIGHT, 0, 0, 0, 0]);
  t.is(card.counters.refused, 0);
});

test("frames that are none: too short, too long, with errors; and what follows them", (t) => {
  const { model, card, frames } = started();
  model.receive(frame(13));
  model.receive(frame(1600));
  model.receive(frame(5000));
  model.receive(frame(60), 1);
  model.receive(frame(61));
  t.deepEqual(received(frames), [frame(61)]);
  t.is(card.counters.refused, 4);
  frames.transmit(frame(13));
  frames.transmit(frame(1515));
  t.is(frames.dropped, 2);
});

test("refused frames alone go back to the card at once, or with the batch before them", (t) => {
  const { model, card } = started();
  for (let round = 0; round < 10; round++) {
    for (let count = 0; count < 200; count++) t.true(model.receive(frame(13)));
    t.is(look(model, card, 1000).length, 0);
  }
  t.true(model.receive(frame(60)));
  t.is(look(model, card).length, 1);
  for (let count = 0; count < 200; count++) t.true(model.receive(frame(13)));
  t.is(look(model, card, 1000).length, 0);
  t.is(card.batches, 1);
  card.exchange(NONE, 1, 0);
  let taken = 0;
  while (model.receive(frame(60, taken))) taken += 1;
  t.is(taken, RECEIVE_RING - 1);
});

test("a length that lies is refused; a descriptor that the card does not have is not looked at", (t) => {
  const { model, card, frames } = started();
  model.receive(frame(60));
  model.rings.memory.set16(8, 0xffff);
  t.deepEqual(received(frames), []);
  t.is(card.counters.refused, 1);
  // All descriptors say that they are done, for ever: each that the card has is looked at once.
  for (let slot = 0; slot < RECEIVE_RING; slot++) {
    model.rings.memory.set64(slot * 16, 0xffff_ffff_ffff);
    model.rings.memory.set64(slot * 16 + 8, 3 * 2 ** 32 + 60);
  }
  let seen = 0;
  for (let round = 0; round < 4; round++) seen += look(model, card).length;
  t.is(seen, RECEIVE_RING - 1);
  t.is(card.more, false);
  card.exchange(NONE, card.batches, 0);
  t.is(received(frames).length, 1, "the one that it did not have");
  t.true(model.receive(frame(60, 7)), "addresses are written anew");
  t.deepEqual(received(frames), [frame(60, 7)]);
});

test("packets that can't be are refused, and those before them leave", (t) => {
  const bad = [
    [1, 1, 60, 60, 0],
    [0, 0, 60, 60, 0],
    [0, 1, 13, 13, 0],
    [0, 1, 1515, 60, 0],
    [0, 2, 60, 61, 0],
    [0, SEND_SLOTS + 1, 60, 60, 0],
    [0, 2, 3000, 3000, 1448],
  ];
  for (const [slot = 0, ...rest] of bad) {
    const { model, card } = started();
    const packets = Uint32Array.from([0, 1, 60, 60, 0, slot + 1, ...rest]);
    t.is(card.exchange(packets, 0, 8), REFUSED);
    t.is(model.sent.length, 1);
    t.is(card.head, 1);
  }
});

test("the link's changes are told again and again", (t) => {
  const { model, card } = started();
  model.setLink(false);
  t.deepEqual(model.messages, [vectors.CHANGE]);
  card.stopped();
  t.false(card.linkUp());
  model.setLink(true);
  t.deepEqual(model.messages, [vectors.CHANGE, vectors.CHANGE]);
});

test("a second driver on a running card starts clean", (t) => {
  const { model, frames } = started();
  model.receive(frame(60));
  frames.transmit(frame(60));
  const again = started(model).frames;
  t.deepEqual(received(again), []);
  model.receive(frame(61));
  t.deepEqual(received(again), [frame(61)]);
  t.is(model.sent.length, 0);
});

test("cards that cannot be driven say why", (t) => {
  t.regex(startCard(new Model([1, 0, 0, 0, 0, 1])) as string, /no station's address/);
  t.regex(startCard(new Model([0, 0, 0, 0, 0, 0])) as string, /no station's address/);
  const { registers, rings, pool, order } = new Model();
  const stuck = { ...registers, get32: () => 1 << 26 };
  t.regex(startCard({ rings, pool, order, registers: stuck }) as string, /reset/);
  const few = { ...registers, length: 100 };
  t.regex(startCard({ rings, pool, order, registers: few }) as string, /too few/);
});

const step = fc.oneof(
  fc.record({ kind: fc.constant("arrives" as const), size: fc.integer({ min: 10, max: 1600 }) }),
  fc.record({ kind: fc.constant("look" as const), most: fc.integer({ min: 1, max: 128 }) }),
  fc.record({
    kind: fc.constant("send" as const),
    slots: fc.integer({ min: 1, max: 40 }),
    bytes: fc.integer({ min: 60, max: 1514 }),
  }),
  fc.record({ kind: fc.constant("stuck" as const), stuck: fc.boolean() }),
  fc.constant({ kind: "back" as const }),
  /** New code takes the driver's place. */
  fc.constant({ kind: "swap" as const }),
);

test("whatever happens, and whoever drives it, frames arrive once, in order, and leave so", (t) => {
  let swaps = 0;
  let frames = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
      const { model, card: first } = started();
      let card = first;
      const arriving: Uint8Array[] = [];
      const leaving: Uint8Array[] = [];
      let mark = 0;
      const see = (most: number) => {
        if (card.batches >= 4) return true;
        const wanted = look(model, card, most);
        frames += wanted.length;
        return wanted.every(
          ({ bytes }) => Buffer.compare(bytes, arriving.shift() ?? new Uint8Array(0)) === 0,
        );
      };
      for (const each of steps) {
        mark += 1;
        if (each.kind === "arrives") {
          const bytes = frame(each.size, mark);
          if (model.receive(bytes) && each.size >= 14 && each.size <= 1514) arriving.push(bytes);
        } else if (each.kind === "look") {
          if (!see(each.most)) return false;
        } else if (each.kind === "back") card.exchange(NONE, 1, 0);
        else if (each.kind === "stuck") {
          model.stuck = each.stuck;
          if (!each.stuck) model.go();
        } else if (each.kind === "swap") {
          swaps += 1;
          card = new Card(model, card.mac, card.state.slice());
        } else {
          const packets: number[] = [];
          const before = card.head;
          let slots = Math.min(each.slots, card.room);
          if (slots === 0) continue;
          if (before + slots > SEND_SLOTS) {
            packets.push(before, SEND_SLOTS - before, 0, 0, 0);
            slots = Math.min(slots, card.room - (SEND_SLOTS - before));
          }
          const head = packets.length > 0 ? 0 : before;
          for (let slot = 0; slot < slots; slot++) {
            const bytes = frame(slot === slots - 1 ? 60 : each.bytes, mark + slot);
            const at = card.receiveBytes + (head + slot) * SLOT_BYTES + FRAME_AT;
            model.pool.memory.copyIn(at, bytes, 0, bytes.length);
            leaving.push(bytes);
          }
          if (slots > 0) packets.push(head, slots, each.bytes, 60, 0);
          if (card.exchange(Uint32Array.from(packets), 0, 0) !== 0) return false;
        }
      }
      model.stuck = false;
      model.go();
      for (let round = 0; round < 8; round++) {
        card.exchange(NONE, card.batches, 0);
        if (!see(128)) return false;
      }
      card.exchange(NONE, card.batches, 0);
      const sent =
        model.sent.length === leaving.length &&
        model.sent.every((bytes, index) => Buffer.compare(bytes, leaving[index]!) === 0);
      return sent && arriving.length === 0 && card.room === SEND_SLOTS;
    }),
    { numRuns: 200 },
  );
  t.true(swaps > 100 && frames > 100, `${swaps} ${frames}`);
});
