// What a user asks of TCP (RFC 9293 section 3.10.1 to 3.10.6).
//
// Invariant: a call never waits; what it cannot do now it says, and an event tells when to ask again. A connection that its user
// has closed or aborted is not touched by its user again.

import { NEVER, type Turn } from "../turn.ts";
import {
  copyHead,
  dropHead,
  isShared,
  releaseRing,
  reserveSome,
  shrinkEmpty,
  writeAt,
} from "./byte-ring.ts";
import { type Connection, ENDED, type Ends } from "./connection.ts";
import { sendSegment, worthTelling } from "./emit.ts";
import { recordSent } from "./flight.ts";
import { choosePort, initialSequence, timestampOffset } from "./initial-sequence.ts";
import { openSending } from "./listen.ts";
import { pump } from "./pump.ts";
import { enter } from "./receive-text.ts";
import { scheduleTimers } from "./schedule.ts";
import { sendExpected } from "./send-expected.ts";
import { CWR, ECE, SYN } from "./segment.ts";
import { FIN_WAIT_2_SPAN } from "./settings.ts";
import { FIN_WAIT_2, SYN_SENT, states } from "./states.ts";
import {
  type Listener,
  type TcpTable,
  addConnection,
  endConnection,
  findConnection,
  leaveBacklog,
  releaseIncoming,
} from "./table.ts";
import { sendReset, setKeepAlive } from "./timers.ts";

/** Why a call was refused. */
export type TcpCallError = "port-in-use" | "too-many";

const MAX_LISTENERS = 32;

/** Opens a connection; `localPort` 0: any free one. CONNECTED or ENDED tells how it went. */
export function tcpConnect(tcp: TcpTable, turn: Turn, wanted: Ends): Connection | TcpCallError {
  const { localAddress, remoteAddress, remotePort } = wanted;
  const chosen = wanted.localPort === 0;
  const localPort = chosen
    ? choosePort(tcp, localAddress, remoteAddress, remotePort)
    : wanted.localPort;
  if (localPort === 0) return "too-many";
  const taken = findConnection(tcp, localAddress, localPort, remoteAddress, remotePort);
  if (taken !== undefined) return "port-in-use";
  const ends = { localAddress, localPort, remoteAddress, remotePort };
  const connection = addConnection(tcp, SYN_SENT, ends, turn.now);
  if (connection === undefined) return "too-many";
  openSending(tcp, connection, initialSequence(tcp, ends, turn.now));
  connection.timestampOffset = timestampOffset(tcp, ends);
  const { initialSequence: first, nextSequence } = connection;
  recordSent(connection.flight, first, nextSequence, turn.now);
  const flags = tcp.settings.explicit ? SYN | ECE | CWR : SYN;
  sendSegment(tcp, connection, turn.now, first, flags, 0, 0);
  scheduleTimers(tcp, connection, turn.now);
  return connection;
}

/** Listens at an own address (0: all) and port, with room for `backlog` connections that nobody has accepted yet. */
export function tcpListen(
  tcp: TcpTable,
  address: number,
  port: number,
  backlog: number,
): Listener | TcpCallError {
  if (tcp.listeners.length >= MAX_LISTENERS) return "too-many";
  for (let index = 0; index < tcp.listeners.length; index++) {
    const each = tcp.listeners[index];
    if (each.port !== port) continue;
    if (each.address === 0 || address === 0 || each.address === address) return "port-in-use";
  }
  const listener = { id: tcp.nextId++, address, port, backlog, ready: [], incomplete: 0 };
  tcp.listeners.push(listener);
  return listener;
}

/** The oldest complete connection of the backlog. */
export function tcpAccept(listener: Listener): Connection | undefined {
  const connection = listener.ready.shift();
  if (connection !== undefined) connection.listener = 0;
  return connection;
}

/** Stops listening; whoever waits in the backlog is reset. */
export function tcpStopListening(tcp: TcpTable, listener: Listener): void {
  const place = tcp.listeners.indexOf(listener);
  if (place < 0) return;
  const { connections } = tcp;
  for (let index = connections.length - 1; index >= 0; index--) {
    const each = connections[index];
    if (each !== undefined && each.listener === listener.id) {
      leaveBacklog(tcp, each);
      each.listener = 0;
      abortIncomplete(tcp, each);
    }
  }
  tcp.listeners.splice(place, 1);
}

function abortIncomplete(tcp: TcpTable, connection: Connection): void {
  connection.detached = true;
  sendReset(tcp, connection);
  endConnection(tcp, connection, "aborted");
}

/**
 * Queues `bytes` from `start` on; returns how many were taken, and WRITABLE comes when there is room for the rest. 0 as well when
 * nothing may be sent any more: after finish, or when the connection is over.
 */
export function tcpSend(
  tcp: TcpTable,
  turn: Turn,
  connection: Connection,
  bytes: Uint8Array,
  start: number,
): number {
  if (!states[connection.state].accepts || connection.finQueued) return 0;
  const { outgoing } = connection;
  let count = Math.min(bytes.length - start, outgoing.limit - outgoing.length);
  if (count > 0) count = Math.min(count, reserveSome(outgoing, outgoing.length + count));
  if (count < bytes.length - start) connection.wantsRoom = true;
  if (count <= 0) return 0;
  writeAt(outgoing, outgoing.length, bytes, start, start + count);
  outgoing.length += count;
  if (!sendExpected(tcp, connection, turn.now)) pump(tcp, connection, turn.now);
  return count;
}

/** Takes at most `most` received bytes out; an empty array when there are none now. See `atEnd`. */
export function tcpReceive(
  tcp: TcpTable,
  turn: Turn,
  connection: Connection,
  most: number,
): Uint8Array {
  const { ring } = connection.incoming;
  const count = Math.min(most, ring.length);
  const bytes = copyHead(ring, count);
  dropHead(ring, count);
  if (ring.length === 0 && connection.peerFinished && !isShared(ring)) releaseRing(ring);
  else if (connection.incoming.ranges.length === 0) shrinkEmpty(ring);
  if (count > 0 && states[connection.state].receives && worthTelling(connection)) {
    connection.acknowledgeNow = true;
    pump(tcp, connection, turn.now);
  }
  return bytes;
}

/** The user has read `count` bytes where they lie, in memory that it shares; false when there were not so many. */
export function tcpTook(tcp: TcpTable, turn: Turn, connection: Connection, count: number): boolean {
  const { ring } = connection.incoming;
  if (count > ring.length) return false;
  dropHead(ring, count);
  if (count > 0 && states[connection.state].receives && worthTelling(connection)) {
    connection.acknowledgeNow = true;
    pump(tcp, connection, turn.now);
  }
  return true;
}

/** The user has put `count` bytes behind those of the send buffer, in memory that it shares; false when there was no room for them. */
export function tcpPut(tcp: TcpTable, turn: Turn, connection: Connection, count: number): boolean {
  const { outgoing } = connection;
  if (count > outgoing.bytes.length - outgoing.length) return false;
  if (!states[connection.state].accepts || connection.finQueued) return true;
  outgoing.length += count;
  connection.wantsRoom = true;
  if (!sendExpected(tcp, connection, turn.now)) pump(tcp, connection, turn.now);
  return true;
}

/** Whether everything that the peer sent has been read, and its end with it. */
export function atEnd(connection: Connection): boolean {
  return connection.peerFinished && connection.incoming.ring.length === 0;
}

/** Sends no more: what is queued still goes out, then our FIN. The peer may go on. */
export function tcpFinish(tcp: TcpTable, turn: Turn, connection: Connection): void {
  if (!states[connection.state].accepts || connection.finQueued) return;
  connection.finQueued = true;
  enter(tcp, connection, states[connection.state].onClose, turn.now);
  pump(tcp, connection, turn.now);
}

/**
 * The user is done: what is queued still goes out, then our FIN. Bytes that were not read, or come later, are lost, and the peer is
 * told so by a reset (RFC 2525 section 2.17).
 */
export function tcpClose(tcp: TcpTable, turn: Turn, connection: Connection): void {
  if (connection.detached) return;
  if (connection.outcome !== "") {
    connection.detached = true;
    releaseIncoming(connection);
    return;
  }
  const { incoming, state } = connection;
  if (incoming.ring.length > 0 || incoming.ranges.length > 0 || state === SYN_SENT) {
    tcpAbort(tcp, connection);
    return;
  }
  connection.detached = true;
  tcpFinish(tcp, turn, connection);
  if (connection.state === FIN_WAIT_2) {
    connection.expiresAt = turn.now + FIN_WAIT_2_SPAN;
    scheduleTimers(tcp, connection, turn.now);
  }
}

/** Lets small segments leave at once, and asks a silent peer for a sign of life after `silence` milliseconds (0: never). */
export function tcpTune(
  tcp: TcpTable,
  turn: Turn,
  connection: Connection,
  noDelay: boolean,
  silence: number,
): void {
  if (connection.outcome !== "") return;
  connection.noDelay = noDelay;
  setKeepAlive(tcp, connection, silence, turn.now);
  if (states[connection.state].synchronized) pump(tcp, connection, turn.now);
}

/** Ends the connection now, with a reset; what is queued is lost. */
export function tcpAbort(tcp: TcpTable, connection: Connection): void {
  connection.detached = true;
  if (connection.outcome === "") {
    sendReset(tcp, connection);
    endConnection(tcp, connection, "aborted");
  }
  releaseIncoming(connection);
  connection.events &= ~ENDED;
  connection.deadline = NEVER;
}
