// Paths that swallow long packets without a word: transfers get through, and find the size that the path takes.
import test from "ava";
import { CLIENT, Transfer } from "./testing/transfer.ts";
import { perfectWire } from "./testing/wire.ts";

/** A transfer of 2 MB over a wire that loses packets above `limit` bytes. */
function swallowed(limit: () => number, loss = 0) {
  const quality = { ...perfectWire, delay: 20, rate: 12_500, queue: 400_000, loss };
  const transfer = new Transfer(5, quality, 2 << 20, 0);
  const swallowed = { count: 0 };
  transfer.wire.filter = (_from, _to, bytes) => {
    if (bytes.length + 20 <= limit()) return true;
    swallowed.count += 1;
    return false;
  };
  return { transfer, swallowed };
}

test("a black hole: after two timeouts packets get shorter, and then grow to what the path takes", (t) => {
  const { transfer, swallowed: lost } = swallowed(() => 1420);
  transfer.start();
  // Two timeouts, of a second and more.
  t.true(transfer.wire.run(() => transfer.active?.packetSize === 1280, 10_000));
  t.true(transfer.wire.run(() => transfer.done));
  t.true(transfer.up.sound);
  // The first window, and what was probed.
  t.true(lost.count < 40, `${lost.count}`);
});

test("the search: from 1,280 to what the path takes, within 32 bytes, and no window shrinks", (t) => {
  const { transfer } = swallowed(() => 1420);
  const sizes: number[] = [];
  transfer.start();
  transfer.wire.run(
    () => (transfer.active?.unacknowledged ?? 0) !== transfer.active?.initialSequence,
  );
  transfer.wire.run(() => transfer.active?.packetSize === 1280);
  const one = transfer.active!;
  transfer.wire.run(() => !one.recovering);
  const { threshold } = one.congestion;
  one.probeAt = 0;
  transfer.wire.run(() => {
    if (one.packetSize !== sizes.at(-1)) sizes.push(one.packetSize);
    return one.probeAt > transfer.wire.now + 100_000 || transfer.done;
  });
  t.true(one.packetSize <= 1420 && one.packetSize > 1420 - 33, `${sizes}`);
  t.is(one.congestion.threshold, threshold);
  t.is(one.roundTrip.backOff, 0);
});

test("an outage is no black hole for long: packets have their full length again soon", (t) => {
  let out = false;
  const { transfer } = swallowed(() => (out ? 0 : 1500));
  transfer.start();
  transfer.wire.run(() => false, 60);
  out = true;
  transfer.wire.run(() => false, 4_000);
  out = false;
  transfer.wire.run(() => transfer.active!.packetSize < 1500);
  t.true(transfer.active!.packetSize < 1500);
  transfer.active!.probeAt = 0;
  t.true(transfer.wire.run(() => transfer.active!.packetSize === 1500, 20_000));
  t.true(transfer.wire.run(() => transfer.done));
  t.true(transfer.up.sound);
});

test("a probe that is lost by chance among others: bytes whole, the search goes on later", (t) => {
  for (let seed = 1; seed <= 6; seed++) {
    const quality = { ...perfectWire, delay: 10, loss: 0.05, reorder: 0.05, late: 30 };
    const transfer = new Transfer(seed, quality, 500_000, 0);
    transfer.client.mtu = 1400;
    transfer.start();
    transfer.wire.run(() => transfer.active!.state === 3);
    const one = transfer.active!;
    one.mostPacket = 1500;
    one.probeMost = 1500;
    t.true(transfer.wire.run(() => transfer.done));
    t.true(transfer.up.sound);
    t.true(one.packetSize >= 1400 && one.packetSize <= 1500);
  }
});

test("what the interface takes is what is asked for and sent", (t) => {
  const transfer = new Transfer(1, perfectWire, 200_000, 200_000);
  transfer.client.mtu = 900;
  let longest = 0;
  transfer.wire.filter = (_from, _to, bytes) => {
    longest = Math.max(longest, bytes.length + 20);
    return true;
  };
  transfer.start();
  t.true(transfer.wire.run(() => transfer.done));
  t.is(longest, 900);
  t.is(CLIENT, transfer.active!.localAddress);
});
