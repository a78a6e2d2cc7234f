// Segments that somebody off the path, or a peer that lies, could send (RFC 5961): nothing breaks, and answers are few.
import test from "ava";
import fc from "fast-check";
import { tcpReceive, tcpSend } from "./calls.ts";
import { ACK, FIN, PSH, RST, SYN } from "./segment.ts";
import { states } from "./states.ts";
import { Established, OWN_PORT, PEER_PORT, PEER_START, stamp } from "./testing/established.ts";
import { RawPeer } from "./testing/raw-segment.ts";

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const plus = (a: number, n: number) => (a + n) >>> 0;
const sack = [1, 1, 4, 2];

test("a blind reset: only the exact number counts, one in the window is challenged, one outside is nothing", (t) => {
  const one = new Established();
  const { connection, sequence } = one;
  t.deepEqual(one.send({ flags: RST, sequence: plus(sequence, 70_000_000) }), []);
  const [challenge] = one.send({ flags: RST, sequence: plus(sequence, 1000) });
  t.like(challenge, { flags: ACK, acknowledgment: sequence });
  t.is(connection.outcome, "");
  one.send({ flags: RST, sequence });
  t.is(connection.outcome, "reset");
  t.is(one.host.tcp.connections.length, 0);
});

test("a blind SYN is challenged, wherever it lies", (t) => {
  const one = new Established();
  for (const ahead of [0, 1000, -1000, 70_000_000]) {
    const answers = one.send({ flags: SYN, sequence: plus(one.sequence, ahead) });
    t.like(answers[0], { flags: ACK, acknowledgment: one.sequence });
    t.is(answers.length, 1);
  }
  t.is(states[one.connection.state]!.name, "ESTABLISHED");
});

test("an acknowledgement of what was never sent, or long ago, is challenged, and its data is not taken", (t) => {
  const one = new Established();
  tcpSend(one.host.tcp, one.host.turn, one.connection, bytes("sent"), 0);
  one.peer.heard();
  const { unacknowledged } = one.connection;
  for (const ahead of [5, 1000, 0x7fffffff, -70_000, -0x7fffffff]) {
    const acknowledgment = plus(one.expected, ahead);
    const answers = one.send({ acknowledgment, data: bytes("x") });
    t.is(answers.length, 1);
    t.is(answers[0]?.acknowledgment, one.sequence);
  }
  t.is(one.connection.unacknowledged, unacknowledged);
  t.is(one.connection.incoming.ring.length, 0);
  one.send({ acknowledgment: plus(one.expected, 4) });
  t.is(one.connection.unacknowledged, plus(unacknowledged, 4));
});

test("challenges are limited: a thousand forged segments get ten answers, and more only with time", (t) => {
  const one = new Established();
  let answers = 0;
  for (let count = 0; count < 1000; count++) answers += one.send({ flags: SYN }).length;
  t.is(answers, 10);
  one.peer.pass(1000);
  for (let count = 0; count < 1000; count++) answers += one.send({ flags: SYN }).length;
  t.is(answers, 20);
});

test("land, xmas and null segments: no effect on a connection, at most one answer each", (t) => {
  const one = new Established();
  for (const flags of [0, FIN | PSH | 32, FIN, 0x3f, SYN | FIN, SYN | RST]) {
    t.deepEqual(one.send({ flags }), []);
  }
  const land = {
    sourcePort: OWN_PORT,
    destinationPort: OWN_PORT,
    flags: SYN,
    sequence: 1,
  };
  t.is(one.peer.send(land).length, 1);
  t.is(states[one.connection.state]!.name, "ESTABLISHED");
});

test("an answer to our SYN with a wrong number is reset, and a reset without ACK is nothing", (t) => {
  const peer = new RawPeer();
  const ports = { sourcePort: PEER_PORT, destinationPort: OWN_PORT };
  t.like(peer.send({ ...ports, flags: ACK, acknowledgment: 77 })[0], { flags: RST, sequence: 77 });
  t.like(peer.send({ ...ports, flags: SYN, sequence: 5 })[0], {
    flags: RST | ACK,
    acknowledgment: 6,
  });
  t.deepEqual(peer.send({ ...ports, flags: RST }), []);
});

test("PAWS: an old timestamp is refused with an acknowledgement, a missing one as well; resets are exempt", (t) => {
  const one = new Established(stamp(1, 0));
  const echo = one.connection.timestampOffset;
  t.true(one.connection.timestamps);
  one.send({ options: stamp(2000, echo), data: bytes("ab") });
  one.sequence = plus(one.sequence, 2);
  const old = one.send({ options: stamp(1999, echo), data: bytes("cd") });
  t.is(old.at(-1)?.acknowledgment, one.sequence);
  one.send({ data: bytes("ef") });
  t.is(one.connection.incoming.ring.length, 2);
  one.send({ options: stamp(2000, echo), data: bytes("gh") });
  t.is(one.connection.incoming.ring.length, 4);
  one.send({ flags: RST, sequence: plus(one.sequence, 2) });
  t.is(one.connection.outcome, "reset");
});

test("SACK blocks that lie mark nothing that was not sent", (t) => {
  const one = new Established(sack);
  tcpSend(one.host.tcp, one.host.turn, one.connection, new Uint8Array(3000), 0);
  one.peer.heard();
  const { flight } = one.connection;
  const word = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
  const blocks = (...ends: [number, number][]) => [
    1,
    1,
    5,
    2 + 8 * ends.length,
    ...ends.flatMap(([left, right]) => [
      ...word(plus(one.expected, left)),
      ...word(plus(one.expected, right)),
    ]),
  ];
  one.send({ options: blocks([0, 1_000_000], [500, 500], [700, 100], [-5000, 3000]) });
  t.is(flight.sackedCount, 0);
  one.send({ options: blocks([536, 1072]) });
  t.is(flight.sackedCount, 1);
});

test("bytes behind the peer's end are not taken, a second end neither", (t) => {
  const one = new Established();
  one.send({ sequence: plus(one.sequence, 2), flags: ACK | FIN, data: bytes("cd") });
  one.send({ sequence: plus(one.sequence, 4), data: bytes("beyond") });
  one.send({ sequence: plus(one.sequence, 6), flags: ACK | FIN });
  one.send({ data: bytes("ab") });
  const got = tcpReceive(one.host.tcp, one.host.turn, one.connection, 100);
  t.is(String.fromCharCode(...got), "abcd");
  t.true(one.connection.peerFinished);
  t.is(states[one.connection.state]!.name, "CLOSE-WAIT");
});

test("any segments in any order: bounded memory, no throw, sound numbers", (t) => {
  const near = fc.oneof(
    fc.integer({ min: -3000, max: 3000 }),
    fc.integer({ min: -0x80000000, max: 0x7fffffff }),
  );
  const segment = fc.record({
    ahead: near,
    acked: near,
    flags: fc.nat({ max: 0x3f }),
    window: fc.nat({ max: 65_535 }),
    length: fc.nat({ max: 600 }),
    wait: fc.oneof(fc.constant(0), fc.nat({ max: 3000 })),
    syn: fc.boolean(),
    act: fc.nat({ max: 5 }),
  });
  fc.assert(
    fc.property(
      fc.array(segment, { maxLength: 40 }),
      fc.constantFrom([], sack, [...sack, ...stamp(1, 0)]),
      (steps, options) => {
        const one = new Established(options);
        const { tcp } = one.host;
        for (const step of steps) {
          const { incoming } = one.connection;
          const base = incoming.next;
          const heard = one.send({
            sequence: plus(step.syn ? PEER_START : base, step.ahead),
            acknowledgment: plus(one.connection.unacknowledged, step.acked),
            flags: step.flags,
            window: step.window,
            data: new Uint8Array(step.length),
            options: options.length > 4 ? stamp(step.wait, 0) : [],
          });
          if (step.act === 1) tcpSend(tcp, one.host.turn, one.connection, new Uint8Array(900), 0);
          if (step.act === 2) tcpReceive(tcp, one.host.turn, one.connection, 500);
          if (step.wait > 0) one.peer.pass(step.wait);
          // Data may open the way for what waited, but no segment makes a storm.
          if (heard.length > 12) return false;
          if (tcp.connections.length > 2 || tcp.account.used > 1 << 19) return false;
          const { flight, unacknowledged, nextSequence } = one.connection;
          if (flight.bytes < 0 || ((nextSequence - unacknowledged) | 0) < 0) return false;
        }
        return true;
      },
    ),
    { numRuns: process.env.LEIVOS_CAMPAIGN === "soak" ? 20_000 : 400 },
  );
  t.pass();
});
