// Windows that close, silly ones, delayed acknowledgements, Nagle, keep-alive, and patience that ends.
import test from "ava";
import { tcpReceive, tcpSend } from "./calls.ts";
import { currentTimeout } from "./round-trip.ts";
import { ACK } from "./segment.ts";
import { setKeepAlive } from "./timers.ts";
import { Established } from "./testing/established.ts";
import { Transfer } from "./testing/transfer.ts";
import { perfectWire } from "./testing/wire.ts";

const plus = (a: number, n: number) => (a + n) >>> 0;
const mss1460 = [2, 4, 5, 180];

function sendOf(one: Established, length: number) {
  return tcpSend(one.host.tcp, one.host.turn, one.connection, new Uint8Array(length), 0);
}

test("nobody reads for ten minutes: the window closes, probes keep it alive, and no byte is lost", (t) => {
  const transfer = new Transfer(1, { ...perfectWire, delay: 10, loss: 0.05 }, 1 << 20, 0);
  transfer.reading = false;
  transfer.start();
  // What the window field's scale rounds off is filled byte by byte.
  transfer.wire.run(() => false, 60_000);
  const sent = transfer.wire.counts.sent;
  t.is(transfer.active?.sendWindow, 0);
  t.true((transfer.passive?.incoming.ring.length ?? 0) >= (128 << 10) - 1500);
  transfer.wire.run(() => false, 600_000);
  t.is(transfer.active?.outcome, "");
  t.true(transfer.wire.counts.sent - sent < 80, `${transfer.wire.counts.sent - sent} probes`);
  transfer.readAll();
  t.true(transfer.wire.run(() => transfer.done));
  t.true(transfer.up.sound);
});

test("both windows full at once: each side's reading sets it free again", (t) => {
  const transfer = new Transfer(2, perfectWire, 1 << 20, 1 << 20);
  transfer.reading = false;
  transfer.start();
  transfer.wire.run(() => false, 120_000);
  t.is(transfer.active?.sendWindow, 0);
  t.is(transfer.passive?.sendWindow, 0);
  transfer.readAll();
  t.true(transfer.wire.run(() => transfer.done));
  t.true(transfer.up.sound && transfer.down.sound);
});

test("a closed window whose peer is gone ends at the user's patience", (t) => {
  const one = new Established(mss1460, {}, 1000);
  sendOf(one, 5000);
  one.expected = plus(one.expected, 1000);
  one.send({ window: 0 });
  one.peer.pass(90_000);
  t.is(one.connection.outcome, "");
  one.peer.pass(12_000);
  t.is(one.connection.outcome, "timed-out");
  t.is(one.host.tcp.account.used, 0);
});

test("a probe has no byte, one number too early, and backs off to 15 s", (t) => {
  const one = new Established(mss1460, { userTimeout: 1e9 }, 1000);
  sendOf(one, 5000);
  one.expected = plus(one.expected, 1000);
  one.send({ window: 0 });
  one.peer.heard();
  const gaps: number[] = [];
  let last = one.peer.wire.now;
  for (let count = 0; count < 12; count++) {
    const { wire } = one.peer;
    const before = one.connection.windowProbes;
    wire.run(() => one.connection.windowProbes > before, 100_000);
    gaps.push(wire.now - last);
    last = wire.now;
    const probe = one.peer.heard().at(-1);
    t.is(probe?.data.length, 0);
    t.is(probe?.sequence, plus(one.expected, -1));
  }
  t.true(gaps.every((gap, index) => index === 0 || gap >= gaps[index - 1]! - 1));
  t.is(gaps.at(-1), 15_000);
  t.is(
    one.send({ window: 4000 }).reduce((sum, each) => sum + each.data.length, 0),
    2920,
  );
});

test("a receiver never offers a silly window, nor shrinks one", (t) => {
  const one = new Established(mss1460, { receiveLimit: 8192 });
  let edge = 0;
  let offered: number[] = [];
  for (let count = 0; count < 200; count++) {
    const room = ((one.connection.windowEdge - one.sequence) | 0) > 100;
    const answers = room ? one.send({ data: new Uint8Array(100) }) : [];
    if (room) one.sequence = plus(one.sequence, 100);
    answers.push(...one.peer.pass(50));
    tcpReceive(one.host.tcp, one.host.turn, one.connection, 60);
    answers.push(...one.peer.heard());
    for (const { acknowledgment, window } of answers) {
      const now = (plus(acknowledgment, window) - one.connection.peerInitialSequence) >>> 0;
      t.true(now >= edge);
      if (now > edge && edge > 0) offered.push(now - edge);
      edge = now;
    }
  }
  offered = offered.slice(1);
  t.true(offered.length > 0 && offered.every((step) => step >= 1460), `${offered}`);
});

test("a window that the field cannot show is not announced again and again", (t) => {
  // Without window scaling 64 KiB are all that can be said, whatever the buffer holds.
  const one = new Established(mss1460, { receiveLimit: 256 << 10 });
  const data = new Uint8Array(1460);
  let last = "";
  for (let count = 0; count < 400; count++) {
    const answers = one.send({ data });
    one.sequence = plus(one.sequence, data.length);
    tcpReceive(one.host.tcp, one.host.turn, one.connection, 1 << 20);
    answers.push(...one.peer.heard());
    for (const { acknowledgment, window } of answers) {
      const said = `${acknowledgment} ${window}`;
      t.not(said, last);
      last = said;
    }
    const { windowEdge, incoming } = one.connection;
    t.true(((windowEdge - incoming.next) | 0) <= 65_535);
  }
});

test("memory for next to nothing: every transfer still comes to its end", (t) => {
  for (const memory of [0, 8192, 50_000]) {
    const transfer = new Transfer(3, { ...perfectWire, delay: 2 }, 200_000, 200_000, { memory });
    transfer.start();
    t.true(transfer.wire.run(() => transfer.done));
    t.true(transfer.up.sound && transfer.down.sound);
    transfer.wire.run(() => transfer.clean);
    t.true(transfer.clean);
  }
});

test("a connection that is idle after a burst gives its memory back", (t) => {
  const one = new Established(mss1460);
  const { account } = one.host.tcp;
  for (let count = 0; count < 40; count++) {
    one.send({ data: new Uint8Array(1460) });
    one.sequence = plus(one.sequence, 1460);
  }
  sendOf(one, 100_000);
  t.true(account.used >= 58_400 + 100_000);
  t.is(tcpReceive(one.host.tcp, one.host.turn, one.connection, 99_999).length, 58_400);
  for (let count = 0; count < 100 && one.connection.outgoing.length > 0; count++) {
    one.expected = one.connection.nextSequence;
    one.send({});
  }
  t.is(account.used, 0);
});

test("a sender waits for a full segment or an empty wire (Nagle), unless told not to", (t) => {
  const one = new Established(mss1460);
  const lengths = () => one.peer.heard().map((each) => each.data.length);
  sendOf(one, 10);
  t.deepEqual(lengths(), [10]);
  sendOf(one, 10);
  sendOf(one, 10);
  t.deepEqual(lengths(), []);
  sendOf(one, 1500);
  t.deepEqual(lengths(), [1460]);
  one.expected = plus(one.expected, 1470);
  t.deepEqual(
    one.send({}).map((each) => each.data.length),
    [60],
  );
  one.connection.noDelay = true;
  sendOf(one, 5);
  t.deepEqual(lengths(), [5]);
});

test("after the first segments every second one is acknowledged, and a lone one within 40 ms", (t) => {
  const one = new Established(mss1460);
  const data = new Uint8Array(1460);
  const push = () => {
    const answers = one.send({ data });
    one.sequence = plus(one.sequence, data.length);
    tcpReceive(one.host.tcp, one.host.turn, one.connection, 9999);
    return answers.length + one.peer.heard().length;
  };
  for (let count = 0; count < 16; count++) t.is(push(), 1);
  t.deepEqual([push(), push(), push(), push()], [0, 1, 0, 1]);
  t.is(push(), 0);
  t.is(one.peer.pass(39).length, 0);
  t.is(one.peer.pass(2).length, 1);
});

test("three duplicates bring the lost segment at once, without SACK", (t) => {
  const one = new Established(mss1460);
  sendOf(one, 14_600);
  const first = one.expected;
  t.is(one.peer.heard().length, 10);
  t.is(one.send({}).length + one.send({}).length, 0);
  const [again] = one.send({});
  t.is(again?.sequence, first);
  t.is(one.connection.roundTrip.backOff, 0);
  // A partial acknowledgement: the next hole goes out as well.
  one.expected = plus(first, 2920);
  t.is(one.send({})[0]?.sequence, one.expected);
  one.expected = plus(first, 14_600);
  one.send({});
  t.false(one.connection.recovering);
  t.is(one.connection.flight.segments.length, 0);
});

test("the retransmission timer doubles, and a clock that jumps back is no harm", (t) => {
  const one = new Established(mss1460);
  one.peer.wire.now += 100;
  sendOf(one, 100);
  one.peer.heard();
  one.peer.pass(30_000);
  t.true(one.connection.roundTrip.backOff >= 5);
  const timeout = currentTimeout(one.connection.roundTrip);
  t.true(timeout > 5_000 && timeout <= 60_000);
  one.peer.wire.now -= 20_000;
  one.expected = plus(one.expected, 100);
  one.send({});
  t.is(one.connection.flight.segments.length, 0);
  sendOf(one, 100);
  t.is(one.peer.heard().length, 1);
});

test("keep-alive: a silent peer is asked, one that answers lives, one that does not is given up", (t) => {
  const one = new Established(mss1460);
  setKeepAlive(one.host.tcp, one.connection, 60_000, one.peer.wire.now);
  for (let count = 0; count < 5; count++) {
    const probes = one.peer.pass(61_000);
    t.is(probes.length, 1);
    t.is(probes[0]?.sequence, plus(one.expected, -1));
    one.send({ flags: ACK });
  }
  const probes = one.peer.pass(60_000 + 10 * 75_000);
  t.is(probes.filter((each) => each.flags === ACK).length, 9);
  t.is(one.connection.outcome, "timed-out");
});
