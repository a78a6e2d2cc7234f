// The driver against a model of the card that follows the datasheet.
import test from "ava";
import { type Card, startCard, vectors } from "./card.ts";
import { Model } from "./testing/model.ts";

function started(model = new Model()) {
  const card = startCard(model);
  if (typeof card === "string") throw new Error(card);
  return { model, card };
}

const frame = (size: number, first = 1) =>
  Uint8Array.from({ length: size }, (_, index) => (first + index) & 255);

function received(card: Card): Uint8Array[] {
  const frames: Uint8Array[] = [];
  card.receive(1000, (each) => frames.push(each));
  return frames;
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
  const { model, card } = started();
  const frames = [14, 60, 1514].map((size) => frame(size));
  for (const each of frames) card.transmit(each);
  t.is(model.sent.length, 0);
  card.flush();
  t.deepEqual(model.sent, frames);
  for (const each of frames) model.receive(each);
  t.deepEqual(model.messages, [vectors.RECEIVE]);
  t.deepEqual(received(card), frames);
  model.receive(frame(60));
  t.deepEqual(model.messages, [vectors.RECEIVE, vectors.RECEIVE]);
});

test("a thousand frames both ways go round the rings", (t) => {
  const { model, card } = started();
  for (let round = 0; round < 1000; round++) {
    card.transmit(frame(100, round));
    card.flush();
    t.true(model.receive(frame(200, round)));
    t.deepEqual(received(card), [frame(200, round)]);
  }
  t.is(model.sent.length, 1000);
  t.deepEqual(model.sent[999], frame(100, 999));
  t.is(card.counters().dropped + card.counters().refused, 0);
});

test("full rings: what has no room is dropped, and all goes on afterwards", (t) => {
  const { model, card } = started();
  model.stuck = true;
  for (let count = 0; count < 70; count++) card.transmit(frame(60, count));
  card.flush();
  t.is(card.counters().dropped, 7);
  model.go();
  card.transmit(frame(60));
  card.flush();
  t.is(model.sent.length, 64);
  let taken = 0;
  while (model.receive(frame(60, taken))) taken += 1;
  t.is(taken, 63);
  t.is(
    card.receive(10, () => {}),
    10,
  );
  t.is(received(card).length, 53);
  t.true(model.receive(frame(60)));
});

test("frames that are none: too short, too long, with errors; and what follows them", (t) => {
  const { model, card } = started();
  model.receive(frame(13));
  model.receive(frame(1600));
  model.receive(frame(5000));
  model.receive(frame(60), 1);
  model.receive(frame(61));
  t.deepEqual(received(card), [frame(61)]);
  t.is(card.counters().refused, 4);
  card.transmit(frame(13));
  card.transmit(frame(1515));
  t.is(card.counters().dropped, 2);
});

test("a length that lies is refused before a byte is copied", (t) => {
  const { model, card } = started();
  model.receive(frame(60));
  model.memory.set16(1024 + 8, 0xffff);
  t.deepEqual(received(card), []);
  t.is(card.counters().refused, 1);
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
  const { model, card } = started();
  model.receive(frame(60));
  card.transmit(frame(60));
  const again = started(model).card;
  t.deepEqual(received(again), []);
  model.receive(frame(61));
  t.deepEqual(received(again), [frame(61)]);
  t.is(model.sent.length, 0);
});

test("cards that cannot be driven say why", (t) => {
  t.regex(startCard(new Model([1, 0, 0, 0, 0, 1])) as string, /no station's address/);
  t.regex(startCard(new Model([0, 0, 0, 0, 0, 0])) as string, /no station's address/);
  const model = new Model();
  const registers = { ...model.registers, get32: () => 1 << 26 };
  t.regex(
    startCard({ ...model, busAddress: 0, memory: model.memory, registers }) as string,
    /reset/,
  );
  t.regex(
    startCard({
      registers: { ...model.registers, length: 100 },
      memory: model.memory,
      busAddress: 0,
    }) as string,
    /too few/,
  );
});
