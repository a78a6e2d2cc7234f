// Whole stacks: wired together, on a lossy wire, and alone with the loop.
import test from "ava";
import { deadlinePassed, nextDeadline } from "./deadlines.ts";
import { CUT_MS, linkChanged } from "./link.ts";
import { startPing } from "./ping-operation.ts";
import { addRoute, findRoute, MAX_ROUTES, type Route } from "./route.ts";
import { createRateLimit, takeToken } from "./rate-limit.ts";
import { dhcpReply } from "./testing/dhcp-reply.ts";
import { ethernetFrame, icmpMessage, ipPacket, udpDatagram } from "./testing/frames.ts";
import {
  type Host,
  SERVER_IP,
  SERVER_MAC,
  arrive,
  boundHost,
  createHost,
  pass,
  refused,
  serverFrame,
} from "./testing/host.ts";
import { ManualTurn } from "./testing/manual-turn.ts";
import { openUdp, sendUdp } from "./udp-operation.ts";
import { type UdpSocket, dequeue, findSocket } from "./udp-sockets.ts";

const A = 0x0a000210;
const B = 0x0a000211;

/** Two hosts with one clock; `carry` decides which frames arrive. */
function wired(carry: (frame: Uint8Array) => boolean = () => true) {
  const turn = new ManualTurn();
  const a = boundHost(A, 0x525400000010, turn);
  const b = boundHost(B, 0x525400000011, turn);
  const settle = () => {
    for (;;) {
      const fromA = a.did.take();
      const fromB = b.did.take();
      if (fromA.length + fromB.length === 0) return;
      for (const frame of fromA) if (carry(frame)) arrive(b, frame);
      for (const frame of fromB) if (carry(frame)) arrive(a, frame);
    }
  };
  return { turn, a, b, settle };
}

function opened(host: Host, port: number, broadcast = false, address = 0): UdpSocket {
  const socket = openUdp(host.stack, host.turn, { address, port, broadcast });
  if (typeof socket === "string") throw new Error(socket);
  return socket;
}

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

test("two hosts ping each other; the first request waits for ARP", (t) => {
  const { turn, a, b, settle } = wired();
  const token = startPing(a.stack, turn, B, 1472, 1000);
  t.is(a.stack.neighbours.waiting, 1);
  settle();
  t.deepEqual(a.did.pings, [
    {
      token: token as number,
      outcome: "reply",
      source: B,
      milliseconds: 0,
      timeToLive: 64,
      length: 1472,
    },
  ]);
  startPing(b.stack, turn, A, 0, 1000);
  settle();
  t.like(b.did.pings[0], { outcome: "reply", source: A, length: 0 });
  t.deepEqual([...refused(a), ...refused(b)], []);
  t.is(a.stack.pings.open.length, 0);
});

test("on a wire that loses every third frame each ping ends once", (t) => {
  let count = 0;
  const { turn, a, settle } = wired(() => count++ % 3 !== 0);
  const tokens: number[] = [];
  for (let ping = 0; ping < 30; ping++) {
    tokens.push(startPing(a.stack, turn, B, 56, 900) as number);
    settle();
    turn.now += 1000;
    deadlinePassed(a.stack, turn);
    settle();
  }
  for (let wait = 0; wait < 5; wait++) pass(a);
  t.deepEqual(
    a.did.pings.map((ping) => ping.token).sort((x, y) => x - y),
    tokens,
  );
  const outcomes = new Set(a.did.pings.map((ping) => ping.outcome));
  t.true(outcomes.has("reply") && outcomes.has("timeout"));
  t.is(a.stack.pings.open.length, 0);
});

test("a silent neighbour: the ping ends as unreachable, the datagram as lost", (t) => {
  const { turn, a } = wired(() => false);
  const socket = opened(a, 7000);
  startPing(a.stack, turn, B, 56, 60_000);
  t.is(sendUdp(a.stack, turn, socket.id, B, 9, bytes("x")), undefined);
  for (let count = 0; count < 3; count++) pass(a);
  t.like(a.did.pings, [{ outcome: "unreachable", source: 0 }]);
  t.deepEqual(a.did.undelivered, [{ socket: socket.id, destination: B, port: 9 }]);
  t.is(a.did.take().length, 3);
});

test("datagrams there and back, and to a closed port", (t) => {
  const { turn, a, b, settle } = wired();
  const client = opened(a, 0);
  const server = opened(b, 7000);
  t.is(sendUdp(a.stack, turn, client.id, B, 7000, bytes("hello")), undefined);
  settle();
  t.deepEqual(b.did.arrived, [server.id]);
  const asked = dequeue(server);
  t.like(asked, { source: A, sourcePort: client.port, destination: B, data: bytes("hello") });
  t.is(sendUdp(b.stack, turn, server.id, A, client.port, new Uint8Array(1472)), undefined);
  settle();
  t.is(dequeue(client)?.data.length, 1472);
  t.is(sendUdp(a.stack, turn, client.id, B, 7001, bytes("?")), undefined);
  settle();
  t.deepEqual(a.did.undelivered, [{ socket: client.id, destination: B, port: 7001 }]);
  t.deepEqual(refused(b), ["udp.closed"]);
});

test("a broadcast reaches every socket's host and is never answered", (t) => {
  const { turn, a, b, settle } = wired();
  const quiet = opened(a, 7000);
  const loud = opened(a, 7001, true);
  t.is(sendUdp(a.stack, turn, quiet.id, 0xffffffff, 7002, bytes("x")), "net.broadcast");
  t.is(sendUdp(a.stack, turn, quiet.id, 0x0a0002ff, 7002, bytes("x")), "net.broadcast");
  const receiver = opened(b, 7002);
  t.is(sendUdp(a.stack, turn, loud.id, 0x0a0002ff, 7002, bytes("x")), undefined);
  t.is(sendUdp(a.stack, turn, loud.id, 0xffffffff, 7002, bytes("y")), undefined);
  t.is(sendUdp(a.stack, turn, loud.id, 0xffffffff, 7003, bytes("z")), undefined);
  settle();
  t.deepEqual(
    [dequeue(receiver)?.destination, dequeue(receiver)?.destination],
    [0x0a0002ff, 0xffffffff],
  );
  t.deepEqual(refused(b), ["udp.closed"]);
  t.deepEqual(a.did.undelivered, []);
});

test("a queue that is full drops the newest and counts it", (t) => {
  const { turn, a, b, settle } = wired();
  const client = opened(a, 0);
  const server = opened(b, 7000);
  for (let count = 0; count < 40; count++) {
    sendUdp(a.stack, turn, client.id, B, 7000, Uint8Array.of(count));
    settle();
  }
  t.is(findSocket(b.stack.udp, server.id)?.queue.length, 32);
  t.is(dequeue(server)?.data[0], 0);
  t.deepEqual(refused(b), ["udp.full*8"]);
});

test("the loop: localhost and the own address, without a frame on the wire", (t) => {
  const host = boundHost();
  for (const address of [0x7f000001, 0x7f123456, 0x0a00020f]) {
    startPing(host.stack, host.turn, address, 56, 1000);
    t.is(nextDeadline(host.stack), 0);
    t.is(host.did.pings.length, 0);
    deadlinePassed(host.stack, host.turn);
    t.like(host.did.pings.splice(0), [{ outcome: "reply", source: address }]);
  }
  const here = opened(host, 7000, false, 0x7f000001);
  const there = opened(host, 7001);
  t.is(sendUdp(host.stack, host.turn, here.id, 0x7f000001, 7001, bytes("in")), undefined);
  t.is(sendUdp(host.stack, host.turn, here.id, SERVER_IP, 7001, bytes("out")), "net.bad-address");
  t.is(sendUdp(host.stack, host.turn, there.id, 0x7f000001, 1, bytes("closed")), undefined);
  deadlinePassed(host.stack, host.turn);
  t.like(dequeue(there), { source: 0x7f000001, sourcePort: 7000 });
  t.deepEqual(host.did.undelivered, [{ socket: there.id, destination: 0x7f000001, port: 1 }]);
  t.deepEqual(host.did.frames, []);
});

test("the loop is bounded", (t) => {
  const host = createHost();
  const socket = opened(host, 7000);
  const results = Array.from({ length: 264 }, () =>
    sendUdp(host.stack, host.turn, socket.id, 0x7f000001, 7000, bytes("x")),
  );
  t.is(results.filter((result) => result === "net.busy").length, 8);
  t.deepEqual(refused(host), ["loopback.full*8"]);
});

test("what cannot be sent says why", (t) => {
  const host = createHost();
  const socket = opened(host, 7000);
  const send = (to: number, port = 9, data = bytes("x"), id = socket.id) =>
    sendUdp(host.stack, host.turn, id, to, port, data);
  t.is(send(SERVER_IP), "net.link-down");
  t.is(startPing(host.stack, host.turn, SERVER_IP, 56, 1000), "net.link-down");
  linkChanged(host.stack, host.turn, true, host.mac);
  t.is(send(SERVER_IP), "net.no-address");
  t.is(send(0), "net.bad-address");
  t.is(send(0xe0000001), "net.bad-address");
  t.is(send(SERVER_IP, 0), "net.bad-port");
  t.is(send(SERVER_IP, 9, new Uint8Array(4001)), "net.too-large");
  t.is(send(SERVER_IP, 9, bytes("x"), 99), "net.bad-socket");
  t.is(startPing(host.stack, host.turn, 0xffffffff, 56, 1000), "net.bad-address");
  t.is(startPing(host.stack, host.turn, SERVER_IP, 1473, 1000), "net.too-large");
  t.is(
    openUdp(host.stack, host.turn, { address: SERVER_IP, port: 1, broadcast: false }),
    "net.bad-address",
  );
  const bound = boundHost();
  t.is(startPing(bound.stack, bound.turn, 0x0a0002ff, 56, 1000), "net.bad-address");
  for (let count = 0; count < 3; count++) startPing(bound.stack, bound.turn, SERVER_IP, 1, 1000);
  t.is(startPing(bound.stack, bound.turn, SERVER_IP, 1, 1000), "net.busy");
  t.is(bound.stack.pings.open.length, 3);
});

test("64 open pings are all", (t) => {
  const host = createHost();
  for (let count = 0; count < 64; count++) {
    t.is(typeof startPing(host.stack, host.turn, 0x7f000001, 1, 1000), "number");
    if (count % 2 === 0) deadlinePassed({ ...host.stack, loopback: [] }, host.turn);
    host.stack.loopback.length = 0;
  }
  t.is(startPing(host.stack, host.turn, 0x7f000001, 1, 1000), "net.too-many-pings");
});

test("an error from a router ends the ping it quotes, and no other", (t) => {
  const { turn, a, b, settle } = wired();
  startPing(b.stack, turn, A, 1, 100_000);
  settle();
  b.did.pings.length = 0;
  startPing(a.stack, turn, B, 56, 5000);
  const request = a.did.take().at(-1);
  if (request === undefined) return t.fail();
  const quote = request.slice(14, 14 + 28);
  const router = 0x08080808;
  const error = (type: number, quoted: Uint8Array) =>
    ethernetFrame(
      a.mac,
      SERVER_MAC,
      0x0800,
      ipPacket(1, router, A, icmpMessage(type, 0, 0, quoted)),
    );
  const other = quote.slice();
  other[27] ^= 1;
  arrive(a, error(11, other));
  t.deepEqual(a.did.pings, []);
  t.deepEqual(refused(a), ["icmp.quoted"]);
  arrive(a, error(11, quote));
  t.like(a.did.pings, [{ outcome: "expired", source: router }]);
  arrive(a, error(11, quote));
  t.is(a.did.pings.length, 1);
});

test("a request says how many hosts may have it; an error tells how long it was on its way", (t) => {
  const { turn, a, b, settle } = wired();
  startPing(b.stack, turn, A, 1, 100_000);
  settle();
  startPing(a.stack, turn, B, 32, 5000);
  t.is(a.did.take().at(-1)?.[22], 64);
  startPing(a.stack, turn, B, 32, 5000, 3);
  const request = a.did.take().at(-1);
  if (request === undefined) return t.fail();
  t.is(request[22], 3);
  turn.now += 40;
  const error = icmpMessage(11, 0, 0, request.slice(14, 14 + 28));
  arrive(a, ethernetFrame(a.mac, SERVER_MAC, 0x0800, ipPacket(1, 0x08080808, A, error)));
  t.like(a.did.pings.at(-1), { outcome: "expired", source: 0x08080808, milliseconds: 40 });
});

test("a reply from another host than the one asked is refused", (t) => {
  const { turn, a, settle } = wired((frame) => frame[23] !== 1);
  startPing(a.stack, turn, B, 56, 5000);
  settle();
  const ping = a.stack.pings.open[0];
  const rest = ping.identifier * 65536 + ping.sequence;
  const reply = (from: number) =>
    ethernetFrame(
      a.mac,
      SERVER_MAC,
      0x0800,
      ipPacket(1, from, A, icmpMessage(0, 0, rest, new Uint8Array(56))),
    );
  arrive(a, reply(SERVER_IP));
  t.deepEqual(refused(a), ["icmp.unmatched"]);
  arrive(a, reply(B));
  t.like(a.did.pings, [{ outcome: "reply" }]);
});

test("floods of echo requests and of datagrams to closed ports are answered within limits", (t) => {
  const { turn, a } = wired();
  startPing(a.stack, turn, SERVER_IP, 1, 1);
  const ask = (packet: Uint8Array) => arrive(a, ethernetFrame(a.mac, SERVER_MAC, 0x0800, packet));
  const reply = new Uint8Array(28);
  reply.set([0, 1, 8, 0, 6, 4, 0, 2, 0x52, 0x55, 10, 0, 2, 2, 10, 0, 2, 2]);
  arrive(a, ethernetFrame(a.mac, SERVER_MAC, 0x0806, reply));
  a.did.take();
  const echo = icmpMessage(8, 0, 1, new Uint8Array(1));
  for (let count = 0; count < 300; count++) ask(ipPacket(1, SERVER_IP, A, echo));
  t.is(a.did.take().length, 100);
  const datagram = udpDatagram(SERVER_IP, A, 9, 9, bytes("x"));
  for (let count = 0; count < 300; count++) ask(ipPacket(17, SERVER_IP, A, datagram));
  t.is(a.did.take().length, 10);
  t.deepEqual(refused(a), ["icmp.rate*200", "udp.closed*300"]);
  turn.now += 1000;
  for (let count = 0; count < 300; count++) ask(ipPacket(17, SERVER_IP, A, datagram));
  t.is(a.did.take().length, 10);
});

test("a link that is cut for a moment keeps the address, and asks whether it holds", (t) => {
  const host = boundHost();
  const { stack, turn } = host;
  const cut = (milliseconds: number) => {
    linkChanged(stack, turn, false, host.mac);
    t.is(startPing(stack, turn, SERVER_IP, 1, 1000), "net.link-down");
    turn.now += milliseconds;
    deadlinePassed(stack, turn);
    t.deepEqual(host.did.take(), []);
    linkChanged(stack, turn, true, host.mac);
    return host.did.take();
  };
  for (const { answered } of [{ answered: true }, { answered: false }]) {
    const [request, ...others] = cut(CUT_MS - 1);
    t.is(others.length, 0);
    // To everybody, from the address in use: a REQUEST that names neither server nor address.
    t.deepEqual([...request!.subarray(26, 34)], [10, 0, 2, 15, 255, 255, 255, 255]);
    t.is(stack.dhcp.phase, "rebinding");
    const { transaction } = stack.dhcp;
    const reply = { mac: host.mac, server: SERVER_IP, address: 0x0a00020f, mask: 0xffffff00 };
    if (answered)
      arrive(host, serverFrame(dhcpReply({ ...reply, type: 5, leaseTime: 600, transaction })));
    t.is(stack.local.address, 0x0a00020f);
    t.is(stack.dhcp.phase, answered ? "bound" : "rebinding");
  }
  t.deepEqual(host.did.lost, []);
  // Another network's server says that the address is none of its own.
  cut(1000);
  const { transaction } = stack.dhcp;
  const nak = { mac: host.mac, server: 0xc0a80101, address: 0, type: 6, transaction };
  arrive(host, serverFrame(dhcpReply(nak)));
  t.like(host.did.lost, [{ reason: "nak" }]);
  t.is(stack.local.address, 0);
});

test("another card has nothing of the one before it", (t) => {
  const host = boundHost();
  linkChanged(host.stack, host.turn, false, host.mac);
  linkChanged(host.stack, host.turn, true, host.mac + 2);
  t.like(host.did.lost, [{ reason: "stopped" }]);
  t.is(host.stack.local.address, 0);
});

test("a lost link takes the address, and another server's range gives another one", (t) => {
  const host = boundHost();
  linkChanged(host.stack, host.turn, true, host.mac);
  t.deepEqual(host.did.lost, []);
  linkChanged(host.stack, host.turn, false, host.mac);
  t.deepEqual(host.did.lost, []);
  host.turn.now += CUT_MS;
  deadlinePassed(host.stack, host.turn);
  t.like(host.did.lost, [{ reason: "stopped" }]);
  t.is(startPing(host.stack, host.turn, SERVER_IP, 1, 1000), "net.link-down");
  t.is(host.stack.routes.length, 1);
  host.turn.now += 10_000;
  linkChanged(host.stack, host.turn, true, host.mac);
  t.is(host.did.take().length, 1);
  const answer = {
    mac: host.mac,
    address: 0xc0a80105,
    server: 0xc0a80101,
    mask: 0xffffff00,
    leaseTime: 600,
  };
  for (const type of [2, 5]) {
    const transaction = host.stack.dhcp.transaction;
    arrive(host, serverFrame(dhcpReply({ ...answer, type, transaction })));
  }
  t.is(host.stack.local.address, 0xc0a80105);
  t.is(startPing(host.stack, host.turn, SERVER_IP, 1, 1000), "net.no-route");
});

test("a link that flaps waits before it asks again", (t) => {
  const host = createHost();
  linkChanged(host.stack, host.turn, true, host.mac);
  t.is(host.did.take().length, 1);
  linkChanged(host.stack, host.turn, false, host.mac);
  linkChanged(host.stack, host.turn, true, host.mac);
  t.is(host.did.take().length, 0);
  pass(host);
  t.is(host.did.take().length, 1);
});

test("a renewal goes to the server alone, from the leased address, through ARP", (t) => {
  const host = boundHost();
  pass(host);
  t.is(host.stack.dhcp.phase, "renewing");
  t.is(host.stack.neighbours.waiting, 1);
  const reply = new Uint8Array(28);
  reply.set([0, 1, 8, 0, 6, 4, 0, 2, 0x52, 0x55, 10, 0, 2, 2, 10, 0, 2, 2]);
  arrive(host, ethernetFrame(host.mac, SERVER_MAC, 0x0806, reply));
  const frame = host.did.take().at(-1);
  t.deepEqual([...(frame?.slice(26, 34) ?? [])], [10, 0, 2, 15, 10, 0, 2, 2]);
  const { transaction } = host.stack.dhcp;
  const answer = { mac: host.mac, address: 0x0a00020f, server: SERVER_IP, mask: 0xffffff00 };
  arrive(host, serverFrame(dhcpReply({ ...answer, type: 5, leaseTime: 86_400, transaction })));
  t.true(host.did.leases.at(-1)?.renewed);
  t.is(host.stack.routes.length, 4);
  t.is(host.stack.watch.deadline, Number.POSITIVE_INFINITY);
});

test("routes: the longest prefix wins, the table is bounded", (t) => {
  const routes: Route[] = [];
  const add = (destination: number, mask: number, source: number) =>
    addRoute(routes, { destination, mask, gateway: 0, through: "wire", source, wire: 0 });
  add(0, 0, 1);
  add(0x0a000000, 0xff000000, 2);
  add(0x0a000200, 0xffffff00, 3);
  t.is(findRoute(routes, 0x0a000201)?.source, 3);
  t.is(findRoute(routes, 0x0a000301)?.source, 2);
  t.is(findRoute(routes, 0xf0000001)?.source, 1);
  while (routes.length < MAX_ROUTES) t.true(add(1, 0xffffffff, 4));
  t.false(add(1, 0xffffffff, 4));
});

test("a token bucket: the burst at once, the rate later, nothing for a clock that goes back", (t) => {
  const limit = createRateLimit(10, 3);
  const take = (now: number) => takeToken(limit, now);
  t.deepEqual([take(100), take(100), take(100), take(100)], [true, true, true, false]);
  t.deepEqual([take(199), take(200), take(50)], [false, true, false]);
  t.deepEqual([take(10_000), take(10_000), take(10_000), take(10_000)], [true, true, true, false]);
});
