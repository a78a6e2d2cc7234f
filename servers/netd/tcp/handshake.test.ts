// Opening and closing in every order, and the bounds that hold while it happens.
import test from "ava";
import {
  atEnd,
  tcpAbort,
  tcpAccept,
  tcpClose,
  tcpConnect,
  tcpFinish,
  tcpListen,
  tcpReceive,
  tcpSend,
  tcpStopListening,
} from "./calls.ts";
import type { Connection } from "./connection.ts";
import { ACK, FIN, RST, SYN } from "./segment.ts";
import { states } from "./states.ts";
import { type Listener, takeSignalled } from "./table.ts";
import { Established, OWN_PORT, PEER_PORT } from "./testing/established.ts";
import { TcpHost } from "./testing/host.ts";
import { RawPeer, rawSegment } from "./testing/raw-segment.ts";
import { CLIENT, PORT, SERVER, Transfer } from "./testing/transfer.ts";
import { Wire, perfectWire } from "./testing/wire.ts";

const name = (connection: Connection) => states[connection.state]!.name;
const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const text = (data: Uint8Array) => String.fromCharCode(...data);

function twoHosts(quality = perfectWire) {
  const wire = new Wire(1, quality);
  const a = new TcpHost(wire, CLIENT);
  const b = new TcpHost(wire, SERVER);
  const open = (from: TcpHost, to: TcpHost, localPort = 0, remotePort = PORT) => {
    const ends = {
      localAddress: from.address,
      localPort,
      remoteAddress: to.address,
      remotePort,
    };
    return tcpConnect(from.tcp, from.turn, ends) as Connection;
  };
  return { wire, a, b, open };
}

test("both open at once: one connection, and bytes both ways", (t) => {
  const { wire, a, b, open } = twoHosts();
  const left = open(a, b, 1000, 2000);
  const right = open(b, a, 2000, 1000);
  tcpSend(a.tcp, a.turn, left, bytes("queued before it stood"), 0);
  wire.run(() => false, 50);
  t.is(name(left), "ESTABLISHED");
  t.is(name(right), "ESTABLISHED");
  tcpSend(b.tcp, b.turn, right, bytes("back"), 0);
  wire.run(() => false, 500);
  t.is(text(tcpReceive(b.tcp, b.turn, right, 100)), "queued before it stood");
  t.is(text(tcpReceive(a.tcp, a.turn, left, 100)), "back");
});

test("both close at once: CLOSING, TIME-WAIT, gone", (t) => {
  const { wire, a, b, open } = twoHosts({ ...perfectWire, delay: 10 });
  const left = open(a, b, 1000, 2000);
  const right = open(b, a, 2000, 1000);
  wire.run(() => false, 100);
  tcpFinish(a.tcp, a.turn, left);
  tcpFinish(b.tcp, b.turn, right);
  t.is(name(left), "FIN-WAIT-1");
  wire.run(() => name(left) === "CLOSING", 100);
  t.is(name(left), "CLOSING");
  wire.run(() => false, 100);
  t.is(name(left), "TIME-WAIT");
  t.is(name(right), "TIME-WAIT");
  t.true(atEnd(left) && atEnd(right));
  wire.run(() => false, 61_000);
  t.is(left.outcome, "finished");
  t.is(a.tcp.connections.length + b.tcp.connections.length, 0);
});

test("half closed: the other side goes on as long as it likes", (t) => {
  const { wire, a, b, open } = twoHosts();
  const listener = tcpListen(b.tcp, 0, PORT, 4) as Listener;
  const left = open(a, b);
  tcpSend(a.tcp, a.turn, left, bytes("question"), 0);
  tcpFinish(a.tcp, a.turn, left);
  t.is(tcpSend(a.tcp, a.turn, left, bytes("more"), 0), 0);
  wire.run(() => false, 100);
  const right = tcpAccept(listener) as Connection;
  t.is(text(tcpReceive(b.tcp, b.turn, right, 100)), "question");
  t.true(atEnd(right));
  t.is(name(right), "CLOSE-WAIT");
  wire.run(() => false, 600_000);
  t.is(name(left), "FIN-WAIT-2");
  tcpSend(b.tcp, b.turn, right, bytes("answer"), 0);
  tcpClose(b.tcp, b.turn, right);
  wire.run(() => false, 100);
  t.is(right.outcome, "finished");
  t.is(text(tcpReceive(a.tcp, a.turn, left, 100)), "answer");
  t.true(atEnd(left));
});

test("nobody listens: refused; nobody is there: timed out; an ICMP error: unreachable", (t) => {
  const { wire, a, b, open } = twoHosts();
  const left = open(a, b);
  wire.run(() => false, 100);
  t.is(left.outcome, "refused");
  const lost = open(a, { address: 0x0a0000ff } as TcpHost);
  wire.run(() => false, 99_000);
  t.is(lost.outcome, "");
  wire.run(() => false, 2_000);
  t.is(lost.outcome, "timed-out");
  t.is(a.tcp.connections.length, 0);
});

test("close with unread bytes, and bytes for a closed user: the peer learns of it by a reset", (t) => {
  const unread = new Established();
  unread.send({ data: bytes("never read") });
  tcpClose(unread.host.tcp, unread.host.turn, unread.connection);
  t.is(unread.peer.heard().at(-1)?.flags, RST | ACK);
  const late = new Established();
  tcpClose(late.host.tcp, late.host.turn, late.connection);
  const fin = late.peer.heard()[0];
  t.is(fin?.flags, FIN | ACK);
  late.expected = (late.expected + 1) >>> 0;
  t.is(late.send({ data: bytes("too late") }).at(-1)?.flags, RST | ACK);
  t.is(late.host.tcp.connections.length, 0);
  t.is(late.host.tcp.account.used, 0);
});

test("a close that the peer never answers ends after a minute", (t) => {
  const one = new Established();
  tcpClose(one.host.tcp, one.host.turn, one.connection);
  one.expected = (one.expected + 1) >>> 0;
  one.send({});
  t.is(name(one.connection), "FIN-WAIT-2");
  one.peer.pass(59_000);
  t.is(one.connection.outcome, "");
  one.peer.pass(2_000);
  t.is(one.connection.outcome, "finished");
});

test("TIME-WAIT answers an old FIN, takes a new SYN, and has a bound", (t) => {
  const one = new Established([], { timeWait: 3 });
  tcpFinish(one.host.tcp, one.host.turn, one.connection);
  one.expected = (one.expected + 1) >>> 0;
  one.send({ flags: ACK | FIN });
  t.is(name(one.connection), "TIME-WAIT");
  t.is(one.send({ flags: ACK | FIN }).at(-1)?.flags, ACK);
  const old = one.send({ flags: SYN, sequence: one.sequence - 10 });
  t.not(old.at(-1)?.flags, SYN | ACK);
  const fresh = one.send({ flags: SYN, sequence: one.sequence + 1000, acknowledgment: 0 });
  t.is(fresh.at(-1)?.flags, SYN | ACK);
  t.is(one.connection.outcome, "finished");
  t.is(one.host.tcp.timeWait, 0);
  const { wire, a, b, open } = twoHosts();
  const listener = tcpListen(b.tcp, 0, PORT, 4) as Listener;
  for (let count = 0; count < 100; count++) {
    const left = open(a, b);
    wire.run(() => listener.ready.length > 0, 1000);
    const right = tcpAccept(listener) as Connection;
    tcpClose(a.tcp, a.turn, left);
    wire.run(() => atEnd(right), 1000);
    tcpClose(b.tcp, b.turn, right);
    wire.run(() => name(left) === "TIME-WAIT", 1000);
  }
  wire.run(() => false, 100);
  t.is(a.tcp.timeWait, 64);
  t.is(a.tcp.connections.length, 64);
  t.is(b.tcp.connections.length, 0);
  takeSignalled(a.tcp);
});

test("a SYN flood is answered without memory, established flows go on, a new client gets in", (t) => {
  const transfer = new Transfer(5, perfectWire, 300_000, 0);
  const { server, wire } = transfer;
  transfer.start();
  const { random } = wire;
  const peer = new RawPeer();
  let answered = 0;
  wire.filter = (from, to) => {
    if (from === SERVER && to !== CLIENT) answered += 1;
    return true;
  };
  const flood = (count: number) => {
    for (let sent = 0; sent < count; sent++) {
      const source = 0x0b000000 + random.below(1 << 20);
      server.arrive(source, synFrom(source, 1024 + random.below(60_000), random.word()));
    }
  };
  for (let round = 0; round < 40; round++) {
    flood(200);
    wire.run(() => transfer.done, 1);
  }
  t.true(server.tcp.halfOpen <= 48 && server.tcp.connections.length <= 49);
  t.true(answered >= 7900, `${answered}`);
  t.true(server.tcp.account.used < 1 << 20);
  // In the midst of it a client of another kind: its cookie is its only trace.
  const late = new TcpHost(wire, 0x0a000003);
  server.onReady = () => {};
  const flow = server.onEvents;
  server.onEvents = (each, events) => {
    if (each === transfer.passive) flow(each, events);
  };
  const ends = {
    localAddress: late.address,
    localPort: 0,
    remoteAddress: SERVER,
    remotePort: PORT,
  };
  const connection = tcpConnect(late.tcp, late.turn, ends) as Connection;
  tcpSend(late.tcp, late.turn, connection, bytes("hello"), 0);
  wire.run(() => {
    flood(5);
    return name(connection) === "ESTABLISHED";
  }, 3000);
  t.is(name(connection), "ESTABLISHED");
  wire.run(() => false, 100);
  const accepted = server.tcp.listeners[0]!.ready.at(-1)!;
  t.is(text(tcpReceive(server.tcp, server.turn, accepted, 10)), "hello");
  t.true(transfer.wire.run(() => transfer.done));
  t.true(transfer.up.sound);
  wire.run(() => false, 200_000);
  t.is(server.tcp.halfOpen, 0);
  t.is(peer.heard().length, 0);
});

function synFrom(source: number, port: number, sequence: number): Uint8Array {
  return rawSegment(source, SERVER, {
    sourcePort: port,
    destinationPort: PORT,
    sequence,
    flags: SYN,
    options: [2, 4, 5, 180],
  });
}

test("a cookie that was never given, or is old, opens nothing", (t) => {
  const peer = new RawPeer({ halfOpen: 0 });
  const listener = tcpListen(peer.host.tcp, 0, OWN_PORT, 4) as Listener;
  const ports = { sourcePort: PEER_PORT, destinationPort: OWN_PORT };
  const guess = { ...ports, flags: ACK, sequence: 11, acknowledgment: 12345 };
  t.is(peer.send(guess)[0]?.flags, RST);
  const [answer] = peer.send({ ...ports, flags: SYN, sequence: 10 });
  t.is(answer?.flags, SYN | ACK);
  t.is(peer.host.tcp.connections.length, 0);
  const right = ((answer?.sequence ?? 0) + 1) >>> 0;
  t.is(peer.send({ ...guess, acknowledgment: right + 8 })[0]?.flags, RST);
  t.is(peer.send({ ...guess, sequence: 12, acknowledgment: right })[0]?.flags, RST);
  t.is(listener.ready.length, 0);
  peer.send({ ...guess, acknowledgment: right, data: bytes("x") });
  t.is(listener.ready.length, 1);
  t.is(listener.ready[0]?.incoming.ring.length, 1);
  const [second] = peer.send({ ...ports, sourcePort: 7, flags: SYN, sequence: 10 });
  peer.pass(200_000);
  const old = { ...ports, sourcePort: 7, flags: ACK, sequence: 11 };
  t.is(peer.send({ ...old, acknowledgment: ((second?.sequence ?? 0) + 1) >>> 0 })[0]?.flags, RST);
});

test("backlog: what does not fit is left to try again; a listener that closes resets who waits", (t) => {
  const { wire, a, b, open } = twoHosts();
  const listener = tcpListen(b.tcp, 0, PORT, 2) as Listener;
  t.is(tcpListen(b.tcp, SERVER, PORT, 2), "port-in-use");
  const clients = [open(a, b), open(a, b), open(a, b)];
  wire.run(() => false, 100);
  t.is(listener.ready.length, 2);
  tcpAbort(b.tcp, tcpAccept(listener) as Connection);
  wire.run(() => listener.ready.length === 2, 10_000);
  t.is(listener.ready.length, 2);
  tcpStopListening(b.tcp, listener);
  wire.run(() => false, 1000);
  t.deepEqual(
    clients.map((each) => each.outcome).filter((each) => each !== "reset"),
    [],
  );
  t.is(b.tcp.connections.length + a.tcp.connections.length + b.tcp.halfOpen, 0);
});

test("connections are bounded, ports differ and are hard to guess", (t) => {
  const { a, b, open } = twoHosts();
  const ports: number[] = [];
  for (let count = 0; count < 192; count++) ports.push(open(a, b).localPort);
  t.is(new Set(ports).size, 192);
  t.true(ports.every((port) => port >= 49_152 && port <= 65_535));
  t.is(open(a, b) as unknown, "too-many");
  const other = new Wire(2, perfectWire);
  const again = new TcpHost(other, CLIENT);
  const ends = { localAddress: CLIENT, localPort: 0, remoteAddress: SERVER, remotePort: PORT };
  t.not((tcpConnect(again.tcp, again.turn, ends) as Connection).localPort, ports[0]);
});
