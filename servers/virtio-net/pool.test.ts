// The card's pool in the hands of a client: pieces out, packets in, and what a client can't say.
import test from "ava";
import { FRAME_AT, PACKET_WORDS, SLOT_BYTES } from "../../sdk/net/card-pool.ts";
import { REFUSED } from "../../sdk/net/pool-card.ts";
import { Card } from "./card.ts";
import { features, offloadsOf, sentHeader, wantedOf } from "./offloads.ts";
import { startCard } from "./start-card.ts";
import { machine } from "./testing/machine.ts";

const NONE = new Uint32Array(0);

function started() {
  const m = machine();
  const card = startCard(m.parts, () => {});
  if (!(card instanceof Card)) throw new Error(card);
  return { ...m, driver: card, pool: m.parts.pool!.memory };
}

const frame = (size: number, first = 1) =>
  Uint8Array.from({ length: size }, (_, index) => (first + index) & 255);

test("frames lie in the pool until their batch is given back, the oldest first", (t) => {
  const { driver, card, pool } = started();
  for (let index = 0; index < 300; index++) card.receive(frame(60 + index, index));
  let seen = 0;
  const look = () => {
    const count = driver.exchange(NONE, 0, 128) as number;
    for (let piece = 0; piece < count; piece++, seen++) {
      const [at, bytes, flags] = driver.pieces.slice(piece * 3, piece * 3 + 3);
      const copy = new Uint8Array(bytes!);
      pool.copyOut(at!, copy, 0, bytes!);
      t.deepEqual(copy, frame(60 + seen, seen));
      t.is(flags, 0);
    }
    return count;
  };
  // The card has 256 buffers, and more frames than its backlog holds are lost while all are out.
  look();
  look();
  t.is(seen, 256);
  t.is(look(), 0);
  driver.exchange(NONE, 1, 0);
  t.true(look() > 0);
  driver.exchange(NONE, driver.batches, 0);
  t.is(driver.batches, 0);
  t.is(look(), 0);
});

test("a batch of frames that are all refused goes back by itself, and nothing that a client has", (t) => {
  const { driver, card, pool } = started();
  card.receive(frame(60, 1));
  t.is(driver.exchange(NONE, 0, 128), 1);
  const [at] = driver.pieces;
  for (let count = 0; count < 300; count++) {
    card.receive(frame(1600));
    t.is(driver.exchange(NONE, 0, 128), 0);
    t.true(driver.more);
  }
  t.is(driver.batches, 1);
  const copy = new Uint8Array(60);
  pool.copyOut(at!, copy, 0, 60);
  t.deepEqual(copy, frame(60, 1));
});

test("packets leave from the slots that they were put in, and the slots come back", (t) => {
  const { driver, pool, sent } = started();
  const slot = (number: number) => driver.receiveBytes + number * SLOT_BYTES + FRAME_AT;
  pool.copyIn(slot(0), frame(60), 0, 60);
  for (let index = 1; index < 4; index++) pool.copyIn(slot(index), frame(1514, index), 0, 1514);
  t.is(driver.exchange(Uint32Array.of(0, 1, 60, 60, 0, 1, 3, 1514, 700, 0), 0, 0), 0);
  t.deepEqual(sent, [frame(60), frame(1514, 1), frame(1514, 2), frame(1514, 3).slice(0, 700)]);
  t.is(driver.room, 252);
  driver.exchange(NONE, 0, 0);
  t.is(driver.room, 256);
  // Around the end: slots that nothing fits into are skipped.
  for (let at = 4; at < 252; at++) t.is(driver.exchange(Uint32Array.of(at, 1, 60, 60, 0), 0, 0), 0);
  t.is(driver.exchange(Uint32Array.of(252, 4, 0, 0, 0, 0, 5, 60, 60, 0), 0, 0), 0);
  driver.exchange(NONE, 0, 0);
  t.deepEqual([driver.head, driver.room, driver.freed], [5, 256, 261]);
});

test("packets that are not where they must be, or of no length that they can have, are refused", (t) => {
  const bad: { readonly [why: string]: readonly number[] } = {
    "another slot": [1, 1, 60, 60, 0],
    "no slot": [0, 0, 60, 60, 0],
    "more than there are": [0, 257, 60, 60, 0],
    "too short": [0, 1, 13, 13, 0],
    "too long": [0, 1, 1515, 1515, 0],
    "a last one longer than the others": [0, 2, 60, 61, 0],
    "a last one of nothing": [0, 2, 60, 0, 0],
    "to be cut by a card that does not": [0, 4, 4000, 0, 1448],
    "the second one wrong": [0, 1, 60, 60, 0, 2, 1, 60, 60, 0],
  };
  for (const [why, words] of Object.entries(bad)) {
    t.is(words.length % PACKET_WORDS, 0);
    t.is(started().driver.exchange(Uint32Array.from(words), 0, 0), REFUSED, why);
  }
});

test("offloads are taken with what they need, or not at all", (t) => {
  const all = wantedOf(-1);
  t.is(all & features.GUEST_TSO4, features.GUEST_TSO4);
  t.true(offloadsOf(all).receivesBig && offloadsOf(all).sendsBig && offloadsOf(all).checks);
  t.is(wantedOf(features.GUEST_TSO4 | features.GUEST_CHECKSUM) & features.GUEST_TSO4, 0);
  t.is(wantedOf(features.HOST_TSO4) & features.HOST_TSO4, 0);
  t.false(offloadsOf(wantedOf(features.MAC)).merged);
  // Virtio 1.2 section 5.1.6: flags and kind, length of headers, size, where the sum begins and lies.
  t.deepEqual([...sentHeader(0x80, 1448)], [0x0042_0101, 0x0022_05a8, 16]);
});
