// Bound UDP ports and their receive queues.
//
// Invariant: at most 64 sockets; a queue holds at most 32 datagrams and 64 KiB, and a datagram that
// does not fit is dropped and counted, never an older one. A socket id is never used twice.

import type { NetErrorCode } from "./net-error.ts";
import { type Turn, randomBetween } from "./turn.ts";

/** A datagram that was received. */
export interface Datagram {
  readonly source: number;
  readonly sourcePort: number;
  /** The address it was sent to; tells a broadcast. */
  readonly destination: number;
  readonly data: Uint8Array;
}

/** What a socket is opened with. */
export interface UdpOptions {
  /** The own address to receive at and send from; 0 for all. */
  readonly address: number;
  /** 1 .. 65535, or 0 for a random free one. */
  readonly port: number;
  /** Whether it may send to broadcast addresses. */
  readonly broadcast: boolean;
}

/** An open socket. */
export interface UdpSocket {
  readonly id: number;
  readonly address: number;
  readonly port: number;
  readonly broadcast: boolean;
  readonly queue: Datagram[];
  queuedBytes: number;
}

/** All sockets. */
export interface UdpTable {
  readonly sockets: UdpSocket[];
  nextId: number;
}

/** The DHCP client's port; it is never a socket's (RFC 2131 section 4.1). */
export const DHCP_CLIENT_PORT = 68;

const MAX_SOCKETS = 64;
const MAX_QUEUED = 32;
const MAX_QUEUED_BYTES = 65_536;
/** Random ports come from here (RFC 6335 section 6, RFC 6056). */
const FIRST_RANDOM_PORT = 49_152;
const LAST_PORT = 65_535;

/** A table without sockets. */
export function createUdpTable(): UdpTable {
  return { sockets: [], nextId: 1 };
}

/** Opens a socket, or says why not. */
export function openSocket(
  table: UdpTable,
  turn: Turn,
  options: UdpOptions,
): UdpSocket | NetErrorCode {
  if (table.sockets.length >= MAX_SOCKETS) return "net.too-many-sockets";
  let port = options.port;
  if (!Number.isInteger(port) || port < 0 || port > LAST_PORT) return "net.bad-port";
  if (port === 0) {
    // 64 sockets cannot fill 16,384 ports, so that a free one is near any start.
    port = randomBetween(turn, FIRST_RANDOM_PORT, LAST_PORT);
    while (isTaken(table, options.address, port)) {
      port = port === LAST_PORT ? FIRST_RANDOM_PORT : port + 1;
    }
  } else if (port === DHCP_CLIENT_PORT || isTaken(table, options.address, port)) {
    return "net.port-in-use";
  }
  const socket: UdpSocket = {
    id: table.nextId++,
    address: options.address,
    port,
    broadcast: options.broadcast,
    queue: [],
    queuedBytes: 0,
  };
  table.sockets.push(socket);
  return socket;
}

/** The open socket with this id. */
export function findSocket(table: UdpTable, id: number): UdpSocket | undefined {
  for (let index = 0; index < table.sockets.length; index++) {
    if (table.sockets[index].id === id) return table.sockets[index];
  }
  return undefined;
}

/** Closes a socket and drops its queue; false when it is not open. */
export function closeSocket(table: UdpTable, id: number): boolean {
  const index = table.sockets.findIndex((socket) => socket.id === id);
  if (index < 0) return false;
  table.sockets.splice(index, 1);
  return true;
}

/** The socket that receives at an address and port; one bound to the address goes first. */
export function receivingSocket(
  table: UdpTable,
  address: number,
  port: number,
): UdpSocket | undefined {
  let any: UdpSocket | undefined;
  for (let index = 0; index < table.sockets.length; index++) {
    const socket = table.sockets[index];
    if (socket.port !== port) continue;
    if (socket.address === address) return socket;
    if (socket.address === 0) any = socket;
  }
  return any;
}

/** Whether another datagram of this length fits the queue. */
export function hasRoom(socket: UdpSocket, length: number): boolean {
  return socket.queue.length < MAX_QUEUED && socket.queuedBytes + length <= MAX_QUEUED_BYTES;
}

/** Puts a datagram behind the others; the caller has asked `hasRoom`. */
export function enqueue(socket: UdpSocket, datagram: Datagram): void {
  socket.queue.push(datagram);
  socket.queuedBytes += datagram.data.length;
}

/** Takes the oldest datagram out. */
export function dequeue(socket: UdpSocket): Datagram | undefined {
  const datagram = socket.queue.shift();
  if (datagram !== undefined) socket.queuedBytes -= datagram.data.length;
  return datagram;
}

function isTaken(table: UdpTable, address: number, port: number): boolean {
  for (let index = 0; index < table.sockets.length; index++) {
    const socket = table.sockets[index];
    if (socket.port !== port) continue;
    if (socket.address === address || socket.address === 0 || address === 0) return true;
  }
  return false;
}
