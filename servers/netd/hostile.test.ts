// A hostile network around established flows: they go on, nothing throws, and what the host keeps stays bounded.
import test from "ava";
import { deadlinePassed, nextDeadline } from "./deadlines.ts";
import { actTcp, connectTcp, listenTcp } from "./tcp-operation.ts";
import { tcpAccept, tcpReceive, tcpSend } from "./tcp/calls.ts";
import { type Connection, READABLE, WRITABLE } from "./tcp/connection.ts";
import type { Listener } from "./tcp/table.ts";
import { takeSignalled } from "./tcp/table.ts";
import { SeededRandom } from "./tcp/testing/random.ts";
import { rawSegment } from "./tcp/testing/raw-segment.ts";
import { arpPacket, ethernetFrame, icmpMessage, ipPacket, udpDatagram } from "./testing/frames.ts";
import { type Host, SERVER_IP, arrive, boundHost } from "./testing/host.ts";
import { malformed } from "./testing/malformed.ts";
import { A, B, wiredHosts } from "./testing/wired.ts";
import { openUdp } from "./udp-operation.ts";

const soak = process.env.LEIVOS_CAMPAIGN === "soak";
const firstSeed = Number(process.env.LEIVOS_SEED ?? 1);

test("every frame that we know of, cut at each byte: an effect or one refusal", (t) => {
  const host = boundHost();
  openUdp(host.stack, host.turn, { address: 0, port: 7000, broadcast: false });
  listenTcp(host.stack, host.turn, 0, 7000, 4);
  for (const [name, [frame]] of Object.entries(malformed)) {
    for (let length = 0; length <= frame.length && length < 400; length++) {
      arrive(host, frame.subarray(0, length));
      host.turn.now += 1;
      deadlinePassed(host.stack, host.turn);
      host.did.take();
    }
    t.true(host.stack.fragments.packets.length <= 16, name);
  }
  t.true(host.stack.tcp.connections.length <= 4);
});

/** What somebody on the wire, who sees nothing, could send to `victim` about its flow with `peer`. */
function attack(
  random: SeededRandom,
  victim: Host,
  address: number,
  peer: number,
  port: number,
): void {
  const own = victim.mac;
  const mac = 0x520000000000 + random.below(1 << 20);
  const send = (type: number, packet: Uint8Array) =>
    arrive(victim, ethernetFrame(own, mac, type, packet));
  const ip = (protocol: number, source: number, payload: Uint8Array) =>
    send(0x0800, ipPacket(protocol, source, address, payload));
  const word = random.word();
  const forged = {
    sourcePort: 80,
    destinationPort: port,
    sequence: word,
    acknowledgment: random.word(),
  };
  const ports = [
    { ...forged, flags: random.below(64) },
    { ...forged, sourcePort: port, destinationPort: 80, flags: random.below(64) },
    { sourcePort: random.below(65_535) + 1, destinationPort: 80, flags: 2, sequence: word },
  ];
  const stranger = 0x0a000300 + random.below(4000);
  const kind = random.below(9);
  if (kind < 2) ip(6, peer, rawSegment(peer, address, ports[kind]!));
  else if (kind === 2) ip(6, stranger, rawSegment(stranger, address, ports[2]!));
  else if (kind === 3) {
    const segment = rawSegment(address, peer, {
      ...forged,
      sourcePort: port,
      destinationPort: 80,
      flags: 16,
    });
    const code = random.below(5);
    ip(
      1,
      SERVER_IP,
      icmpMessage(
        3,
        code,
        68 + random.below(600),
        ipPacket(6, address, peer, segment).slice(0, 28),
      ),
    );
  } else if (kind === 4) send(0x0806, arpPacket(2, mac, stranger, own, address));
  else if (kind === 5) {
    const fragment = ipPacket(6, peer, address, random.bytes(8 * (1 + random.below(100))));
    fragment[6] = 0x20;
    fragment[7] = random.below(64);
    fragment[10] = fragment[11] = 0;
    let sum = 0;
    for (let at = 0; at < 20; at += 2) sum += fragment[at]! * 256 + fragment[at + 1]!;
    sum = ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
    fragment[10] = sum >> 8;
    fragment[11] = sum & 255;
    send(0x0800, fragment);
  } else if (kind === 6)
    ip(
      17,
      stranger,
      udpDatagram(stranger, address, 53, random.below(65_535) + 1, random.bytes(30)),
    );
  else if (kind === 7) send(0x0800, random.bytes(random.below(120)));
  else
    ip(6, address, rawSegment(address, address, { sourcePort: 80, destinationPort: 80, flags: 2 }));
}

test("a transfer among forged segments, errors, fragments, floods and noise arrives whole", (t) => {
  for (let seed = firstSeed; seed < firstSeed + (soak ? 100 : 3); seed++) {
    const random = new SeededRandom(seed);
    const wired = wiredHosts();
    const { turn, a, b, pass } = wired;
    const listener = listenTcp(b.stack, turn, 0, 80, 16) as Listener;
    const left = connectTcp(a.stack, turn, B, 80) as Connection;
    pass(10);
    const right = tcpAccept(listener) as Connection;
    wired.carry = (_frame, from) => {
      for (let count = random.below(4); count > 0; count--) {
        if (from === a) attack(random, b, B, A, left.localPort);
        else attack(random, a, A, B, left.localPort);
      }
      return !random.chance(0.01);
    };
    const data = random.bytes(300_000);
    let sent = 0;
    const got: Uint8Array[] = [];
    for (let round = 0; round < 4000 && got.length * 2000 < 9e9; round++) {
      sent += actTcp(a.stack, turn, (tcp) => tcpSend(tcp, turn, left, data, sent));
      pass(20);
      got.push(actTcp(b.stack, turn, (tcp) => tcpReceive(tcp, turn, right, 1 << 20)));
      takeSignalled(a.stack.tcp);
      takeSignalled(b.stack.tcp);
      if (got.reduce((sum, each) => sum + each.length, 0) === data.length) break;
    }
    t.is(Buffer.compare(Buffer.concat(got), data), 0, `seed ${seed}`);
    t.is(left.outcome, "");
    for (const { stack } of [a, b]) {
      t.true(stack.tcp.connections.length <= stack.tcp.settings.connections);
      t.true(stack.tcp.halfOpen <= stack.tcp.settings.halfOpen);
      t.true(stack.fragments.bytes <= 256 << 10 && stack.neighbours.waiting <= 32);
      t.true(left.packetSize >= 552);
    }
  }
});

test("both windows full on the loop: reading sets both free, and no byte is lost", (t) => {
  const host = boundHost();
  const { stack, turn } = host;
  const listener = listenTcp(stack, turn, 0, 80, 4) as Listener;
  const left = connectTcp(stack, turn, 0x7f000001, 80) as Connection;
  const pass = (span: number) => {
    const end = turn.now + span;
    for (let next = nextDeadline(stack); next <= end; next = nextDeadline(stack)) {
      turn.now = Math.max(turn.now, next);
      deadlinePassed(stack, turn);
    }
    turn.now = end;
  };
  pass(100);
  const right = tcpAccept(listener) as Connection;
  const data = new SeededRandom(1).bytes(900_000);
  const sent = new Map([
    [left, 0],
    [right, 0],
  ]);
  const got = new Map<Connection, Uint8Array[]>([
    [left, []],
    [right, []],
  ]);
  const write = () => {
    for (const [each, at] of sent) {
      const more = actTcp(stack, turn, (tcp) => tcpSend(tcp, turn, each, data, at));
      sent.set(each, at + more);
    }
  };
  write();
  for (let minute = 0; minute < 5; minute++) {
    pass(60_000);
    write();
  }
  t.is(left.sendWindow, 0);
  t.is(right.sendWindow, 0);
  t.is(left.outcome + right.outcome, "");
  for (let round = 0; round < 2000; round++) {
    for (const [each, list] of got) {
      list.push(actTcp(stack, turn, (tcp) => tcpReceive(tcp, turn, each, 30_000)));
    }
    write();
    pass(200);
    if (takeSignalled(stack.tcp).some(({ events }) => (events & (READABLE | WRITABLE)) === 0))
      break;
    if (
      [...got.values()].every(
        (list) => list.reduce((sum, each) => sum + each.length, 0) === data.length,
      )
    )
      break;
  }
  for (const list of got.values()) t.is(Buffer.compare(Buffer.concat(list), data), 0);
});

test("the clock jumps forward by hours: connections and lease are sound, nothing fires for ever", (t) => {
  const { turn, a, b, pass } = wiredHosts();
  const listener = listenTcp(b.stack, turn, 0, 80, 4) as Listener;
  const left = connectTcp(a.stack, turn, B, 80) as Connection;
  pass(10);
  const right = tcpAccept(listener) as Connection;
  const send = (length: number) => {
    const data = new SeededRandom(length).bytes(length);
    const taken = actTcp(a.stack, turn, (tcp) => tcpSend(tcp, turn, left, data, 0));
    pass(10_000);
    const got = actTcp(b.stack, turn, (tcp) => tcpReceive(tcp, turn, right, 1 << 20));
    return taken === length && Buffer.compare(got, data) === 0;
  };
  t.true(send(50_000));
  for (const jump of [3_600_000, 20_000_000, 1000, 19_000_000]) {
    turn.now += jump;
    t.true(send(50_000), `after a jump of ${jump} ms`);
    for (const { stack } of [a, b]) {
      t.not(stack.local.address, 0);
      let calls = 0;
      while (nextDeadline(stack) <= turn.now && calls++ < 100) deadlinePassed(stack, turn);
      t.true(calls < 100);
    }
  }
});
