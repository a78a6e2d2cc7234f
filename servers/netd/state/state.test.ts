// State that moves: whoever goes on with it does exactly what the other one would have done.
import { isDeepStrictEqual } from "node:util";
import test from "ava";
import fc from "fast-check";
import { deadlinePassed, nextDeadline } from "../deadlines.ts";
import { linkChanged } from "../link.ts";
import { startPing } from "../ping-operation.ts";
import { createStack, type Stack } from "../stack.ts";
import { connectTcp, listenTcp } from "../tcp-operation.ts";
import { tcpSend } from "../tcp/calls.ts";
import { Transfer } from "../tcp/testing/transfer.ts";
import { type WireQuality, perfectWire } from "../tcp/testing/wire.ts";
import { dhcpReply } from "../testing/dhcp-reply.ts";
import {
  arpPacket,
  ethernetFrame,
  icmpMessage,
  ipPacket,
  toHex,
  udpDatagram,
} from "../testing/frames.ts";
import {
  type Host,
  SERVER_IP,
  SERVER_MAC,
  boundHost,
  createHost,
  serverFrame,
  testHash,
} from "../testing/host.ts";
import { ManualTurn } from "../testing/manual-turn.ts";
import { frameArrived } from "../receive.ts";
import { rawSegment } from "../tcp/testing/raw-segment.ts";
import { openUdp, sendUdp } from "../udp-operation.ts";
import { restoreStack } from "./restore-stack.ts";
import { saveStack } from "./save-stack.ts";
import { TableReader } from "./table-reader.ts";
import { TableWriter } from "./table-writer.ts";
import * as columns from "./tcp-tables.ts";

const soak = process.env.LEIVOS_CAMPAIGN === "soak";
const OWN_IP = 0x0a00020f;
const OWN_MAC = 0x525400123456;

const bad: WireQuality = {
  delay: 20,
  loss: 0.03,
  duplicate: 0.03,
  corrupt: 0.01,
  reorder: 0.1,
  late: 60,
  rate: 5000,
  queue: 100_000,
  mark: 30_000,
};

/** Every segment of a transfer, and how it ended. */
function run(seed: number, quality: WireQuality, every: number): string[] {
  const transfer = new Transfer(seed, quality, 300_000, 150_000);
  const trace: string[] = [];
  transfer.wire.filter = (source, _to, bytes) => {
    trace.push(`${transfer.wire.now} ${source} ${Buffer.from(bytes).toString("hex", 0, 60)}`);
    return true;
  };
  let steps = 0;
  transfer.start();
  transfer.wire.run(() => {
    if (every > 0 && steps++ % every === 0) {
      transfer.swap("client");
      transfer.swap("server");
    }
    return transfer.done;
  });
  const sound = transfer.up.sound && transfer.down.sound;
  transfer.wire.run(() => transfer.clean);
  trace.push(`${sound} ${transfer.clean} ${JSON.stringify(transfer.outcomes)}`);
  return trace;
}

test("both hosts are replaced all the time: segment by segment the same transfer", (t) => {
  const seeds = soak ? 60 : 3;
  for (let seed = 1; seed <= seeds; seed++) {
    for (const quality of [perfectWire, bad]) {
      const plain = run(seed, quality, 0);
      t.deepEqual(run(seed, quality, 1 + (seed % 3)), plain);
      t.true(plain.at(-1)!.startsWith("true true"), plain.at(-1));
    }
  }
});

test("every field of a connection moves, or follows from what does", (t) => {
  const transfer = new Transfer(1, perfectWire, 1000, 1000);
  transfer.start();
  const one = transfer.active!;
  const names = (list: readonly string[]) => list.map((column) => column.slice(1));
  const all = (value: object) => Object.keys(value).sort();
  t.deepEqual(all(one), [...names(columns.connectionColumns), ...columns.derived].sort());
  t.deepEqual(all(one.roundTrip), names(columns.roundTripColumns).sort());
  t.deepEqual(all(one.rack), names(columns.rackColumns).sort());
  t.deepEqual(all(one.slowStart), names(columns.slowStartColumns).sort());
  t.deepEqual(all(one.doubt), names(columns.doubtColumns).sort());
  t.deepEqual(all(one.reduction), names(columns.reductionColumns).sort());
  t.deepEqual(all(one.congestion), names(columns.congestionColumns).sort());
  // A field of another kind than its column would be left behind.
  for (const column of columns.connectionColumns) {
    const value: unknown = one[column.slice(1) as "id"];
    t.is(typeof value === "string" ? "t" : "n", column[0] as "n" | "t", column);
  }
});

/** The same stack in another one's place. */
function moved(host: Host): Stack {
  const stack = createStack(new ManualTurn(), host.did, testHash);
  const restored = restoreStack(stack, saveStack(host.stack), host.turn.now);
  if (restored === undefined) throw new Error("the state was refused");
  return stack;
}

const frame = (type: number, packet: Uint8Array) =>
  ethernetFrame(OWN_MAC, SERVER_MAC, type, packet);
const ip = (protocol: number, payload: Uint8Array) =>
  frame(0x0800, ipPacket(protocol, SERVER_IP, OWN_IP, payload));

/** A host's life: what happens to it, one after the other. */
const happenings: ((host: Host, value: number) => void)[] = [
  ({ stack, turn }) =>
    frameArrived(stack, turn, frame(0x0806, arpPacket(1, SERVER_MAC, SERVER_IP, 0, OWN_IP))),
  ({ stack, turn }) =>
    frameArrived(stack, turn, frame(0x0806, arpPacket(2, SERVER_MAC, SERVER_IP, OWN_MAC, OWN_IP))),
  ({ stack, turn }, value) =>
    frameArrived(stack, turn, frame(0x0806, arpPacket(1, SERVER_MAC + value, OWN_IP, 0, OWN_IP))),
  ({ stack, turn }) => frameArrived(stack, turn, ip(1, icmpMessage(8, 0, 7, new Uint8Array(9)))),
  ({ stack, turn }, value) =>
    frameArrived(
      stack,
      turn,
      ip(17, udpDatagram(SERVER_IP, OWN_IP, 53, 7000 + (value % 3), new Uint8Array(value % 900))),
    ),
  ({ stack, turn }, value) =>
    startPing(stack, turn, SERVER_IP + (value % 3), value % 1400, 1 + value),
  ({ stack, turn }) => openUdp(stack, turn, { address: 0, port: 7000, broadcast: false }),
  ({ stack, turn }, value) =>
    sendUdp(stack, turn, 1, SERVER_IP + (value % 2), 9, new Uint8Array(value * 3)),
  ({ stack, turn }) => listenTcp(stack, turn, 0, 80, 4),
  ({ stack, turn }, value) => connectTcp(stack, turn, value % 2 ? 0x7f000001 : SERVER_IP, 80),
  ({ stack, turn }, value) =>
    frameArrived(
      stack,
      turn,
      ip(
        6,
        rawSegment(SERVER_IP, OWN_IP, {
          sourcePort: 5000 + (value % 2),
          destinationPort: 80,
          flags: value % 5 ? 2 : 16,
          sequence: value,
        }),
      ),
    ),
  ({ stack, turn }, value) => {
    const one = stack.tcp.connections[value % 7];
    if (one !== undefined) tcpSend(stack.tcp, turn, one, new Uint8Array(value), 0);
  },
  ({ stack, turn }, value) => {
    const sound = {
      type: 5,
      transaction: stack.dhcp.transaction,
      mac: OWN_MAC,
      address: OWN_IP,
      server: SERVER_IP,
      mask: 0xffffff00,
    };
    frameArrived(
      stack,
      turn,
      serverFrame(dhcpReply({ ...sound, type: [2, 5, 6][value % 3]!, leaseTime: 60 + value })),
    );
  },
  ({ stack, turn }, value) => linkChanged(stack, turn, value % 4 !== 0, OWN_MAC),
  (host, value) => {
    host.turn.now += value;
    deadlinePassed(host.stack, host.turn);
  },
  (host) => {
    const next = nextDeadline(host.stack);
    if (next === Number.POSITIVE_INFINITY) return;
    host.turn.now = Math.max(host.turn.now, next);
    deadlinePassed(host.stack, host.turn);
  },
  ({ stack, turn }, value) => {
    const packet = ipPacket(17, SERVER_IP, OWN_IP, new Uint8Array(8 * (1 + (value % 9))));
    packet[6] = value % 3 === 0 ? 0 : 0x20;
    packet[7] = value % 11;
    let sum = 0;
    packet[10] = packet[11] = 0;
    for (let at = 0; at < 20; at += 2) sum += packet[at]! * 256 + packet[at + 1]!;
    sum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
    packet[10] = sum >> 8;
    packet[11] = sum & 255;
    frameArrived(stack, turn, frame(0x0800, packet));
  },
];

test("a stack that moves after everything that happens does what it would have done", (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: happenings.length - 1 }), fc.nat({ max: 1300 })), {
        maxLength: 60,
      }),
      fc.boolean(),
      (life, bound) => {
        const make = () => (bound ? boundHost() : createHost());
        const stays = make();
        const moves: { stack: Stack } & Host = make();
        for (const [what, value] of life) {
          happenings[what]!(stays, value);
          happenings[what]!(moves, value);
          const stack = moved(moves);
          if (Buffer.compare(saveStack(stack), saveStack(moves.stack)) !== 0) return false;
          Object.assign(moves, { stack });
          const [mine, theirs] = [stays.did.take(), moves.did.take()];
          if (mine.map(toHex).join() !== theirs.map(toHex).join()) return false;
        }
        return (
          isDeepStrictEqual(stays.did, moves.did) &&
          Buffer.compare(saveStack(stays.stack), saveStack(moves.stack)) === 0 &&
          nextDeadline(stays.stack) === nextDeadline(moves.stack)
        );
      },
    ),
    { numRuns: soak ? 3000 : 150 },
  );
  t.pass();
});

test("every field of the stack is looked at", (t) => {
  const { stack } = boundHost();
  const own = [
    "effects",
    "neighbourEffects",
    "tcpClock",
    "incoming",
    "assembled",
    "outgoing",
    "control",
    "piece",
    "headers",
    "ways",
  ];
  const saved = [
    "wires",
    "link",
    "local",
    "routes",
    "neighbours",
    "watch",
    "udp",
    "pings",
    "tcp",
    "dhcp",
    "counters",
    "loopback",
  ];
  const more = [
    "loopbackBytes",
    "fragments",
    "pathMtus",
    "echoLimit",
    "errorLimit",
    "identifications",
  ];
  t.deepEqual(Object.keys(stack).sort(), [...own, ...saved, ...more].sort());
});

test("tables: what was written is read, by name; what is not there is 0, empty or absent", (t) => {
  const row = fc.record({
    a: fc.double({ noNaN: true }),
    b: fc.boolean(),
    c: fc.string({ unit: "binary-ascii" }),
    d: fc.uint8Array(),
  });
  fc.assert(
    fc.property(fc.array(row), fc.array(row), (first, second) => {
      const writer = new TableWriter();
      writer.rows("first", ["na", "tc", "bd", "nb"], first);
      writer.rows("none", [], []);
      writer.rows("second", ["bd", "na"], second);
      const reader = TableReader.open(writer.finish())!;
      const one = reader.table("first");
      const two = reader.table("second");
      return (
        one.rows === first.length &&
        two.rows === second.length &&
        first.every(({ a, b, c, d }, at) => {
          const into = { a: -1, b: !b, c: "", other: 7 };
          one.fill(at, into);
          return (
            Object.is(into.a, a) &&
            into.b === b &&
            into.c === c &&
            Buffer.compare(one.blob(at, "d"), d) === 0
          );
        }) &&
        second.every(
          ({ a, d }, at) =>
            Object.is(two.number(at, "a"), a) && Buffer.compare(two.blob(at, "d"), d) === 0,
        ) &&
        reader.table("third").rows === 0 &&
        (first.length === 0 || (one.number(0, "zz") === 0 && one.text(0, "zz") === ""))
      );
    }),
  );
  t.pass();
});

test("a block that was cut or bent is refused, or read without harm", (t) => {
  const host = boundHost();
  listenTcp(host.stack, host.turn, 0, 80, 4);
  for (const what of [3, 5, 6, 7, 9, 10, 11]) happenings[what]!(host, 1000);
  const whole = saveStack(host.stack);
  const read = (bytes: Uint8Array) =>
    restoreStack(createStack(new ManualTurn(), host.did, testHash), bytes, host.turn.now);
  t.truthy(read(whole));
  for (let length = 0; length < whole.length; length += 7)
    t.is(read(whole.subarray(0, length)), undefined);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
        minLength: 1,
        maxLength: 5,
      }),
      (changes) => {
        const bent = whole.slice();
        for (const [at, value] of changes) bent[at % bent.length] = value;
        read(bent);
        return true;
      },
    ),
    { numRuns: 500 },
  );
});
