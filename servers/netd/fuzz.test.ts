// Whatever comes from the wire: nothing throws, and each frame has an effect or one counted refusal.
import test from "ava";
import fc from "fast-check";
import { deadlinePassed } from "./deadlines.ts";
import { linkChanged } from "./link.ts";
import { startPing } from "./ping-operation.ts";
import { refusal } from "./refusal.ts";
import type { Stack } from "./stack.ts";
import { dhcpReply } from "./testing/dhcp-reply.ts";
import { arpPacket, ethernetFrame, icmpMessage, ipPacket, udpDatagram } from "./testing/frames.ts";
import {
  SERVER_IP,
  SERVER_MAC,
  arrive,
  boundHost,
  createHost,
  serverFrame,
} from "./testing/host.ts";
import { listenTcp } from "./tcp-operation.ts";
import { rawSegment } from "./tcp/testing/raw-segment.ts";
import { openUdp } from "./udp-operation.ts";

const OWN_IP = 0x0a00020f;
const OWN_MAC = 0x525400123456;
const frame = (type: number, packet: Uint8Array) =>
  ethernetFrame(OWN_MAC, SERVER_MAC, type, packet);
const ip = (protocol: number, payload: Uint8Array, options: number[] = []) =>
  frame(0x0800, ipPacket(protocol, SERVER_IP, OWN_IP, payload, options));

const ports = { sourcePort: 5000, destinationPort: 80 };
const seeds = [
  frame(0x0806, arpPacket(1, SERVER_MAC, SERVER_IP, 0, OWN_IP)),
  ip(1, icmpMessage(8, 0, 1, new Uint8Array(56))),
  ip(1, icmpMessage(3, 3, 0, new Uint8Array(28)), [1, 7, 3, 4]),
  ip(17, udpDatagram(SERVER_IP, OWN_IP, 9, 7000, new Uint8Array(10))),
  ip(
    6,
    rawSegment(SERVER_IP, OWN_IP, {
      ...ports,
      flags: 2,
      options: [2, 4, 5, 180, 4, 2, 3, 3, 7, 0, 0, 0],
    }),
  ),
  ip(6, rawSegment(SERVER_IP, OWN_IP, { ...ports, flags: 24, data: new Uint8Array(9) })),
  serverFrame(
    dhcpReply({
      type: 5,
      transaction: 1,
      mac: OWN_MAC,
      address: OWN_IP,
      server: SERVER_IP,
      mask: 0xffffff00,
      leaseTime: 60,
    }),
  ),
];

/** A valid frame with some bytes changed and an end cut off. */
const mutated = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
    fc.option(fc.nat(), { nil: undefined }),
  )
  .map(([seed, changes, cut]) => {
    const bytes = seed.slice();
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return cut === undefined ? bytes : bytes.slice(0, cut % (bytes.length + 1));
  });

/** What is counted for packets on their way out: an answer may be lost beside the frame that it answers. */
const outgoing = [
  refusal("neighbour.full"),
  refusal("neighbour.silent"),
  refusal("loopback.full"),
] as const;

/** Refusals of what came in. */
const total = ({ counters: { refused } }: Stack) =>
  refused.reduce((sum, count) => sum + count, 0) -
  outgoing.reduce((sum, row) => sum + refused[row]!, 0);

test("random bytes are refused, each once", (t) => {
  const host = boundHost();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1600 }), (bytes) => {
      const before = total(host.stack);
      arrive(host, bytes);
      return total(host.stack) === before + 1 && host.did.frames.length === 0;
    }),
  );
  t.pass();
});

test("bent frames never throw and never count twice", (t) => {
  const host = boundHost();
  openUdp(host.stack, host.turn, { address: 0, port: 7000, broadcast: false });
  listenTcp(host.stack, host.turn, 0, 80, 4);
  fc.assert(
    fc.property(mutated, (bytes) => {
      const before = total(host.stack);
      arrive(host, bytes);
      host.turn.now += 10;
      deadlinePassed(host.stack, host.turn);
      host.did.take();
      return total(host.stack) - before <= 1;
    }),
    { numRuns: 2000 },
  );
  t.is(host.stack.neighbours.slots.length, 64);
});

/** IP packets with a right header checksum around any payload: what gets to the upper parsers. */
test("any payload behind a sound IP header", (t) => {
  const host = boundHost();
  openUdp(host.stack, host.turn, { address: 0, port: 7000, broadcast: false });
  listenTcp(host.stack, host.turn, 0, 80, 4);
  fc.assert(
    fc.property(
      fc.constantFrom(1, 6, 17),
      fc.uint8Array({ maxLength: 64 }),
      fc.uint8Array({ maxLength: 40 }),
      (protocol, payload, options) => {
        startPing(host.stack, host.turn, SERVER_IP, 1, 5);
        const words = [...options].slice(0, options.length & ~3);
        const before = total(host.stack);
        arrive(host, ip(protocol, payload, words));
        host.turn.now += 10;
        host.stack.pings.open.length = 0;
        return total(host.stack) - before <= 1;
      },
    ),
    { numRuns: 1000 },
  );
  t.pass();
});

test("any DHCP options in every phase keep the client's invariants", (t) => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          type: fc.constantFrom(2, 5, 6),
          address: fc.oneof(fc.constant(OWN_IP), fc.nat()),
          server: fc.constantFrom(SERVER_IP, SERVER_IP + 1),
          mask: fc.constantFrom(undefined, 0xffffff00, 0xffffffff, 0xff00ff00),
          leaseTime: fc.oneof(fc.constant(0xffffffff), fc.nat({ max: 100_000 })),
          renewalTime: fc.option(fc.nat({ max: 100_000 }), { nil: undefined }),
          rebindingTime: fc.option(fc.nat({ max: 100_000 }), { nil: undefined }),
          wait: fc.nat({ max: 100_000_000 }),
          options: fc.option(fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 60 }), {
            nil: undefined,
            freq: 10,
          }),
        }),
        { maxLength: 12 },
      ),
      (messages) => {
        const host = createHost(OWN_MAC);
        const { stack, turn } = host;
        linkChanged(stack, turn, true, OWN_MAC);
        for (const message of messages) {
          const { transaction } = stack.dhcp;
          arrive(host, serverFrame(dhcpReply({ ...message, transaction, mac: OWN_MAC })));
          const held = ["bound", "renewing", "rebinding"].includes(stack.dhcp.phase);
          if (held !== (stack.dhcp.lease !== undefined)) return false;
          if (held !== (stack.local.address !== 0)) return false;
          if (stack.routes.length !== (held ? (stack.dhcp.lease?.router ? 5 : 4) : 1)) return false;
          turn.now += message.wait;
          deadlinePassed(stack, turn);
          if (stack.dhcp.deadline <= turn.now) return false;
        }
        return true;
      },
    ),
    { numRuns: 500 },
  );
  t.pass();
});
