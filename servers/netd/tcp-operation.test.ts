// TCP inside whole stacks: over Ethernet and ARP, to hosts that are not there, and when the address goes.
import test from "ava";
import { deadlinePassed } from "./deadlines.ts";
import { CUT_MS, linkChanged } from "./link.ts";
import { actTcp, connectTcp, listenTcp } from "./tcp-operation.ts";
import { tcpAccept, tcpReceive, tcpSend, tcpTune } from "./tcp/calls.ts";
import type { Connection } from "./tcp/connection.ts";
import type { Listener } from "./tcp/table.ts";
import { addRoute } from "./route.ts";
import {
  arpPacket,
  ethernetFrame,
  icmpMessage,
  ipPacket,
  macBytes,
  plainChecksum,
} from "./testing/frames.ts";
import { type Host, SERVER_IP, SERVER_MAC, arrive, refused } from "./testing/host.ts";
import { A, B, wiredHosts } from "./testing/wired.ts";

const opened = (host: Host, to: number, port: number) =>
  connectTcp(host.stack, host.turn, to, port) as Connection;

test("a connection over Ethernet: the SYN waits for ARP, bytes arrive", (t) => {
  const { turn, a, b, pass } = wiredHosts();
  const listener = listenTcp(b.stack, turn, 0, 80, 4) as Listener;
  const left = opened(a, B, 80);
  t.is(left.localAddress, A);
  pass(10);
  const right = tcpAccept(listener) as Connection;
  const data = Uint8Array.from({ length: 50_000 }, (_, index) => (index * 5) >>> 4);
  actTcp(a.stack, turn, (tcp) => tcpSend(tcp, turn, left, data, 0));
  pass(100);
  const got = actTcp(b.stack, turn, (tcp) => tcpReceive(tcp, turn, right, 99_999));
  t.deepEqual(got, data);
  t.deepEqual(refused(b), []);
});

test("to itself through the loop, also by the wire's address", (t) => {
  const { turn, a, pass } = wiredHosts();
  const listener = listenTcp(a.stack, turn, 0, 80, 4) as Listener;
  for (const address of [0x7f000001, A]) {
    const left = opened(a, address, 80);
    pass(1000);
    const right = tcpAccept(listener) as Connection;
    actTcp(a.stack, turn, (tcp) => tcpSend(tcp, turn, left, new Uint8Array(100_000), 0));
    pass(5_000);
    t.is(actTcp(a.stack, turn, (tcp) => tcpReceive(tcp, turn, right, 999_999)).length, 100_000);
    t.is(right.remoteAddress, address);
  }
  t.deepEqual(a.did.frames, []);
});

test("a host that does not answer ARP is unreachable; one that ICMP says so as well, but only with our number", (t) => {
  const { a, pass } = wiredHosts();
  const silent = opened(a, 0x0a0002aa, 80);
  pass(10_000);
  t.is(silent.outcome, "unreachable");
  const one = opened(a, B, 80);
  const quote = (sequence: number) => {
    const segment = new Uint8Array(8);
    const view = new DataView(segment.buffer);
    view.setUint32(0, one.localPort * 65_536 + 80);
    view.setUint32(4, sequence);
    const error = icmpMessage(3, 1, 0, ipPacket(6, A, B, segment));
    const packet = ipPacket(1, SERVER_IP, A, error);
    arrive(a, ethernetFrame(a.mac, SERVER_MAC, 0x0800, packet));
  };
  quote(one.initialSequence + 77);
  t.is(one.outcome, "");
  quote(one.initialSequence);
  t.is(one.outcome, "unreachable");
});

test("the address goes: its connections end, those of the loop stay", (t) => {
  const { turn, a, b, pass } = wiredHosts();
  listenTcp(b.stack, turn, 0, 80, 4);
  listenTcp(a.stack, turn, 0, 80, 4);
  const out = opened(a, B, 80);
  const inside = opened(a, 0x7f000001, 80);
  pass(100);
  linkChanged(a.stack, turn, false, a.mac);
  t.is(out.outcome, "");
  turn.now += CUT_MS;
  deadlinePassed(a.stack, turn);
  t.is(out.outcome, "unreachable");
  t.is(inside.outcome, "");
  t.is(connectTcp(a.stack, turn, B, 80), "net.link-down");
});

test("what cannot be opened says why", (t) => {
  const { turn, a } = wiredHosts();
  const to = (address: number, port = 80) => connectTcp(a.stack, turn, address, port);
  t.is(to(0x0a0002ff), "net.bad-address");
  t.is(to(0xffffffff), "net.bad-address");
  t.is(to(0xe0000001), "net.bad-address");
  t.is(to(B, 0), "net.bad-port");
  t.is(to(B, 65_536), "net.bad-port");
  t.is(listenTcp(a.stack, turn, B, 80, 1), "net.bad-address");
  t.is(listenTcp(a.stack, turn, 0, -1, 1), "net.bad-port");
  listenTcp(a.stack, turn, A, 80, 1);
  t.is(listenTcp(a.stack, turn, 0, 80, 1), "net.port-in-use");
  let last: unknown;
  for (let count = 0; count < 40; count++) last = listenTcp(a.stack, turn, 0, 0, 1);
  t.is(last, "net.too-many-connections");
});

test("a way that is known is taken only while it is one: neighbour, route, link", (t) => {
  const { turn, a, b, pass } = wiredHosts();
  const listener = listenTcp(b.stack, turn, 0, 80, 4) as Listener;
  const left = opened(a, B, 80);
  pass(10);
  t.truthy(tcpAccept(listener));
  const send = () => {
    actTcp(a.stack, turn, (tcp) => tcpTune(tcp, turn, left, true, 0));
    actTcp(a.stack, turn, (tcp) => tcpSend(tcp, turn, left, new Uint8Array(10), 0));
    return a.did.take();
  };
  const [first] = send();
  t.is(plainChecksum(first!.subarray(14, 34)), 0);
  t.deepEqual([...first!.subarray(0, 6)], macBytes(b.mac));
  // Another station has the address now, and the one that was there does not answer.
  const other = 0x525400000077;
  arrive(a, ethernetFrame(a.mac, other, 0x0806, arpPacket(2, other, B, a.mac, A)));
  for (let asked = 0; asked < 3; asked++) {
    turn.now += 1000;
    deadlinePassed(a.stack, turn);
  }
  a.did.take();
  const [second] = send();
  t.deepEqual([...second!.subarray(0, 6)], macBytes(other));
  // A route through a router, which has to be asked for first.
  const route = { destination: B, mask: 0xffffffff, gateway: 0x0a000203, through: "wire" } as const;
  addRoute(a.stack.routes, { ...route, source: A, wire: 0 });
  const third = send();
  t.deepEqual(
    third.map((frame) => frame[13]),
    [6],
  );
  const { routes } = a.stack;
  routes.splice(
    routes.findIndex((each) => each.gateway === 0x0a000203),
    1,
  );
  t.deepEqual(
    send().map((frame) => frame[13]),
    [0],
  );
  // An answer grows old: the station is asked again, while it is still used.
  turn.now += 61_000;
  t.deepEqual(
    send()
      .map((frame) => frame[13])
      .sort(),
    [0, 6],
  );
  a.stack.link.up = false;
  t.deepEqual(send(), []);
});
