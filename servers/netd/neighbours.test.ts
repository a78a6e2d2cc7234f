import test from "ava";
import {
  findNeighbour,
  forgetNeighbours,
  holdPacket,
  learnNeighbour,
  createNeighbourTable,
  neighbourDeadline,
  resolveNeighbour,
} from "./neighbours.ts";
import { refusalCodes } from "./refusal.ts";

const IP = 0x0a000202;
const MAC = 0x525500000002;
const ALL = 0xffffffffffff;

function scene() {
  const table = createNeighbourTable();
  const log: string[] = [];
  const effects = {
    ask: (ip: number, mac: number) => void log.push(`ask ${ip - IP} ${mac === ALL ? "all" : mac}`),
    release: (packet: Uint8Array, mac: number) => void log.push(`release ${packet[0]} ${mac}`),
    lose: (packet: Uint8Array) => void log.push(`lose ${packet[0]}`),
  };
  return { table, log, effects };
}

test("a packet waits for the answer and goes out with it", (t) => {
  const { table, log, effects } = scene();
  t.is(resolveNeighbour(table, 0, IP, effects), 0);
  t.is(holdPacket(table, IP, Uint8Array.of(1)), undefined);
  t.is(resolveNeighbour(table, 10, IP, effects), 0);
  t.is(holdPacket(table, IP, Uint8Array.of(2)), undefined);
  t.is("known", learnNeighbour(table, 20, IP, MAC, false, effects));
  t.is(resolveNeighbour(table, 30, IP, effects), MAC);
  t.deepEqual(log, ["ask 0 all", `release 1 ${MAC}`, `release 2 ${MAC}`]);
  t.is(table.waiting, 0);
});

test("three requests a second apart, then the packets are lost and the slot is free", (t) => {
  const { table, log, effects } = scene();
  resolveNeighbour(table, 0, IP, effects);
  for (const id of [1, 2, 3]) t.is(holdPacket(table, IP, Uint8Array.of(id)), undefined);
  const why = holdPacket(table, IP, Uint8Array.of(4));
  t.is(why === undefined ? "" : refusalCodes[why], "neighbour.full");
  for (const now of [999, 1000, 1500, 2000, 2999]) neighbourDeadline(table, now, effects);
  t.deepEqual(log, ["ask 0 all", "ask 0 all", "ask 0 all"]);
  neighbourDeadline(table, 3000, effects);
  t.deepEqual(log.slice(3), ["lose 1", "lose 2", "lose 3"]);
  t.is(findNeighbour(table, IP), undefined);
  t.is(table.deadline, Number.POSITIVE_INFINITY);
  t.is(table.waiting, 0);
});

test("an old answer is used while its station is asked, and forgotten when it stays silent", (t) => {
  const { table, log, effects } = scene();
  learnNeighbour(table, 0, IP, MAC, true, effects);
  t.is(resolveNeighbour(table, 59_999, IP, effects), MAC);
  t.deepEqual(log, []);
  t.is(resolveNeighbour(table, 60_000, IP, effects), MAC);
  t.is(resolveNeighbour(table, 60_500, IP, effects), MAC);
  t.deepEqual(log, [`ask 0 ${MAC}`]);
  neighbourDeadline(table, 61_000, effects);
  neighbourDeadline(table, 62_000, effects);
  neighbourDeadline(table, 63_000, effects);
  t.is(findNeighbour(table, IP), undefined);
  t.is(resolveNeighbour(table, 64_000, IP, effects), 0);
});

test("unasked news of strangers is dropped; a claim to a known address makes its station be asked", (t) => {
  const { table, log, effects } = scene();
  const says = (now: number, mac: number, create = false) =>
    learnNeighbour(table, now, IP, mac, create, effects);
  t.is(says(0, MAC), "unknown");
  t.is(says(0, MAC, true), "known");
  // Spoofed by replies and requests: the known station is asked, once a second at most, and used all the time.
  for (let now = 0; now < 900; now += 100) t.is(says(now, MAC + 1, now % 200 === 0), "contested");
  t.deepEqual(log, [`ask 0 ${MAC}`]);
  t.is(resolveNeighbour(table, 900, IP, effects), MAC);
  t.is(says(950, MAC), "known");
  neighbourDeadline(table, 5000, effects);
  t.is(resolveNeighbour(table, 5000, IP, effects), MAC);
  t.is(log.length, 1);
  // The station has really gone: who claims its address gets it once it has not answered.
  t.is(says(6000, MAC + 1), "contested");
  for (const now of [7000, 8000]) {
    neighbourDeadline(table, now, effects);
    t.is(resolveNeighbour(table, now, IP, effects), MAC);
  }
  neighbourDeadline(table, 9000, effects);
  t.is(resolveNeighbour(table, 9000, IP, effects), MAC + 1);
  t.is(says(9000, MAC), "contested");
});

test("a flood of strangers fills the table, never displaces an open question, never grows it", (t) => {
  const { table, log, effects } = scene();
  resolveNeighbour(table, 0, IP, effects);
  holdPacket(table, IP, Uint8Array.of(9));
  for (let host = 1; host < 5000; host++)
    learnNeighbour(table, host, IP + host, MAC, true, effects);
  t.is(table.slots.length, 64);
  t.is(table.slots.filter((slot) => slot.ip !== 0).length, 64);
  t.is("known", learnNeighbour(table, 5000, IP, MAC, false, effects));
  t.is(log.at(-1), `release 9 ${MAC}`);
});

test("a flood of strangers does not take the place of a station in use, and nobody takes it in their wake", (t) => {
  const { table, log, effects } = scene();
  resolveNeighbour(table, 0, IP, effects);
  learnNeighbour(table, 1, IP, MAC, false, effects);
  // Younger than its answer, and later when that is old.
  for (const now of [100, 70_000]) {
    for (let host = 1; host < 5000; host++)
      learnNeighbour(table, now, IP + host, MAC + 1, true, effects);
    t.is(findNeighbour(table, IP)?.mac, MAC);
  }
  t.is(learnNeighbour(table, 70_001, IP, MAC + 1, true, effects), "contested");
  t.is(resolveNeighbour(table, 70_002, IP, effects), MAC);
  t.deepEqual(log, ["ask 0 all", `ask 0 ${MAC}`]);
});

test("questions to thousands who are not there leave the station in use where it is", (t) => {
  const { table, effects } = scene();
  resolveNeighbour(table, 0, IP, effects);
  learnNeighbour(table, 1, IP, MAC, false, effects);
  for (let now = 10; now < 50_000; now += 10) {
    resolveNeighbour(table, now, IP + 1 + (now % 4099), effects);
    neighbourDeadline(table, now, effects);
    if (findNeighbour(table, IP)?.mac !== MAC) return t.fail(`gone at ${now} ms`);
  }
  t.is(resolveNeighbour(table, 50_000, IP, effects), MAC);
});

test("when all slots of an address are questions, its packets are refused", (t) => {
  const { table, effects } = scene();
  for (let host = 0; host < 4096; host++) resolveNeighbour(table, 0, IP + host, effects);
  const stranger = IP + 5000;
  t.is(resolveNeighbour(table, 0, stranger, effects), 0);
  const why = holdPacket(table, stranger, Uint8Array.of(1));
  t.is(why === undefined ? "" : refusalCodes[why], "arp.full");
});

test("forgetting drops what waits, and 32 packets is all that waits", (t) => {
  const { table, log, effects } = scene();
  let held = 0;
  for (let host = 0; host < 16; host++) {
    resolveNeighbour(table, 0, IP + host, effects);
    for (let count = 0; count < 3; count++) {
      if (holdPacket(table, IP + host, Uint8Array.of(1)) === undefined) held++;
    }
  }
  t.is(held, 32);
  forgetNeighbours(table);
  t.is(table.waiting, 0);
  t.false(log.some((line) => line.startsWith("lose")));
  t.true(table.slots.every((slot) => slot.ip === 0 && slot.waiting.length === 0));
});
