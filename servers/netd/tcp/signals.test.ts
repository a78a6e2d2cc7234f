// Signs that are no losses: marked packets (ECN), and timeouts that were wrong.
import test from "ava";
import { tcpSend } from "./calls.ts";
import { ACK, CWR, ECE, SYN } from "./segment.ts";
import { Established } from "./testing/established.ts";
import { CLIENT, Transfer } from "./testing/transfer.ts";
import { perfectWire } from "./testing/wire.ts";

const mss1460 = [2, 4, 5, 180];
const plus = (a: number, n: number) => (a + n) >>> 0;
const flagsOf = (segment: Uint8Array) => segment[13]!;

function sendOf(one: Established, length: number) {
  return tcpSend(one.host.tcp, one.host.turn, one.connection, new Uint8Array(length), 0);
}

test("ECN: where routers mark, nothing is lost, nothing sent twice, and the queue stays short", (t) => {
  const thin = { ...perfectWire, delay: 25, rate: 1250, queue: 60_000 };
  const run = (mark: number, explicit: boolean) => {
    const transfer = new Transfer(1, { ...thin, mark }, 4 << 20, 0, { explicit });
    transfer.start();
    t.true(transfer.wire.run(() => transfer.done));
    t.true(transfer.up.sound);
    return transfer.wire;
  };
  const marked = run(15_000, true);
  t.true(marked.counts.marked > 10);
  t.is(marked.counts.dropped, 0);
  const dropped = run(15_000, false);
  t.true(dropped.counts.dropped > 0);
  t.true(marked.now <= dropped.now * 1.05, `${marked.now} ${dropped.now}`);
});

test("ECN is agreed on by both SYNs, and a SYN that is lost with it goes without", (t) => {
  const transfer = new Transfer(1, perfectWire, 10_000, 0);
  const syns: number[] = [];
  transfer.wire.filter = (source, _to, bytes) => {
    if ((flagsOf(bytes) & SYN) === 0) return true;
    syns.push(flagsOf(bytes));
    return source !== CLIENT || (flagsOf(bytes) & ECE) === 0;
  };
  transfer.start();
  t.true(transfer.wire.run(() => transfer.done));
  t.deepEqual(syns, [SYN | ECE | CWR, SYN, SYN | ACK]);
  t.false(transfer.active!.explicit || transfer.passive!.explicit);
  const agreed = new Transfer(1, perfectWire, 10_000, 0);
  agreed.start();
  agreed.wire.run(() => agreed.done);
  t.true(agreed.active!.explicit && agreed.passive!.explicit);
  for (const explicit of [true, false]) {
    const one = new Established([], { explicit }, 65_535, SYN | ECE | CWR);
    t.is(one.connection.explicit, explicit);
  }
  // Half a request is none.
  for (const flags of [SYN, SYN | ECE, SYN | CWR]) {
    t.false(new Established([], {}, 65_535, flags).connection.explicit);
  }
});

test("a mark is told of until the peer says that it has slowed down", (t) => {
  const one = new Established(mss1460, {}, 65_535, SYN | ECE | CWR);
  const push = (congestion: number, flags = ACK) => {
    const data = new Uint8Array(1460);
    const [answer] = one.send({ data, flags, congestion });
    one.sequence = plus(one.sequence, data.length);
    return (answer!.flags & ECE) !== 0;
  };
  t.deepEqual(
    [push(2), push(3), push(2), push(2, ACK | CWR), push(2)],
    [false, true, true, false, false],
  );
  t.true(push(3, ACK | CWR));
  // A pure acknowledgement is never marked by an honest router.
  const other = new Established(mss1460, {}, 65_535, SYN | ECE | CWR);
  other.send({ congestion: 3 });
  t.false(other.connection.echoCongestion);
});

test("an echo shrinks the window once for what is on its way, and the next new segment says so", (t) => {
  const one = new Established(mss1460, {}, 65_535, SYN | ECE | CWR);
  sendOf(one, 60_000);
  t.is(one.peer.heard().length, 10);
  const { congestion } = one.connection;
  const { window } = congestion;
  one.expected = plus(one.expected, 1460);
  one.send({ flags: ACK | ECE });
  t.is(congestion.window, window * 0.85);
  const small = congestion.window;
  let told: number[] = [];
  for (let count = 0; count < 9; count++) {
    one.expected = plus(one.expected, 1460);
    told = told.concat(one.send({ flags: ACK | ECE }).map(({ flags }) => flags & CWR));
  }
  t.true(congestion.window >= small);
  t.is(told.filter((each) => each !== 0).length, 1);
  t.is(told[0], CWR);
  // What was sent after the first echo is acknowledged with another one: once more.
  one.expected = one.connection.nextSequence;
  one.send({ flags: ACK | ECE });
  t.true(congestion.window < small);
});

test("without agreement the flags mean nothing", (t) => {
  const one = new Established(mss1460);
  sendOf(one, 20_000);
  const { window } = one.connection.congestion;
  one.expected = plus(one.expected, 1460);
  one.send({ flags: ACK | ECE, data: new Uint8Array(100), congestion: 3 });
  t.true(one.connection.congestion.window > window);
  t.false(one.connection.echoCongestion);
});

/** Ten segments are out, with more to send, and the timer has fired: the first is out again. */
function timedOut() {
  const one = new Established(mss1460);
  sendOf(one, 60_000);
  const first = one.expected;
  t10(one.peer.heard().length);
  const before = { ...one.connection.congestion };
  one.peer.wire.run(() => one.connection.roundTrip.backOff > 0, 5000);
  const again = one.peer.heard().filter(({ data }) => data.length > 0);
  return { one, first, before, again };
}

function t10(count: number): void {
  if (count !== 10) throw new Error(`${count} segments, not 10`);
}

test("F-RTO: the path was slow: two new segments, then the window is back and nothing else is sent again", (t) => {
  const { one, first, before, again } = timedOut();
  t.is(again.length, 1);
  t.is(again[0]!.sequence, first);
  one.expected = plus(first, 1460);
  const next = one.send({});
  t.deepEqual(
    next.map(({ sequence }) => sequence),
    [plus(first, 14_600), plus(first, 16_060)],
  );
  one.expected = plus(first, 2920);
  one.send({});
  const { congestion, flight } = one.connection;
  t.true(congestion.window >= before.window);
  t.is(congestion.threshold, before.threshold);
  t.false(one.connection.recovering);
  t.is(flight.lostCount, 0);
  t.is(one.connection.roundTrip.backOff, 0);
});

test("F-RTO: a real loss: a duplicate after the new segments, and the rest goes out again", (t) => {
  const { one, first } = timedOut();
  one.expected = plus(first, 1460);
  t.is(one.send({}).length, 2);
  const again = one.send({});
  t.is(again[0]?.sequence, one.expected);
  t.true(one.connection.recovering && one.connection.afterTimeout);
});

test("F-RTO: the first acknowledgement covers all, or is a duplicate: the timeout stands", (t) => {
  for (const bytes of [0, 14_600]) {
    const { one, first, before } = timedOut();
    one.expected = plus(first, bytes);
    one.send({});
    t.is(one.connection.doubt.phase, 0);
    t.true(one.connection.congestion.threshold < before.threshold);
  }
});

test("the echo of a timestamp tells at once that a timeout was wrong", (t) => {
  const transfer = new Transfer(
    1,
    { ...perfectWire, delay: 20, rate: 5000, queue: 500_000 },
    2 << 20,
    0,
  );
  transfer.start();
  transfer.wire.run(() => (transfer.active?.congestion.window ?? 0) > 100_000);
  const one = transfer.active!;
  const { threshold } = one.congestion;
  let again = 0;
  let highest = one.nextSequence;
  transfer.wire.filter = (source, _to, bytes) => {
    if (source !== CLIENT || bytes.length < 500) return true;
    const sequence = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4);
    if (((sequence - highest) | 0) < 0) again += 1;
    else highest = sequence;
    return true;
  };
  // All packets take half a second longer from now on, for a while.
  transfer.wire.quality = { ...transfer.wire.quality, delay: 520 };
  const timedOutOnce = transfer.wire.run(() => one.roundTrip.backOff > 0, 2000);
  t.true(timedOutOnce);
  transfer.wire.run(() => one.roundTrip.backOff === 0, 5000);
  t.is(one.congestion.threshold, threshold);
  t.true(again <= 4, `${again} segments were sent again`);
  transfer.wire.quality = { ...transfer.wire.quality, delay: 20 };
  t.true(transfer.wire.run(() => transfer.done));
  t.true(transfer.up.sound);
});
