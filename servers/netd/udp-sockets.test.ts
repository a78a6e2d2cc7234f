import test from "ava";
import { ManualTurn } from "./testing/manual-turn.ts";
import {
  type UdpSocket,
  closeSocket,
  createUdpTable,
  dequeue,
  enqueue,
  findSocket,
  hasRoom,
  openSocket,
  receivingSocket,
} from "./udp-sockets.ts";

const turn = new ManualTurn();
const open = (table: ReturnType<typeof createUdpTable>, port: number, address = 0) =>
  openSocket(table, turn, { address, port, broadcast: false });

function opened(socket: UdpSocket | string): UdpSocket {
  if (typeof socket === "string") throw new Error(socket);
  return socket;
}

test("a port is one socket's, unless both name different addresses", (t) => {
  const table = createUdpTable();
  const first = opened(open(table, 7000, 1));
  t.is(open(table, 7000, 1), "net.port-in-use");
  t.is(open(table, 7000), "net.port-in-use");
  const second = opened(open(table, 7000, 2));
  t.is(receivingSocket(table, 2, 7000), second);
  t.is(receivingSocket(table, 3, 7000), undefined);
  t.true(closeSocket(table, first.id));
  t.false(closeSocket(table, first.id));
  t.is(findSocket(table, first.id), undefined);
  t.not(opened(open(table, 7000, 1)).id, first.id);
});

test("bad ports and DHCP's own are refused", (t) => {
  const table = createUdpTable();
  for (const port of [-1, 65_536, 1.5, Number.NaN]) t.is(open(table, port), "net.bad-port");
  t.is(open(table, 68), "net.port-in-use");
});

test("random ports are free and in the dynamic range; 64 sockets are all", (t) => {
  const table = createUdpTable();
  const ports = new Set<number>();
  for (let count = 0; count < 64; count++) ports.add(opened(open(table, 0)).port);
  t.is(ports.size, 64);
  t.true([...ports].every((port) => port >= 49_152 && port <= 65_535));
  t.is(open(table, 0), "net.too-many-sockets");
});

test("a queue is bounded in datagrams and bytes, and keeps order", (t) => {
  const socket = opened(open(createUdpTable(), 7000));
  const datagram = (size: number, first: number) => ({
    source: 1,
    sourcePort: 1,
    destination: 1,
    data: new Uint8Array(size).fill(first),
  });
  for (let count = 0; count < 32; count++) {
    t.true(hasRoom(socket, 1));
    enqueue(socket, datagram(1, count));
  }
  t.false(hasRoom(socket, 0));
  t.is(dequeue(socket)?.data[0], 0);
  t.is(dequeue(socket)?.data[0], 1);
  t.false(hasRoom(socket, 65_536));
  while (dequeue(socket) !== undefined);
  t.is(socket.queuedBytes, 0);
});
