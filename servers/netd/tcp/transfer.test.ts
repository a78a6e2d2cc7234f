// Whole transfers over bad wires: every byte arrives once and in order, and nothing is left behind.
import test from "ava";
import { Transfer } from "./testing/transfer.ts";
import { type WireQuality, perfectWire } from "./testing/wire.ts";

const soak = process.env.LEIVOS_CAMPAIGN === "soak";
const firstSeed = Number(process.env.LEIVOS_SEED ?? 1);
const seeds = soak ? 200 : 4;
const size = 1 << 20;

const wires: { readonly [name: string]: WireQuality } = {
  perfect: perfectWire,
  "2 % loss": { ...perfectWire, delay: 25, loss: 0.02 },
  "10 % loss": { ...perfectWire, delay: 5, loss: 0.1 },
  "thin with a short queue": { ...perfectWire, delay: 25, rate: 1250, queue: 30_000 },
  "thin and lossy": { ...perfectWire, delay: 25, rate: 12_500, queue: 300_000, loss: 0.01 },
  "everything out of order": { ...perfectWire, delay: 10, reorder: 0.9, late: 100 },
  duplicates: { ...perfectWire, delay: 10, duplicate: 0.5 },
  "corrupt bits": { ...perfectWire, delay: 10, corrupt: 0.05 },
  "all at once": {
    delay: 20,
    loss: 0.05,
    duplicate: 0.05,
    corrupt: 0.02,
    reorder: 0.2,
    late: 60,
    rate: 5000,
    queue: 100_000,
    mark: 0,
  },
};

for (const [name, quality] of Object.entries(wires)) {
  test(`1 MB, and some of it back: ${name}`, (t) => {
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      const congestion = seed % 2 === 0 ? "cubic" : "new-reno";
      const back = seed % 3 === 0 ? size : seed * 1000;
      const transfer = new Transfer(seed, quality, size, back, { congestion });
      // Half of the runs in packets that are cut into frames on their way out.
      const long = (seed & 2) !== 0;
      if (long) transfer.client.longest = transfer.server.longest = 2 + ((seed * 7) % 31);
      transfer.start();
      t.true(
        transfer.wire.run(() => transfer.done),
        `seed ${seed} did not end`,
      );
      // Where the windows stay small there may be none.
      if (!long || name === "perfect") t.is(transfer.client.cut > 0, long, `seed ${seed}`);
      t.true(transfer.up.sound && transfer.down.sound, `seed ${seed}: other bytes`);
      transfer.wire.run(() => transfer.clean);
      t.true(transfer.clean, `seed ${seed} left something behind`);
    }
  });
}

test("the same seed gives the same run, segment by segment", (t) => {
  const run = (seed: number) => {
    const transfer = new Transfer(seed, wires["all at once"]!, 200_000, 100_000);
    const trace: string[] = [];
    transfer.wire.filter = (source, _to, bytes) => {
      trace.push(`${transfer.wire.now} ${source} ${bytes.length}`);
      return true;
    };
    transfer.start();
    transfer.wire.run(() => transfer.done);
    return trace;
  };
  t.deepEqual(run(7), run(7));
  t.notDeepEqual(run(7), run(8));
});

test("a lost packet of a long flow costs no timeout: the thin wire is kept busy", (t) => {
  const quality = { ...perfectWire, delay: 25, rate: 1250, queue: 60_000 };
  const transfer = new Transfer(1, quality, size, 0);
  let data = 0;
  let timeouts = 0;
  transfer.wire.filter = (_from, _to, bytes) => {
    timeouts += transfer.active?.roundTrip.backOff ?? 0;
    return bytes.length < 1000 || data++ !== 150;
  };
  transfer.start();
  transfer.wire.run(() => transfer.done);
  t.true(transfer.up.sound);
  t.is(timeouts, 0);
  // 1 MB at 1,250 bytes a millisecond are 860 ms of virtual time; slow start and the loss take the rest.
  t.true(transfer.wire.now - 1000 < 1300, `${transfer.wire.now - 1000} ms`);
});

test("reordering by thousands of packets: late ones come behind all that followed", (t) => {
  const quality = { ...perfectWire, delay: 5, reorder: 0.02, late: 5000 };
  const transfer = new Transfer(3, quality, 4 * size, 0);
  transfer.start();
  t.true(transfer.wire.run(() => transfer.done));
  t.true(transfer.up.sound);
  t.true(transfer.wire.counts.reordered > 50);
});
