// Passive opening: SYNs, the backlog, and SYN cookies when too many connections are half open (RFC 4987).
//
// Invariant: a SYN costs memory only while `halfOpen` is below its bound; beyond, the answer alone remembers it.

import { type Refusal, refusal } from "../refusal.ts";
import type { Turn } from "../turn.ts";
import { CONNECTED, type Connection, type Ends, agreeSegmentSize } from "./connection.ts";
import { answerWithCookie, readCookie, takeCookieOptions } from "./cookie.ts";
import { sendSegment } from "./emit.ts";
import { recordSent } from "./flight.ts";
import { initialSequence, timestampOffset } from "./initial-sequence.ts";
import { takePeerSyn } from "./peer-syn.ts";
import { scheduleTimers } from "./schedule.ts";
import { ACK, CWR, ECE, SYN, type TcpSegment } from "./segment.ts";
import { plus } from "./sequence.ts";
import { ESTABLISHED, FIN_WAIT_1, SYN_RECEIVED } from "./states.ts";
import {
  type Listener,
  type TcpTable,
  addConnection,
  findListenerById,
  leaveBacklog,
  signal,
} from "./table.ts";

const badSyn = refusal("tcp.syn");
const backlogFull = refusal("tcp.backlog");

function endsOf(segment: TcpSegment): Ends {
  return {
    localAddress: segment.destination,
    localPort: segment.destinationPort,
    remoteAddress: segment.source,
    remotePort: segment.sourcePort,
  };
}

/** A SYN for a listener: answers it, or says why it is refused. */
export function takeSyn(
  tcp: TcpTable,
  turn: Turn,
  listener: Listener,
  segment: TcpSegment,
): Refusal | undefined {
  if ((segment.flags & SYN) === 0) return badSyn;
  if (listener.ready.length >= listener.backlog) return backlogFull;
  const ends = endsOf(segment);
  const crowded = tcp.halfOpen >= tcp.settings.halfOpen;
  const connection = crowded ? undefined : addConnection(tcp, SYN_RECEIVED, ends, turn.now);
  if (connection === undefined) {
    answerWithCookie(tcp, ends, segment, turn.now);
    return undefined;
  }
  connection.listener = listener.id;
  listener.incomplete += 1;
  tcp.halfOpen += 1;
  takePeerSyn(tcp, connection, segment, turn.now);
  openSending(tcp, connection, initialSequence(tcp, ends, turn.now));
  connection.timestampOffset = timestampOffset(tcp, ends);
  const { initialSequence: first, nextSequence } = connection;
  recordSent(connection.flight, first, nextSequence, turn.now);
  const asks = (segment.flags & (ECE | CWR)) === (ECE | CWR);
  connection.explicit = asks && tcp.settings.explicit;
  const flags = connection.explicit ? SYN | ACK | ECE : SYN | ACK;
  sendSegment(tcp, connection, turn.now, first, flags, 0, 0);
  scheduleTimers(tcp, connection, turn.now);
  return undefined;
}

/** Sets the numbers of a connection whose SYN, with this number, is sent next. */
export function openSending(_tcp: TcpTable, connection: Connection, sequence: number): void {
  connection.initialSequence = sequence;
  connection.unacknowledged = sequence;
  connection.nextSequence = plus(sequence, 1);
  connection.slowStart.roundEnd = connection.nextSequence;
  connection.markedUntil = connection.nextSequence;
}

/**
 * Why a connection cannot become complete now: its listener has enough that nobody accepted. Its peer's acknowledgement counts as
 * lost then, and our answer goes out again later.
 */
export function backlogRefusal(tcp: TcpTable, connection: Connection): Refusal | undefined {
  const listener = findListenerById(tcp, connection.listener);
  if (listener === undefined) return undefined;
  return listener.ready.length >= listener.backlog ? backlogFull : undefined;
}

/** An acknowledgement for a listener: the connection that its cookie stands for, or why there is none. */
export function acceptCookie(
  tcp: TcpTable,
  turn: Turn,
  listener: Listener,
  segment: TcpSegment,
): Connection | Refusal | undefined {
  if (turn.now > tcp.cookiesUntil || (segment.flags & SYN) !== 0) return undefined;
  const ends = endsOf(segment);
  const mss = readCookie(tcp, ends, segment, turn.now);
  if (mss === 0) return undefined;
  if (listener.ready.length >= listener.backlog) return backlogFull;
  const connection = addConnection(tcp, ESTABLISHED, ends, turn.now);
  if (connection === undefined) return backlogFull;
  connection.listener = listener.id;
  connection.peerInitialSequence = plus(segment.sequence, -1);
  connection.incoming.next = segment.sequence;
  connection.lastAcknowledged = segment.sequence;
  connection.windowEdge = plus(segment.sequence, 65_535);
  connection.windowMark = connection.windowEdge;
  connection.windowMarkAt = turn.now;
  takeCookieOptions(connection, segment, turn.now);
  openSending(tcp, connection, plus(segment.acknowledgment, -1));
  connection.unacknowledged = connection.nextSequence;
  connection.sendWindow = segment.window << connection.sendScale;
  connection.largestWindow = connection.sendWindow;
  connection.windowSequence = segment.sequence;
  connection.windowAcknowledgment = segment.acknowledgment;
  const { world } = tcp;
  const remote = ends.remoteAddress;
  agreeSegmentSize(connection, mss, world.interfaceMtu(remote), world.pathMtu(remote));
  makeReady(tcp, listener, connection);
  return connection;
}

/** Both sides have each other's SYN: the connection stands. */
export function completeHandshake(tcp: TcpTable, connection: Connection, now: number): void {
  const listener = findListenerById(tcp, connection.listener);
  leaveBacklog(tcp, connection);
  connection.state = connection.finQueued ? FIN_WAIT_1 : ESTABLISHED;
  connection.stalledSince = now;
  connection.roundTrip.backOff = 0;
  if (listener !== undefined) makeReady(tcp, listener, connection);
  else signal(tcp, connection, CONNECTED);
}

function makeReady(tcp: TcpTable, listener: Listener, connection: Connection): void {
  listener.ready.push(connection);
  if (!tcp.readyListeners.includes(listener)) tcp.readyListeners.push(listener);
}
