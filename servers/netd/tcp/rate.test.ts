// How fast a connection sends: proportional reduction, the end of slow start, pacing, and buffers that fit the path.
import test from "ava";
import fc from "fast-check";
import { createCongestion } from "./congestion.ts";
import { Connection } from "./connection.ts";
import { recordSent } from "./flight.ts";
import { beginReduction, reduceRate } from "./rate-reduction.ts";
import { standardSettings } from "./settings.ts";
import { createSlowStart, growSlowly } from "./slow-start.ts";
import { ESTABLISHED } from "./states.ts";
import { Transfer } from "./testing/transfer.ts";
import { type WireQuality, perfectWire } from "./testing/wire.ts";

const MSS = 1000;
const ends = { localAddress: 1, localPort: 1, remoteAddress: 2, remotePort: 2 };
/** 100 Mbit/s, 50 ms there and back, a queue of one path's worth. */
const long: WireQuality = { ...perfectWire, delay: 25, rate: 12_500, queue: 625_000 };

function recovering(flight: number, threshold: number): Connection {
  const account = { used: 0, limit: 1 << 20 };
  const one = new Connection(1, ESTABLISHED, ends, standardSettings, account, 0);
  one.congestion = createCongestion(MSS);
  one.congestion.threshold = threshold;
  recordSent(one.flight, 0, flight, 0);
  beginReduction(one.reduction, flight);
  return one;
}

test("proportional reduction: 7 segments for 10 delivered, down to the threshold, without a pause", (t) => {
  const one = recovering(100 * MSS, 70 * MSS);
  let sent = 0;
  const sentBy: number[] = [];
  for (let count = 0; count < 100; count++) {
    one.flight.bytes -= MSS;
    reduceRate(one, MSS, false);
    while (one.flight.bytes + MSS <= one.congestion.window) {
      one.flight.bytes += MSS;
      one.reduction.out += MSS;
      sent += 1;
    }
    sentBy.push(sent);
  }
  t.is(one.flight.bytes, 70 * MSS);
  t.true(Math.abs(sentBy[49]! - 35) <= 1, `${sentBy[49]}`);
});

test("after a burst of losses the window grows back to the threshold by what is delivered, never at once", (t) => {
  const one = recovering(100 * MSS, 70 * MSS);
  one.flight.bytes = 20 * MSS;
  one.reduction.out = 1;
  const before = one.flight.bytes;
  reduceRate(one, MSS, true);
  t.true(one.congestion.window <= before + 2 * MSS);
});

test("whatever is delivered: never more than the threshold and one segment beyond the pipe", (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 4, max: 200 }),
      fc.array(fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 3 }), fc.boolean()), { maxLength: 100 }),
      (segments, steps) => {
        const threshold = Math.floor(segments * 0.7) * MSS;
        const one = recovering(segments * MSS, threshold);
        for (const [delivered, lost, progress] of steps) {
          const gone = Math.min(one.flight.bytes, (delivered + lost) * MSS);
          one.flight.bytes -= gone;
          reduceRate(one, delivered * MSS, progress);
          const { window } = one.congestion;
          if (window < one.flight.bytes) return false;
          const most = Math.max(threshold, one.flight.bytes + (delivered + 1) * MSS);
          if (window > most) return false;
          one.reduction.out += window - one.flight.bytes;
          one.flight.bytes = window;
        }
        return true;
      },
    ),
  );
  t.pass();
});

test("slow start: round trips that get longer bring the careful phase and then its end; a false alarm does not", (t) => {
  const state = createCongestion(MSS);
  const start = createSlowStart();
  let sequence = 0;
  let now = 0;
  /** A round of ten segments, far apart. */
  const round = (trip: number) => {
    const end = sequence + 10 * MSS;
    for (; sequence < end; sequence += MSS) {
      now += 5;
      growSlowly(start, state, MSS, now, trip, sequence + MSS, end + 10 * MSS);
    }
  };
  round(40);
  round(40);
  t.is(start.careful, 0);
  round(46);
  t.is(start.careful, 4);
  round(44);
  t.is(start.careful, 0);
  round(60);
  round(60);
  const before = state.window;
  round(60);
  t.is(state.window, before + 2.5 * MSS);
  for (let count = 0; count < 2; count++) round(60);
  t.is(state.threshold, state.window);
});

test("slow start: a train of acknowledgements as long as the path ends it", (t) => {
  const state = createCongestion(MSS);
  const start = createSlowStart();
  start.before = 40;
  for (let now = 0; now < 35; now++) growSlowly(start, state, MSS, now, 40, 0, 1);
  t.is(state.threshold, Number.POSITIVE_INFINITY);
  for (let now = 35; now < 40; now++) growSlowly(start, state, MSS, now, 40, 0, 1);
  t.true(state.threshold < Number.POSITIVE_INFINITY);
});

test("a long fast path is filled without one loss, and its buffers grow to it", (t) => {
  const transfer = new Transfer(1, long, 20 << 20, 0);
  transfer.start();
  t.true(transfer.wire.run(() => transfer.done));
  t.true(transfer.up.sound);
  t.is(transfer.wire.counts.dropped, 0);
  const rate = ((20 << 20) * 8) / (transfer.wire.now - 1000) / 1000;
  // 94.4 Mbit/s are what headers leave; the rest is slow start.
  t.true(rate > 78, `${rate} Mbit/s`);
  t.true(transfer.active!.outgoing.limit >= 1 << 20);
  t.true(transfer.passive!.incoming.ring.limit >= 1 << 20);
});

test("segments leave spread out: no burst is longer than what a millisecond carries at twice the rate", (t) => {
  const transfer = new Transfer(1, { ...long, queue: 10_000_000 }, 4 << 20, 0);
  let worst = 0;
  let burst = 0;
  let last = 0;
  transfer.wire.filter = (_from, _to, bytes) => {
    if (bytes.length < 1000) return true;
    const one = transfer.active!;
    const { window, segment } = one.congestion;
    burst = transfer.wire.now === last ? burst + bytes.length : bytes.length;
    last = transfer.wire.now;
    if (window > 10 * segment) {
      const most = (2 * window) / one.roundTrip.smoothed + 3 * segment;
      worst = Math.max(worst, burst / most);
    }
    return true;
  };
  transfer.start();
  transfer.wire.run(() => transfer.done);
  t.true(worst > 0.2 && worst <= 1.5, `${worst}`);
});

test("buffers stay small where the path is short, the user slow, or the memory in use", (t) => {
  const near = new Transfer(1, { ...perfectWire, delay: 0.1, rate: 12_500 }, 4 << 20, 0);
  near.start();
  near.wire.run(() => near.done);
  t.is(near.passive!.incoming.ring.limit, standardSettings.receiveLimit);
  const slow = new Transfer(1, long, 4 << 20, 0);
  slow.reading = false;
  slow.start();
  slow.wire.run(() => false, 5000);
  t.is(slow.passive!.incoming.ring.limit, standardSettings.receiveLimit);
  const full = new Transfer(1, long, 4 << 20, 0, { memory: 200_000 });
  full.start();
  full.client.tcp.account.used += 100_001;
  full.server.tcp.account.used += 100_001;
  t.true(full.wire.run(() => full.done));
  t.true(full.up.sound);
  t.is(full.passive!.incoming.ring.limit, standardSettings.receiveLimit);
  t.is(full.active!.outgoing.limit, standardSettings.sendLimit);
});
