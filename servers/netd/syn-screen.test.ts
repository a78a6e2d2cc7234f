// SYNs that a kernel answers in the card's pool get what the stack would answer, and nobody else gets anything.
import test from "ava";
import fc from "fast-check";
import { SLOT_BYTES } from "../../sdk/net/card-pool.ts";
import { SynScreen } from "./syn-screen.ts";
import { tcpListen } from "./tcp/calls.ts";
import type { Listener } from "./tcp/table.ts";
import { rawSegment, sealed } from "./tcp/testing/raw-segment.ts";
import { arpPacket, ethernetFrame, ipPacket, plainChecksum } from "./testing/frames.ts";
import { type Host, SERVER_IP, SERVER_MAC, arrive, boundHost, refused } from "./testing/host.ts";

const OWN = 0x0a00020f;
const MAC = 0x525400123456;
const PORT = 80;
const FAR = 0x0b010203;
const SLOTS = 256;
const STRIDE = 2048;

interface Syn {
  source: number;
  port: number;
  sequence: number;
  options: number[];
  to?: number;
  flags?: number;
  window?: number;
}

const segment = (syn: Syn) =>
  rawSegment(syn.source, OWN, {
    sourcePort: syn.port,
    destinationPort: syn.to ?? PORT,
    sequence: syn.sequence,
    flags: syn.flags ?? 2,
    options: syn.options,
  });

const frameOf = (syn: Syn) =>
  ethernetFrame(MAC, SERVER_MAC, 0x0800, ipPacket(6, syn.source, OWN, segment(syn)));

const plain = (number: number, more: Partial<Syn> = {}): Syn => ({
  source: FAR + number,
  port: 1024 + number,
  sequence: 77 * number,
  options: [],
  ...more,
});

/** A host with a lease and a listener, that knows its router; its screen looks for SYNs. */
function flooded() {
  const host = boundHost(OWN, MAC);
  const { stack, turn } = host;
  const listener = tcpListen(stack.tcp, 0, PORT, 8) as Listener;
  const question = arpPacket(1, SERVER_MAC, SERVER_IP, 0, OWN);
  arrive(host, ethernetFrame(MAC, SERVER_MAC, 0x0806, question));
  host.did.take();
  const screen = new SynScreen();
  screen.end(stack, 1000, turn.now);
  const out = {
    next: 250,
    room: SLOTS,
    posted: 0,
    packets: new Uint32Array(200 * 5),
    facts: { slots: SLOTS },
  };
  /** Frames go through the screen: the numbers of those that are left, and what was answered. */
  const pass = (frames: readonly Uint8Array[], checked = 0) => {
    const pool = new Uint8Array(frames.length * STRIDE);
    frames.forEach((frame, index) => pool.set(frame, index * STRIDE));
    const pieces = Uint32Array.from(
      frames.flatMap(({ length }, index) => [index * STRIDE, length, checked]),
    );
    const slots = new Uint8Array(SLOTS * SLOT_BYTES);
    if (!screen.begin(stack, turn.now)) throw new Error("it does not look");
    const left = screen.screen(pool, pieces, frames.length, slots, out);
    screen.end(stack, 0, turn.now);
    const answers: Uint8Array[] = [];
    for (let packet = 0; packet < out.posted; packet++) {
      const [slot = 0, count, bytes = 0, last, size] = out.packets.subarray(packet * 5);
      if (count !== 1 || last !== bytes || size !== 0) throw new Error("no packet of one frame");
      answers.push(slots.slice(slot * SLOT_BYTES + 16, slot * SLOT_BYTES + 16 + bytes));
    }
    out.posted = 0;
    return { kept: Array.from({ length: left }, (_, at) => pieces[at * 3]! / STRIDE), answers };
  };
  return { host, listener, screen, out, pass };
}

/** Half-open connections until cookies are what the stack itself answers with. */
function crowd(host: Host): void {
  for (let number = 0; number < 60; number++)
    arrive(host, frameOf(plain(number, { source: 0x0c000000 + number })));
  host.did.take();
}

const option = fc.oneof(
  fc.constant([1]),
  fc.integer({ min: 64, max: 9000 }).map((mss) => [2, 4, mss >> 8, mss & 255]),
  fc.nat(14).map((scale) => [3, 3, scale]),
  fc.constant([4, 2]),
  fc.integer({ min: 0, max: 2 ** 31 }).map((stamp) => {
    const word = [stamp >>> 24, (stamp >>> 16) & 255, (stamp >>> 8) & 255, stamp & 255];
    return [8, 10, ...word, 0, 0, 0, 0];
  }),
  fc.constant([30, 4, 1, 2]),
);
/** Options of different kinds, filled to words. */
const options = fc
  .uniqueArray(option, { selector: ([kind]) => kind, maxLength: 6 })
  .map((list) => list.flat())
  .filter(({ length }) => length <= 40)
  .map((list) => [...list, ...Array<number>((4 - (list.length & 3)) & 3).fill(1)]);

const syns = fc.record({
  source: fc.integer({ min: 0x0b000000, max: 0x0bffffff }),
  port: fc.integer({ min: 1, max: 65_535 }),
  sequence: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  options,
});

test("the kernel answers as the stack does that has no room, and its cookies open connections", (t) => {
  const { host, listener, out, pass } = flooded();
  crowd(host);
  let passed = 0;
  fc.assert(
    fc.property(syns, fc.boolean(), (syn, checked) => {
      out.room = SLOTS;
      const { answers, kept } = pass([frameOf(syn)], checked ? 2 : 0);
      arrive(host, frameOf(syn));
      const [wanted, more] = host.did.take();
      // Ends that share their hash's 16 bits with a connection's are the stack's own affair.
      if (kept.length === 1) return ++passed < 4;
      if (answers.length !== 1 || wanted === undefined || more) return false;
      // But for the packet's identification, and the sum that it is part of.
      const [answer] = answers as [Uint8Array];
      for (const at of [18, 19, 24, 25]) answer[at] = wanted[at] = 0;
      if (Buffer.compare(answer, wanted) !== 0) return false;
      // The peer's acknowledgement brings its options back.
      const view = new DataView(answer.buffer);
      const stamped = answer.length > 58;
      const echo = stamped ? [1, 1, 8, 10, 0, 0, 0, 9, ...answer.subarray(62, 66)] : [];
      const last = rawSegment(syn.source, OWN, {
        sourcePort: syn.port,
        destinationPort: PORT,
        sequence: (syn.sequence + 1) >>> 0,
        acknowledgment: (view.getUint32(38) + 1) >>> 0,
        flags: 16,
        options: echo,
      });
      host.turn.now += 1;
      arrive(host, ethernetFrame(MAC, SERVER_MAC, 0x0800, ipPacket(6, syn.source, OWN, last)));
      const connection = listener.ready.at(-1);
      if (connection === undefined) return false;
      const has = (kind: number) => {
        for (let at = 0; at < syn.options.length; ) {
          if (syn.options[at] === kind) return at;
          at += syn.options[at] === 1 ? 1 : syn.options[at + 1]!;
        }
        return -1;
      };
      t.is(connection.timestamps, has(8) >= 0);
      t.is(connection.sack, stamped && has(4) >= 0);
      t.is(connection.scaling, stamped && has(3) >= 0);
      if (connection.scaling) t.is(connection.sendScale, syn.options[has(3) + 2]);
      t.is(connection.receiveScale > 0, connection.scaling);
      // It ends, so that the next one finds room.
      const over = rawSegment(syn.source, OWN, {
        sourcePort: syn.port,
        destinationPort: PORT,
        sequence: (syn.sequence + 1) >>> 0,
        flags: 4,
      });
      arrive(host, ethernetFrame(MAC, SERVER_MAC, 0x0800, ipPacket(6, syn.source, OWN, over)));
      host.did.take();
      return listener.ready.length === 0;
    }),
    { numRuns: 200 },
  );
  t.true(host.stack.tcp.cookiesUntil > host.turn.now);
});

/** Right sums for whatever headers say, where that can be. */
function resealed(frame: Uint8Array): Uint8Array {
  frame[24] = frame[25] = 0;
  const sum = plainChecksum(frame.subarray(14, 34));
  frame[24] = sum >> 8;
  frame[25] = sum & 255;
  const view = new DataView(frame.buffer, frame.byteOffset);
  const end = 14 + view.getUint16(16);
  if (end > frame.length || end < 54) return frame;
  frame.set(sealed(view.getUint32(26), view.getUint32(30), frame.slice(34, end)), 34);
  return frame;
}

test("bent SYNs: whatever the kernel answers, the stack would answer so", (t) => {
  const { host, out, pass, screen } = flooded();
  crowd(host);
  let answered = 0;
  const bend = fc.array(fc.tuple(fc.nat(93), fc.nat(255)), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(syns, bend, fc.boolean(), (syn, bends, seals) => {
      const frame = frameOf(syn);
      for (const [at, value] of bends) if (at < frame.length) frame[at] = value;
      if (seals) resealed(frame);
      out.room = SLOTS;
      host.turn.now += 1;
      screen.end(host.stack, 1000, host.turn.now);
      const { answers } = pass([frame]);
      if (answers.length === 0) return true;
      answered += 1;
      host.did.take();
      arrive(host, frame);
      // A question about the router may come before it.
      const wanted = host.did.take().at(-1);
      if (wanted === undefined) return false;
      const [answer] = answers as [Uint8Array];
      for (const at of [18, 19, 24, 25]) answer[at] = wanted[at] = 0;
      return Buffer.compare(answer, wanted) === 0;
    }),
    { numRuns: process.env.LEIVOS_CAMPAIGN === "soak" ? 100_000 : 1000 },
  );
  t.log(`${answered} answered`);
  t.true(answered > 50);
});

test("what it can't answer passes so and so often; all else stays", (t) => {
  const { host, out, pass } = flooded();
  const odd = [
    // of the own subnet, from a station that nobody knows
    frameOf(plain(1, { source: 0x0a000240 })),
    // nobody listens there
    frameOf(plain(2, { to: 81 })),
    // a sum that is wrong
    frameOf(plain(3)).map((byte, at) => (at === 51 ? byte ^ 1 : byte)),
    // options that lie
    frameOf(plain(4, { options: [2, 9, 1, 1] })),
    frameOf(plain(5, { options: [4, 2, 4, 2] })),
    // another station's
    frameOf(plain(6)).map((byte, at) => (at === 5 ? byte ^ 1 : byte)),
    // from a group of hosts
    frameOf(plain(7, { source: 0xe0000001 })),
    // with FIN
    frameOf(plain(8, { flags: 3 })),
  ];
  const others = [
    frameOf(plain(9, { flags: 16 })),
    frameOf(plain(10, { flags: 18 })),
    new Uint8Array(60),
  ];
  const { kept, answers } = pass([...odd, ...others, frameOf(plain(11))]);
  t.deepEqual(
    kept,
    [...odd, ...others].map((_, number) => number),
  );
  t.is(answers.length, 1);
  // A connection that is there answers for itself.
  arrive(host, frameOf(plain(12)));
  t.deepEqual(pass([frameOf(plain(12))]).kept, [0]);
  t.deepEqual(pass([frameOf(plain(13))]).kept, []);
  // So many at once, and no more before time has passed.
  const closed = Array.from({ length: 60 }, (_, number) => frameOf(plain(number, { to: 81 })));
  const first = pass(closed).kept.length;
  t.true(first > 10 && first <= 32, `${first}`);
  t.is(pass(closed).kept.length, 0);
  host.turn.now += 50;
  t.is(pass(closed).kept.length, 10);
  t.true(refused(host).some((each) => each.startsWith("tcp.flood*")));
  t.is(out.room, SLOTS - 2);
});

test("answers leave room for all else, and are bounded in number", (t) => {
  const { pass, out, host } = flooded();
  const many = Array.from({ length: 128 }, (_, number) => frameOf(plain(number)));
  const first = pass(many);
  t.is(first.answers.length, 128);
  t.is(out.next, (250 + 128) % SLOTS);
  const second = pass(many);
  t.deepEqual(second.kept, []);
  t.is(out.room, 96);
  t.is(first.answers.length + second.answers.length, SLOTS - 96);
  // The list of packets is full as well.
  out.room = SLOTS;
  const { packets } = out;
  out.packets = packets.subarray(0, 25);
  host.turn.now += 100;
  t.is(pass(many).answers.length, 5);
  // At most 512 at once, 50 a millisecond.
  out.packets = packets;
  let count = 0;
  for (let batch = 0; batch < 20; batch++) {
    out.room = SLOTS;
    count += pass(many).answers.length;
  }
  t.is(count, 512 - 5);
  host.turn.now += 1;
  out.room = SLOTS;
  t.is(pass(many).answers.length, 50);
});

test("it looks while there are many, and some time after", (t) => {
  const host = boundHost(OWN, MAC);
  const { stack, turn } = host;
  const screen = new SynScreen();
  t.false(screen.begin(stack, turn.now));
  for (let batch = 0; batch < 100; batch++) {
    screen.end(stack, 20, turn.now);
    turn.now += 60;
  }
  t.false(screen.begin(stack, turn.now));
  for (let batch = 0; batch < 3; batch++) screen.end(stack, 20, turn.now);
  t.true(screen.begin(stack, turn.now));
  turn.now += 2500;
  t.false(screen.begin(stack, turn.now));
});
