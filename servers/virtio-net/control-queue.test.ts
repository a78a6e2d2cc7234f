// Commands to the simulated machine's card: what is asked of it, and a card that refuses, is silent, or lies.
import test from "ava";
import { queueBytes } from "../../sdk/virtio/queues.ts";
import { SplitRing } from "../../sdk/virtio/split-ring.ts";
import { Card } from "./card.ts";
import { CONTROL_SLOTS } from "./control-queue.ts";
import { resumeCard, startCard, vectors } from "./start-card.ts";
import { features } from "./offloads.ts";
import { machine } from "./testing/machine.ts";

const MAC = [0x52, 0x54, 0, 0x12, 0x34, 0x56];

function scene(answer: (command: readonly number[]) => number | undefined = () => 0, allowed = -1) {
  const m = machine(MAC);
  m.card.answer = answer;
  const driver = startCard(m.parts, () => {}, undefined, allowed);
  if (!(driver instanceof Card)) throw new Error(driver);
  const timers: (() => void)[] = [];
  const said: string[] = [];
  const world = {
    after: (_span: number, f: () => void) => void timers.push(f),
    log: (text: string) => void said.push(text),
  };
  const hear = (card = driver) => {
    while (m.interrupts.splice(0).includes(vectors.CONFIG)) card.heard();
  };
  const timeOut = () => {
    for (const each of timers.splice(0)) each();
  };
  return { ...m, driver, world, said, hear, timeOut };
}

const first = [
  [1, 1, ...MAC],
  [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  [0, 1, 0],
  [0, 0, 0],
];

test("a card that was just started receives frames for its own address, and groups' that it must", (t) => {
  const { card, driver, world, hear, timeOut, said } = scene();
  t.true(card.promiscuous);
  t.is(driver.busy(), "a command to the card is on its way");
  driver.command(world);
  hear();
  t.deepEqual(card.commands, first);
  t.false(card.promiscuous);
  t.is(driver.busy(), undefined);
  t.is(driver.commandsGiven, 4);
  timeOut();
  t.deepEqual(said, []);
  card.receive(Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x57, ...new Uint8Array(54)));
  card.receive(Uint8Array.of(255, 255, 255, 255, 255, 255, ...new Uint8Array(54)));
  t.is(card.others, 1);
  t.is(driver.exchange(new Uint32Array(0), 0, 8), 1);
});

test("an announcement is wanted once, and the card is told that it was made", (t) => {
  const { card, driver, world, hear } = scene();
  driver.command(world);
  hear();
  t.false(driver.wantsAnnouncement());
  for (let round = 1; round <= 3; round++) {
    card.wantAnnouncement();
    t.true(driver.wantsAnnouncement());
    t.deepEqual(card.commands.slice(4), Array(round).fill([3, 0]));
    t.false(card.wantsAnnouncement);
    t.false(driver.wantsAnnouncement());
    hear();
  }
});

test("a card that refuses goes on as it is", (t) => {
  const { card, driver, world, hear, timeOut, said } = scene(() => 1);
  driver.command(world);
  hear();
  timeOut();
  t.is(card.commands.length, 4);
  t.true(card.promiscuous);
  t.is(driver.busy(), undefined);
  t.is(driver.commandsGiven, 4);
  t.deepEqual(said, []);
});

test("a card that does not answer is given up after a while, and everything else goes on", (t) => {
  const { card, driver, world, hear, timeOut, said } = scene(() => undefined);
  driver.command(world);
  hear();
  t.is(card.commands.length, 1);
  t.not(driver.busy(), undefined);
  timeOut();
  t.deepEqual(said, ["the card does not answer commands: it gets no more of them"]);
  t.is(driver.busy(), undefined);
  t.is(driver.commandsGiven, undefined);
  card.wantAnnouncement();
  t.false(driver.wantsAnnouncement());
  timeOut();
  t.is(card.commands.length, 1);
  card.receive(new Uint8Array(60));
  t.is(driver.exchange(new Uint32Array(0), 0, 8), 1);
});

test("an answer whose interrupt is lost is found when its time is over", (t) => {
  const { card, driver, world, timeOut, interrupts, said } = scene();
  driver.command(world);
  for (let round = 0; round < 4; round++) {
    interrupts.length = 0;
    timeOut();
  }
  t.deepEqual(card.commands, first);
  t.is(driver.busy(), undefined);
  t.deepEqual(said, []);
});

test("a card that lies about its control queue gets no more commands", (t) => {
  for (const [slot, index] of [
    [0, 1],
    [7, 1],
    [0xffffffff, 1],
    [1, 2],
    [1, 0xffff],
  ] as const) {
    const { driver, parts, world, said } = scene(() => undefined);
    driver.command(world);
    const kept = { size: CONTROL_SLOTS, posted: 0, taken: 0, given: new Uint8Array(CONTROL_SLOTS) };
    const ring = new SplitRing(parts.memory, queueBytes([256, 256]), CONTROL_SLOTS, kept);
    const { used } = ring.places;
    parts.memory.set32(used + 4, slot);
    parts.memory.set16(used + 2, index);
    driver.heard();
    t.deepEqual(said, ["the card lies about its control queue: it gets no more of them"]);
    t.is(driver.commandsGiven, undefined);
  }
});

test("new code goes on with the queue; without one there are no commands", (t) => {
  const { card, driver, world, hear, parts } = scene();
  driver.command(world);
  hear();
  const next = resumeCard(
    parts,
    driver.agreed,
    driver.mac,
    driver.state,
    driver.commandsGiven,
    () => {},
  );
  if (!(next instanceof Card)) return t.fail(next);
  next.command(world);
  t.is(card.commands.length, 4);
  card.wantAnnouncement();
  t.true(next.wantsAnnouncement());
  hear(next);
  t.is(next.busy(), undefined);
  t.is(next.commandsGiven, 5);

  const without = scene(undefined, ~features.CONTROL);
  without.driver.command(without.world);
  t.is(without.driver.busy(), undefined);
  without.card.wantAnnouncement();
  t.false(without.driver.wantsAnnouncement());
  t.deepEqual(without.card.commands, []);
});
