// The driver against the simulated machine's card, which was written apart from it.
import test from "ava";
import { PoolFrames } from "../../sdk/net/pool-frames.ts";
import { Card } from "./card.ts";
import { driverFaults } from "./driver-fault.ts";
import { startCard, vectors } from "./start-card.ts";
import { registers } from "../../sdk/virtio/registers.ts";
import { machine } from "./testing/machine.ts";

function started(m = machine()) {
  const card = startCard(m.parts, () => {});
  if (!(card instanceof Card)) throw new Error(card);
  const frames = new PoolFrames(card, m.parts.pool!.memory);
  const counters = () => ({
    ...card.counters,
    refused: card.counters.refused + frames.refused,
    dropped: frames.dropped,
  });
  return { ...m, driver: frames, running: card, counters };
}

const frame = (size: number, first = 1) =>
  Uint8Array.from({ length: size }, (_, index) => (first + index) & 255);

/** All that has arrived. */
function received(driver: PoolFrames): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const count = driver.receive(1000, (each) => frames.push(each));
  if (typeof count === "string") throw new Error(count);
  return frames;
}

test("set-up: the address is read, the link is up, the device runs", (t) => {
  const { running, parts } = started();
  t.deepEqual([...running.mac], [0x52, 0x54, 0, 0x12, 0x34, 0x56]);
  t.true(running.linkUp());
  t.is(running.stopped(), undefined);
  t.is(parts.common.get8(registers.STATUS), 15);
  parts.common.set32(registers.DRIVER_FEATURE_SELECT, 1);
  t.is(parts.common.get32(registers.DRIVER_FEATURE), 3);
});

test("frames of all sizes go out as they are", (t) => {
  const { driver, sent } = started();
  const frames = [14, 60, 1514].map((size) => frame(size));
  for (const each of frames) t.is(driver.transmit(each), undefined);
  t.is(sent.length, 0);
  t.is(driver.flush(), undefined);
  t.deepEqual(sent, frames);
});

test("frames of all sizes come in as they are, with an interrupt on the receive vector", (t) => {
  const { counters, driver, card, interrupts } = started();
  const frames = [14, 60, 1514].map((size) => frame(size, 7));
  for (const each of frames) card.receive(each);
  t.deepEqual(interrupts, [vectors.RECEIVE, vectors.RECEIVE, vectors.RECEIVE]);
  t.deepEqual(received(driver), frames);
  t.is(counters().received, 3);
});

test("a thousand frames both ways: buffers are used again and again", (t) => {
  const { counters, driver, card, sent } = started();
  for (let round = 0; round < 1000; round++) {
    driver.transmit(frame(100, round));
    driver.flush();
    card.receive(frame(200, round));
    t.deepEqual(received(driver), [frame(200, round)]);
  }
  t.is(sent.length, 1000);
  t.deepEqual(sent[999], frame(100, 999));
  t.is(counters().dropped, 0);
});

test("a limit leaves the rest for the next time", (t) => {
  const { driver, card } = started();
  for (let count = 0; count < 5; count++) card.receive(frame(60, count));
  const frames: Uint8Array[] = [];
  t.is(
    driver.receive(2, (each) => frames.push(each)),
    2,
  );
  t.is(frames.length, 2);
  t.is(received(driver).length, 3);
});

test("no frame's length goes out; a full ring is handed over", (t) => {
  const { counters, driver, sent } = started();
  driver.transmit(frame(13));
  driver.transmit(frame(1515));
  t.is(counters().dropped, 2);
  for (let count = 0; count < 270; count++) driver.transmit(frame(60, count));
  t.is(sent.length, 256);
  driver.flush();
  t.is(sent.length, 270);
  t.is(counters().dropped, 2);
});

test("what a card that is behind cannot take is dropped and counted", (t) => {
  const m = machine();
  let deaf = true;
  const notify = Object.create(m.parts.notify);
  notify.set16 = (at: number, value: number) => {
    if (!deaf) m.parts.notify.set16(at, value);
  };
  const { counters, driver, sent } = started({ ...m, parts: { ...m.parts, notify } });
  for (let count = 0; count < 262; count++) t.is(driver.transmit(frame(60, count)), undefined);
  t.is(counters().dropped, 6);
  t.is(sent.length, 0);
  deaf = false;
  m.parts.notify.set16(4, 1);
  t.is(sent.length, 256);
  driver.transmit(frame(60));
  driver.flush();
  t.is(sent.length, 257);
});

test("received lengths that no frame has are refused, and the buffer goes back", (t) => {
  const { counters, driver, card } = started();
  card.receive(frame(13));
  card.receive(frame(1600));
  card.receive(frame(60));
  t.is(received(driver).length, 1);
  t.is(counters().refused, 2);
  for (let count = 0; count < 64; count++) card.receive(frame(60));
  t.is(received(driver).length, 64);
});

test("a device that lies about its used ring is a fault, not a crash", (t) => {
  const { driver, memory, card } = started();
  card.receive(frame(60));
  // The receive ring lies at 0: descriptors 4,096 bytes, available 518, padding 6, used.
  const used = 4620;
  t.is(memory.get16(used + 2), 1);
  memory.set32(used + 4, 4096);
  t.is(
    driver.receive(10, () => t.fail()),
    driverFaults["virtio.ring"],
  );
  t.is(
    driver.receive(10, () => t.fail()),
    driverFaults["virtio.ring"],
  );
});

test("a length of 4 GiB in the used ring is refused", (t) => {
  const { counters, driver, memory, card } = started();
  card.receive(frame(60));
  memory.set32(4620 + 8, 0xffffffff);
  t.deepEqual(received(driver), []);
  t.is(counters().refused, 1);
});

test("a second driver on a running card starts clean", (t) => {
  const m = started();
  m.card.receive(frame(60));
  m.driver.transmit(frame(60));
  m.driver.flush();
  const { driver } = started(m);
  t.deepEqual(received(driver), []);
  m.card.receive(frame(61));
  t.deepEqual(received(driver), [frame(61)]);
  driver.transmit(frame(62));
  driver.flush();
  t.is(m.sent.length, 2);
});

test("cards that cannot be driven say why", (t) => {
  t.is(startCard(machine([1, 0, 0, 0, 0, 1]).parts, () => {}) as unknown, "virtio.mac");
  t.is(startCard(machine([0, 0, 0, 0, 0, 0]).parts, () => {}) as unknown, "virtio.mac");
  const lying = (offset: number, value: number) => {
    const { parts } = machine();
    const { common } = parts;
    const get = (width: 8 | 16 | 32) => (at: number) =>
      at === offset ? value : common[`get${width}`](at);
    return startCard(
      {
        ...parts,
        common: Object.assign(Object.create(common), {
          get8: get(8),
          get16: get(16),
          get32: get(32),
          set8: common.set8.bind(common),
          set16: common.set16.bind(common),
          set32: common.set32.bind(common),
        }),
      },
      () => {},
    ) as unknown;
  };
  t.is(lying(registers.STATUS, 7), "virtio.reset");
  t.is(lying(registers.STATUS, 0), "virtio.features");
  t.is(lying(registers.DEVICE_FEATURE, 0), "virtio.version");
  t.is(lying(registers.DEVICE_FEATURE, 1), "virtio.no-mac");
  t.is(lying(registers.QUEUE_SIZE, 0), "virtio.queue-size");
  t.is(lying(registers.QUEUE_SIZE, 100), "virtio.queue-size");
  t.is(lying(registers.QUEUE_VECTOR, 0xffff), "virtio.vector");
  t.is(lying(registers.CONFIG_VECTOR, 0xffff), "virtio.vector");
  t.is(lying(registers.QUEUE_NOTIFY, 0xffff), "virtio.region");
});
