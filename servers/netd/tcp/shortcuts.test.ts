// The short ways do what the long ones do: the same random histories of questions and answers, with and without them and with segments that a
// kernel composes, have the same packets on the wire at the same times and end in the same state.
import test from "ava";
import fc from "fast-check";
import { compose } from "../../../tape/kernels/frames.tape";
import { tcpAccept, tcpConnect, tcpListen, tcpReceive, tcpSend, tcpTune } from "./calls.ts";
import { type Connection, READABLE } from "./connection.ts";
import { LentHost } from "../lane/testing/lent-host.ts";
import { TcpHost } from "./testing/host.ts";
import { Wire, type WireQuality, perfectWire } from "./testing/wire.ts";

const [CLIENT, SERVER, CLOCK] = [0x0a000001, 0x0a000002, 0x0a000003];
const HISTORY = 60_000;

/** After a pause one side sends so many bytes; the other answers with a part of them, or not at all. */
interface Step {
  readonly pause: number;
  readonly server: boolean;
  readonly bytes: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    pause: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom(45, 250, 1500)),
    server: fc.boolean(),
    bytes: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(1448, 1460, 1500, 9000)),
  }),
  { maxLength: 40 },
);

const wires: fc.Arbitrary<WireQuality> = fc.record({
  ...Object.fromEntries(
    Object.entries(perfectWire).map(([key, value]) => [key, fc.constant(value)]),
  ),
  delay: fc.constantFrom(0, 1, 5, 30),
  loss: fc.constantFrom(0, 0, 0.05),
  reorder: fc.constantFrom(0, 0, 0.1),
  duplicate: fc.constantFrom(0, 0, 0.05),
  late: fc.constantFrom(3, 30),
}) as fc.Arbitrary<WireQuality>;

/** Builds segments as the card's memory has them, and sends what is behind the IP header. */
function composing(host: TcpHost): void {
  const way = new Uint8Array(34);
  const view = new DataView(way.buffer);
  view.setUint16(12, 0x0800);
  view.setUint32(14, 0x45ff_0000);
  view.setUint32(22, 0x4006_ffff);
  host.compose = (
    ends,
    sequence,
    acknowledgment,
    flags,
    window,
    stamp,
    echo,
    ring,
    offset,
    count,
  ) => {
    view.setUint32(26, ends.localAddress);
    view.setUint32(30, ends.remoteAddress);
    const frame = new Uint8Array(2048);
    const ports = ends.localPort * 65_536 + ends.remotePort;
    const numbers = [ports, sequence, acknowledgment, flags, window, stamp, echo] as const;
    const bytes = ring.bytes as Uint8Array;
    const from = count === 0 ? 0 : (ring.head + offset) & (bytes.length - 1);
    const end = compose(way, frame, 7, ...numbers, bytes, from, count);
    host.wire.send(host.address, ends.remoteAddress, frame.slice(34, end));
    return true;
  };
}

type Way = "long" | "short" | "composed" | "lent";

function send(host: TcpHost, connection: Connection, bytes: Uint8Array): void {
  if (host instanceof LentHost) host.send(connection, bytes);
  else tcpSend(host.tcp, host.turn, connection, bytes, 0);
}

/** All that went over the wire, and what both sides know in the end. */
function run(way: Way, seed: number, quality: WireQuality, script: readonly Step[], calm: boolean) {
  const wire = new Wire(seed, quality);
  const settings = { shortcuts: way !== "long", explicit: seed % 3 === 0 };
  const make = (address: number) =>
    way === "lent" ? new LentHost(wire, address, settings) : new TcpHost(wire, address, settings);
  const client = make(CLIENT);
  const server = make(SERVER);
  const packets: string[] = [];
  wire.filter = (source, _destination, bytes) => {
    packets.push(`${wire.now} ${source} ${Buffer.from(bytes).toString("hex")}`);
    return true;
  };
  const marks: number[] = [];
  const sendOn = wire.send.bind(wire);
  wire.send = (source, destination, bytes, congestion = 0, line = source) => {
    marks.push(congestion);
    sendOn(source, destination, bytes, congestion, line);
  };
  if (way === "composed" || way === "lent") for (const host of [client, server]) composing(host);
  let passive: Connection | undefined;
  const received = [0, 0];
  const listen = (host: TcpHost, other: number) => {
    const take = (connection: Connection, bytes: Uint8Array) => {
      received[other]! += bytes.length;
      if (bytes.length > 0 && bytes[0]! % 3 > 0) {
        send(host, connection, bytes.map(() => 0).subarray(bytes.length >> 1));
      }
    };
    host.onEvents = (connection, events) => {
      if ((events & READABLE) === 0) return;
      take(connection, tcpReceive(host.tcp, host.turn, connection, 4000));
    };
    if (host instanceof LentHost) host.onBytes = take;
  };
  listen(client, 0);
  listen(server, 1);
  server.onReady = (listener) => {
    passive = tcpAccept(listener);
    if (passive !== undefined && calm) tcpTune(server.tcp, server.turn, passive, true, 0);
  };
  tcpListen(server.tcp, 0, 7, 4);
  const ends = { localAddress: CLIENT, localPort: 0, remoteAddress: SERVER, remotePort: 7 };
  const active = tcpConnect(client.tcp, client.turn, ends);
  if (typeof active === "string") throw new Error(active);
  let next = 0;
  let at = wire.now + 200;
  wire.join(CLOCK, {
    deadline: () => (next < script.length ? at : Number.POSITIVE_INFINITY),
    wake: () => {
      const step = script[next]!;
      next += 1;
      at += script[next]?.pause ?? 0;
      const host = step.server ? server : client;
      const connection = step.server ? passive : active;
      if (connection === undefined) return;
      send(host, connection, new Uint8Array(step.bytes).fill(next));
      host.settle();
      if (host instanceof LentHost) host.lane.offer();
    },
    arrive: () => {},
  });
  const end = wire.now + HISTORY;
  wire.run(() => wire.now >= end || (next === script.length && wire.now > at + 10_000));
  let lent = 0;
  for (const host of [client, server]) {
    if (!(host instanceof LentHost)) continue;
    host.lane.recall();
    lent += host.lane.events;
  }
  // Timers may be set too early by the short ways, which does nothing; where an empty ring begins says nothing.
  const apart = ["deadline", "spare", "account", "bytes", "head", "plainTurns"];
  const stateOf = (connection: Connection | undefined) =>
    JSON.stringify(connection, (key, value) => (apart.includes(key) ? undefined : value));
  return {
    lent,
    history: { packets, marks, received, states: [stateOf(active), stateOf(passive)] },
  };
}

const soak = process.env.LEIVOS_CAMPAIGN === "soak";

test("with and without the short ways, with composed segments, and lent to a kernel: the same packets, the same state", (t) => {
  let packets = 0;
  fc.assert(
    fc.property(fc.nat(1000), wires, steps, fc.boolean(), (seed, quality, script, calm) => {
      const { history } = run("long", seed, quality, script, calm);
      for (const way of ["short", "composed", "lent"] as const) {
        t.deepEqual(run(way, seed, quality, script, calm).history, history);
      }
      packets += history.packets.length;
    }),
    { numRuns: soak ? 40_000 : 150 },
  );
  t.log(`${packets} packets`);
  t.true(packets > 1000);
});

const dialogues: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    pause: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constant(60)),
    server: fc.boolean(),
    bytes: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 1460 })),
  }),
  { minLength: 40, maxLength: 200 },
);

test("long dialogues of small messages are mostly the kernel's, and nothing comes of it but that", (t) => {
  let events = 0;
  fc.assert(
    fc.property(fc.nat(1000), wires, dialogues, fc.boolean(), (seed, quality, script, calm) => {
      const { history } = run("long", seed, quality, script, calm);
      const lent = run("lent", seed, quality, script, calm);
      t.deepEqual(lent.history, history);
      events += lent.lent;
    }),
    { numRuns: soak ? 10_000 : 40 },
  );
  t.log(`${events} events of connections that were lent`);
  t.true(events > 1000);
});
