// Fragments: put together whatever their order, refused when they contradict each other, bounded when they never end.
import test from "ava";
import fc from "fast-check";
import { deadlinePassed, nextDeadline } from "./deadlines.ts";
import { ethernetFrame, icmpMessage, join, plainChecksum, udpDatagram } from "./testing/frames.ts";
import { type Host, SERVER_IP, SERVER_MAC, arrive, boundHost, refused } from "./testing/host.ts";
import { openUdp, sendUdp } from "./udp-operation.ts";
import { type UdpSocket, dequeue } from "./udp-sockets.ts";

const OWN_IP = 0x0a00020f;
const OWN_MAC = 0x525400123456;

interface Piece {
  at: number;
  bytes: Uint8Array;
  more: boolean;
  id?: number;
  source?: number;
  protocol?: number;
  options?: number[];
  service?: number;
}

const word = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];

/** A frame with one fragment, its header's checksum right. */
function fragment(piece: Piece): Uint8Array {
  const { at, bytes, more, id = 7, source = SERVER_IP, protocol = 17, options = [] } = piece;
  const length = 20 + options.length + bytes.length;
  const fields = (at >> 3) | (more ? 0x2000 : 0);
  const header = join(
    [0x45 + options.length / 4, piece.service ?? 0, length >> 8, length & 255],
    [id >> 8, id & 255, fields >> 8, fields & 255, 64, protocol, 0, 0],
    word(source),
    word(OWN_IP),
    options,
  );
  const sum = plainChecksum(header);
  header[10] = sum >> 8;
  header[11] = sum & 255;
  return ethernetFrame(OWN_MAC, SERVER_MAC, 0x0800, join(header, bytes));
}

function cut(payload: Uint8Array, size: number, rest: Partial<Piece> = {}): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < payload.length; at += size) {
    const bytes = payload.slice(at, at + size);
    pieces.push({ at, bytes, more: at + size < payload.length, ...rest });
  }
  return pieces;
}

function opened(host: Host): UdpSocket {
  const socket = openUdp(host.stack, host.turn, { address: 0, port: 7000, broadcast: false });
  if (typeof socket === "string") throw new Error(socket);
  return socket;
}

const numbered = (length: number) => Uint8Array.from({ length }, (_, index) => index * 7 + 3);
const datagram = (data: Uint8Array) => udpDatagram(SERVER_IP, OWN_IP, 5000, 7000, data);
const waiting = ({ stack: { fragments } }: Host) => fragments.packets.length;

test("fragments in any order, some twice, with options in the first: one datagram", (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3000 }),
      fc.integer({ min: 1, max: 60 }),
      fc.infiniteStream(fc.nat()),
      (length, words, order) => {
        const host = boundHost();
        const socket = opened(host);
        const data = numbered(length);
        const pieces = cut(datagram(data), Math.max(words * 8, 32));
        pieces[0]!.options = [1, 1, 1, 0];
        if (pieces.length === 1) return true;
        const sent = pieces.flatMap((piece) =>
          order.next().value % 5 === 0 ? [piece, piece] : [piece],
        );
        while (sent.length > 0) {
          const [piece] = sent.splice(order.next().value % sent.length, 1);
          arrive(host, fragment(piece!));
        }
        const got = dequeue(socket);
        // A copy that comes behind the whole packet begins another one, which ends by its time.
        host.turn.now += 30_000;
        deadlinePassed(host.stack, host.turn);
        return (
          got !== undefined &&
          Buffer.compare(got.data, data) === 0 &&
          waiting(host) === 0 &&
          host.stack.fragments.bytes === 0
        );
      },
    ),
    { numRuns: 200 },
  );
  t.pass();
});

test("65,507 bytes of an echo request come back in fragments", (t) => {
  const host = boundHost();
  const echo = icmpMessage(8, 0, 0xbeef0001, numbered(65_507));
  for (const piece of cut(echo, 1480, { protocol: 1 })) arrive(host, fragment(piece));
  // The first packet asks for its neighbour.
  t.is(host.stack.neighbours.waiting, 1);
  const [ask] = host.did.take();
  t.is(ask?.[13], 6);
  const reply = join([0, 1, 8, 0, 6, 4, 0, 2], [0x52, 0x55, 10, 0, 2, 2], word(SERVER_IP));
  const target = [0x52, 0x54, 0, 0x12, 0x34, 0x56];
  arrive(host, ethernetFrame(OWN_MAC, SERVER_MAC, 0x0806, join(reply, target, word(OWN_IP))));
  const frames = host.did.take();
  t.is(frames.length, 45);
  const payload = join(...frames.map((frame) => frame.subarray(34)));
  t.is(payload.length, 65_515);
  t.deepEqual(payload.subarray(8), echo.subarray(8));
  t.is(plainChecksum(payload), 0);
  for (const frame of frames) t.is(plainChecksum(frame.subarray(14, 34)), 0);
  t.is(host.stack.neighbours.waitingBytes, 0);
});

test("teardrop and its kind: pieces that overlap end their packet", (t) => {
  const overlaps: [string, Piece[]][] = [
    [
      "inside the first",
      [
        { at: 0, bytes: numbered(64), more: true },
        { at: 24, bytes: numbered(8), more: true },
      ],
    ],
    [
      "over its end",
      [
        { at: 0, bytes: numbered(64), more: true },
        { at: 56, bytes: numbered(64), more: false },
      ],
    ],
    [
      "over its start",
      [
        { at: 64, bytes: numbered(64), more: true },
        { at: 0, bytes: numbered(72), more: true },
      ],
    ],
    [
      "longer than before",
      [
        { at: 0, bytes: numbered(64), more: true },
        { at: 0, bytes: numbered(72), more: true },
      ],
    ],
    [
      "two ends",
      [
        { at: 64, bytes: numbered(64), more: false },
        { at: 128, bytes: numbered(8), more: false },
      ],
    ],
    [
      "behind the end",
      [
        { at: 64, bytes: numbered(64), more: false },
        { at: 128, bytes: numbered(8), more: true },
      ],
    ],
    [
      "an end before what is there",
      [
        { at: 128, bytes: numbered(64), more: true },
        { at: 64, bytes: numbered(32), more: false },
      ],
    ],
    [
      "once the end, once not",
      [
        { at: 64, bytes: numbered(64), more: false },
        { at: 64, bytes: numbered(64), more: true },
      ],
    ],
  ];
  for (const [name, pieces] of overlaps) {
    const host = boundHost();
    for (const piece of pieces) arrive(host, fragment(piece));
    t.deepEqual(refused(host), ["ipv4.fragment-overlap"], name);
    t.is(waiting(host), 0, name);
    t.is(host.stack.fragments.bytes, 0, name);
  }
});

test("what never becomes whole ends after 30 s, however many pieces follow; its sender is told once", (t) => {
  const host = boundHost();
  for (let at = 0; at < 100; at++) {
    arrive(host, fragment({ at: at * 8, bytes: numbered(8), more: true }));
    host.turn.now += 299;
    deadlinePassed(host.stack, host.turn);
  }
  t.is(waiting(host), 1);
  host.turn.now = nextDeadline(host.stack);
  deadlinePassed(host.stack, host.turn);
  t.is(waiting(host), 0);
  t.deepEqual(refused(host), ["ipv4.fragment-lost"]);
  // The error waits for its neighbour: time exceeded, code 1, with the first eight bytes.
  const held = host.stack.neighbours.slots.flatMap((slot) => slot.waiting);
  t.is(held.length, 1);
  t.deepEqual([...held[0]!.subarray(20, 22)], [11, 1]);
  t.deepEqual(held[0]!.subarray(48), numbered(8));
});

test("a flood of first fragments from everywhere: bounded, and whole packets still come through", (t) => {
  const host = boundHost();
  const socket = opened(host);
  for (let count = 0; count < 5000; count++) {
    const source = 0x0a000300 + (count % 200);
    const id = count & 0xffff;
    arrive(host, fragment({ at: 0, bytes: new Uint8Array(1480), more: true, id, source }));
  }
  const { fragments } = host.stack;
  t.true(fragments.packets.length <= 16);
  t.true(fragments.bytes <= 256 << 10);
  for (const piece of cut(datagram(numbered(3000)), 1480)) arrive(host, fragment(piece));
  t.deepEqual(dequeue(socket)?.data, numbered(3000));
  t.deepEqual(refused(host), [`ipv4.fragment-lost*${5000 - 15}`]);
});

test("one source cannot push out the others", (t) => {
  const host = boundHost();
  const socket = opened(host);
  const pieces = cut(datagram(numbered(3000)), 1480);
  arrive(host, fragment(pieces[0]!));
  for (let id = 100; id < 200; id++) {
    arrive(host, fragment({ at: 8, bytes: numbered(1480), more: true, id, source: 0x0a000309 }));
  }
  t.is(waiting(host), 5);
  for (const piece of pieces.slice(1)) arrive(host, fragment(piece));
  t.deepEqual(dequeue(socket)?.data, numbered(3000));
  // Whole bytes are bounded as well: four packets of 60,000 bytes are too many.
  for (let id = 200; id < 204; id++) {
    for (const piece of cut(new Uint8Array(60_000), 1480, { id, source: 0x0a00030a }).slice(1)) {
      arrive(host, fragment(piece));
    }
  }
  t.true(host.stack.fragments.packets.filter((each) => each.source === 0x0a00030a).length <= 2);
});

test("129 pieces of one packet are too many; a datagram over 4,000 bytes is none for a socket", (t) => {
  const host = boundHost();
  opened(host);
  for (let at = 0; at < 129; at++) {
    arrive(host, fragment({ at: at * 16 + 8, bytes: numbered(8), more: true }));
  }
  t.deepEqual(refused(host), ["ipv4.fragment"]);
  t.is(waiting(host), 0);
  for (const piece of cut(datagram(numbered(4001)), 1480)) arrive(host, fragment(piece));
  t.deepEqual(refused(host), ["ipv4.fragment", "udp.long"]);
});

test("a header with options and 65,520 bytes would be too long a packet", (t) => {
  const host = boundHost();
  for (const piece of cut(new Uint8Array(65_512), 1472, { protocol: 1 })) {
    arrive(host, fragment({ ...piece, options: piece.at === 0 ? [1, 1, 1, 0] : [] }));
  }
  t.deepEqual(refused(host), ["ipv4.fragment"]);
  t.is(host.stack.fragments.bytes, 0);
});

test("congestion on the way of one piece is that of the whole packet", (t) => {
  const host = boundHost();
  const [first, second] = cut(datagram(numbered(2000)), 1480);
  arrive(host, fragment({ ...first!, service: 2 }));
  arrive(host, fragment({ ...second!, service: 3 }));
  t.is(host.stack.assembled.bytes[17]! & 3, 3);
});

test("4,000 bytes go out in three fragments of one identification", (t) => {
  const host = boundHost();
  const socket = opened(host);
  arrive(host, fragment({ at: 0, bytes: new Uint8Array(8), more: true }));
  const data = numbered(4000);
  t.is(sendUdp(host.stack, host.turn, socket.id, SERVER_IP, 9, data), undefined);
  t.is(sendUdp(host.stack, host.turn, socket.id, 0x7f000001, 7000, data), undefined);
  t.is(host.stack.loopback.length, 1);
  t.is(host.stack.loopbackBytes, 4028);
  deadlinePassed(host.stack, host.turn);
  t.is(host.stack.loopbackBytes, 0);
  t.deepEqual(dequeue(socket)?.data, data);
});

test("any fragments at all: nothing throws, what waits is bounded, and its bytes are counted", (t) => {
  const host = boundHost();
  opened(host);
  const { fragments } = host.stack;
  fc.assert(
    fc.property(
      fc.record({
        at: fc.nat({ max: 8191 }).map((words) => words * 8),
        length: fc.nat({ max: 1480 }),
        more: fc.boolean(),
        id: fc.nat({ max: 20 }),
        source: fc.integer({ min: 0x0a000300, max: 0x0a000303 }),
        protocol: fc.constantFrom(1, 6, 17),
        wait: fc.nat({ max: 2000 }),
      }),
      ({ length, wait, ...rest }) => {
        arrive(host, fragment({ ...rest, bytes: numbered(length) }));
        host.turn.now += wait;
        deadlinePassed(host.stack, host.turn);
        host.did.take();
        const bytes = fragments.packets.reduce((sum, each) => sum + each.bytes, 0);
        return fragments.packets.length <= 16 && bytes === fragments.bytes;
      },
    ),
    { numRuns: 3000 },
  );
  t.pass();
});
