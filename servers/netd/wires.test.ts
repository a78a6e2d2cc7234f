// One stack over two wires: each has its lease, its neighbours and its routes, and what happens to one is nothing to the other.
import test from "ava";
import { deadlinePassed } from "./deadlines.ts";
import { CUT_MS, linkChanged } from "./link.ts";
import type { PacketBuffer } from "./packet-buffer.ts";
import { copyFrame } from "./packet-buffer.ts";
import { startPing } from "./ping-operation.ts";
import { frameArrived } from "./receive.ts";
import { findRoute } from "./route.ts";
import { type Stack, createStack } from "./stack.ts";
import { restoreStack } from "./state/restore-stack.ts";
import { saveStack } from "./state/save-stack.ts";
import { statusOf } from "./status.ts";
import { connectTcp } from "./tcp-operation.ts";
import { dhcpReply } from "./testing/dhcp-reply.ts";
import { ethernetFrame, ipPacket, udpDatagram } from "./testing/frames.ts";
import { testHash } from "./testing/host.ts";
import { ManualTurn } from "./testing/manual-turn.ts";
import { Recorder } from "./testing/recorder.ts";
import { chooseWire, firstWire } from "./wires.ts";

const ALL = 0xffffffff;
const macs = [0x525400000001, 0x525400000002] as const;
const servers = [
  { ip: 0x0a000202, mac: 0x52550a000202 },
  { ip: 0x0a010002, mac: 0x52550a010002 },
] as const;
const addresses = [0x0a00020f, 0x0a01000f] as const;

/** Keeps which wire each frame left by. */
class WireRecorder extends Recorder {
  readonly wires: number[] = [];

  override transmit(packet: PacketBuffer, wire = -1): void {
    this.wires.push(wire);
    this.frames.push(copyFrame(packet));
  }
  /** Wires and types of the frames since the last call. */
  sent(): string[] {
    const frames = this.take();
    return this.wires
      .splice(0)
      .map((wire, index) => `${wire}:${frames[index]![12]!.toString(16)}${frames[index]![13]}`);
  }
}

function host() {
  const turn = new ManualTurn();
  const did = new WireRecorder();
  const stack = createStack(turn, did, testHash);
  const on = (wire: number, act: () => void) => {
    const before = chooseWire(stack, wire);
    act();
    chooseWire(stack, before);
  };
  const arrive = (wire: number, frame: Uint8Array) =>
    on(wire, () => frameArrived(stack, turn, frame));
  const bind = (wire: number) => {
    const { ip: server, mac: serverMac } = servers[wire]!;
    const mac = macs[wire]!;
    on(wire, () => linkChanged(stack, turn, true, mac));
    for (const type of [2, 5]) {
      let transaction = 0;
      on(wire, () => {
        transaction = stack.dhcp.transaction;
      });
      const address = addresses[wire]!;
      const lease = { mac, address, server, mask: 0xffffff00, router: server, leaseTime: 86_400 };
      const data = dhcpReply({ ...lease, type, transaction });
      const datagram = udpDatagram(server, ALL, 67, 68, data);
      const packet = ipPacket(17, server, ALL, datagram);
      arrive(wire, ethernetFrame(2 ** 48 - 1, serverMac, 0x0800, packet));
    }
  };
  return { stack, turn, did, on, arrive, bind };
}

function bound() {
  const made = host();
  for (const wire of [0, 1]) made.bind(wire);
  for (let step = 0; step < 30; step++) {
    made.turn.now += 1000;
    deadlinePassed(made.stack, made.turn);
  }
  made.did.sent();
  return made;
}

const ways = (stack: Stack, address: number, source = 0) => {
  const route = findRoute(stack.routes, address, source);
  return [route?.through, route?.wire, route?.source];
};

test("a lease for each wire; routes go by prefix, then by the wire's number, then by who sends", (t) => {
  const { stack, did } = bound();
  t.deepEqual(
    did.leases.map(({ lease }) => lease.address),
    [...addresses],
  );
  t.deepEqual(ways(stack, 0x0a000263), ["wire", 0, addresses[0]]);
  t.deepEqual(ways(stack, 0x0a010063), ["wire", 1, addresses[1]]);
  t.deepEqual(ways(stack, 0x08080808), ["wire", 0, addresses[0]]);
  t.deepEqual(ways(stack, 0x08080808, addresses[1]), ["wire", 1, addresses[1]]);
  t.deepEqual(ways(stack, addresses[1]), ["loopback", 1, addresses[1]]);
  t.deepEqual(ways(stack, addresses[1], addresses[0]), ["loopback", 1, addresses[1]]);
  t.deepEqual(
    statusOf(stack, 0).wires?.map(({ name, address, link }) => [name, address, link]),
    [
      ["net0", "10.0.2.15", true],
      ["net1", "10.1.0.15", true],
    ],
  );
});

test("who is asked for is asked for on its own wire, with that card's address", (t) => {
  const { stack, turn, did } = bound();
  t.is(typeof startPing(stack, turn, servers[1].ip, 8, 1000), "number");
  t.deepEqual(did.sent(), ["1:86"]);
  t.is(typeof startPing(stack, turn, servers[0].ip, 8, 1000), "number");
  t.deepEqual(did.sent(), ["0:86"]);
  t.is(stack.link.wire, 0);
});

test("a wire that goes takes its address, routes and connections, and nothing of the other's", (t) => {
  const { stack, turn, did, on, bind } = bound();
  const near = connectTcp(stack, turn, 0x0a000263, 80);
  const far = connectTcp(stack, turn, 0x0a010063, 80);
  if (typeof near === "string" || typeof far === "string") return t.fail();
  on(0, () => linkChanged(stack, turn, false, macs[0]));
  t.deepEqual([near.outcome, far.outcome], ["", ""]);
  // New connections take the other wire at once.
  t.is(firstWire(stack).local.address, addresses[1]);
  const other = connectTcp(stack, turn, 0x08080808, 80);
  t.is(typeof other === "string" ? other : other.localAddress, addresses[1]);
  turn.now += CUT_MS;
  deadlinePassed(stack, turn);
  t.is(near.outcome, "unreachable");
  t.is(far.outcome, "");
  t.deepEqual(ways(stack, 0x08080808), ["wire", 1, addresses[1]]);
  t.is(firstWire(stack).local.address, addresses[1]);
  did.sent();
  t.is(typeof startPing(stack, turn, servers[1].ip, 8, 1000), "number");
  t.true(did.sent().every((each) => each.startsWith("1:")));
  turn.now += 20_000;
  bind(0);
  t.deepEqual(ways(stack, 0x08080808), ["wire", 0, addresses[0]]);
  t.is(far.outcome, "");
});

test("frames to the other wire's address are not taken in", (t) => {
  const { stack, arrive } = bound();
  const packet = ipPacket(
    17,
    servers[0].ip,
    addresses[1],
    udpDatagram(1, 2, 3, 4, new Uint8Array(4)),
  );
  const before = stack.counters.refused.reduce((sum, each) => sum + each, 0);
  arrive(0, ethernetFrame(macs[0], servers[0].mac, 0x0800, packet));
  t.is(
    stack.counters.refused.reduce((sum, each) => sum + each, 0),
    before + 1,
  );
});

test("both wires move with the state; a state of one wire leaves the other alone", (t) => {
  const { stack, turn } = bound();
  const next = host();
  t.truthy(restoreStack(next.stack, saveStack(stack), turn.now));
  t.deepEqual(next.stack.routes, stack.routes);
  t.deepEqual(
    next.stack.wires.map(({ local, link }) => [local.address, link.up, link.wire]),
    [
      [addresses[0], true, 0],
      [addresses[1], true, 1],
    ],
  );
  t.deepEqual(
    next.stack.wires.map(({ local }) => local.lease?.router),
    servers.map(({ ip }) => ip),
  );
  next.on(1, () => t.is(next.stack.dhcp.phase, "bound"));
  const wrong = saveStack(stack);
  stack.routes.push({ ...stack.routes[0]!, wire: 7 });
  t.is(restoreStack(host().stack, saveStack(stack), turn.now), undefined);
  t.truthy(restoreStack(host().stack, wrong, turn.now));
});
