// What a connection sends now: lost segments, then new ones, then an acknowledgement; and when its timers come next.
//
// Invariant: every event of a connection ends here, once. Nothing is sent beyond the peer's window but one byte to ask for more,
// nor beyond the congestion window but for one segment when nothing is on its way.

import type { Connection } from "./connection.ts";
import { onIdle } from "./congestion.ts";
import { CAPABLE } from "./explicit-congestion.ts";
import { sendSegment } from "./emit.ts";
import { type SentSegment, recordSent, recordSentAgain, splitSegment } from "./flight.ts";
import { noteProbe, probeLength } from "./packet-size.ts";
import { longLength, waitsForRoom } from "./long-packets.ts";
import { mustWait, notePaced } from "./pacing.ts";
import { currentTimeout } from "./round-trip.ts";
import { ACK, CWR, ECE, FIN, SYN } from "./segment.ts";
import { distance, isBefore, plus } from "./sequence.ts";
import { MAX_FLIGHT } from "./settings.ts";
import { SYN_RECEIVED, SYN_SENT, states } from "./states.ts";
import { scheduleTimers } from "./schedule.ts";
import type { TcpTable } from "./table.ts";

/** Bytes that count as being on the wire. Without SACK each duplicate acknowledgement tells of a segment that left it. */
export function bytesInFlight(connection: Connection): number {
  const { flight } = connection;
  if (connection.sack) return flight.bytes;
  return Math.max(0, flight.bytes - connection.duplicates * connection.segmentSize);
}

/** Bytes in the send buffer that were never sent. */
export function unsentBytes(connection: Connection): number {
  const sent = distance(connection.unacknowledged, connection.nextSequence);
  return connection.finSent ? 0 : connection.outgoing.length - sent;
}

/** Sends what may be sent, and sets the timers. */
export function pump(tcp: TcpTable, connection: Connection, now: number): void {
  const { state } = connection;
  if (state === SYN_SENT || state === SYN_RECEIVED) {
    const first = connection.flight.segments[0];
    if (first !== undefined && first.lost) sendAgain(tcp, connection, first, now);
  } else if (states[state].sends) {
    // Who only receives has nothing to look at.
    if (connection.outgoing.length > 0 || connection.finQueued) sendWhatMay(tcp, connection, now);
  }
  if (connection.acknowledgeNow) {
    connection.acknowledgeNow = false;
    sendSegment(tcp, connection, now, acceptableSequence(connection), ACK, 0, 0);
  }
  scheduleTimers(tcp, connection, now);
}

/** The number of a segment without bytes: a probe may lie beyond the peer's window, where no segment would be acceptable. */
function acceptableSequence(connection: Connection): number {
  const edge = plus(connection.unacknowledged, connection.sendWindow);
  const { nextSequence } = connection;
  return isBefore(edge, nextSequence) ? edge : nextSequence;
}

/** Sends lost segments, then new ones. */
function sendWhatMay(tcp: TcpTable, connection: Connection, now: number): void {
  const { flight, doubt } = connection;
  if (flight.lostCount > 0 && doubt.phase === 2) {
    // New bytes tell whether the timeout was wrong; without any it was not (RFC 5682 section 2.1).
    const before = connection.nextSequence;
    sendNew(tcp, connection, now);
    if (connection.nextSequence === before && flight.bytes === 0) doubt.phase = 0;
  }
  if (flight.lostCount > 0 && doubt.phase !== 2) sendLost(tcp, connection, now);
  if (flight.lostCount === 0) sendNew(tcp, connection, now);
}

function sendLost(tcp: TcpTable, connection: Connection, now: number): void {
  const { flight, congestion } = connection;
  const edge = plus(connection.unacknowledged, connection.sendWindow);
  for (let index = 0; index < flight.segments.length; index++) {
    const segment = flight.segments[index];
    if (!segment.lost) continue;
    if (distance(segment.start, edge) <= 0) return;
    const onWire = bytesInFlight(connection);
    const full = onWire > 0 && onWire + distance(segment.start, segment.end) > congestion.window;
    if (full || mustWait(connection, now)) {
      connection.windowLimited = true;
      return;
    }
    if (waitsForRoom(tcp, connection)) return;
    if (distance(segment.start, segment.end) > connection.segmentSize + 1) {
      splitSegment(flight, index, connection.segmentSize);
    }
    sendAgain(tcp, connection, segment, now);
    if (flight.lostCount === 0) return;
  }
}

/** Sends a recorded segment once more, as it is. */
export function sendAgain(
  tcp: TcpTable,
  connection: Connection,
  segment: SentSegment,
  now: number,
): void {
  const { start, end } = segment;
  let flags = connection.state === SYN_SENT ? 0 : ACK;
  let count = distance(start, end);
  if (!states[connection.state].synchronized) {
    // An answer agrees to ECN again; a SYN that was lost with it goes without (RFC 3168 section 6.1.1.1).
    flags |= connection.explicit ? SYN | ECE : SYN;
    count -= 1;
  }
  if (connection.finSent && end === connection.nextSequence) {
    flags |= FIN;
    count -= 1;
  }
  recordSentAgain(connection.flight, segment, now);
  notePaced(connection, count, now);
  const offset = (flags & SYN) !== 0 ? 0 : distance(connection.unacknowledged, start);
  sendSegment(tcp, connection, now, start, flags, offset, count);
}

function sendNew(tcp: TcpTable, connection: Connection, now: number): void {
  const { flight, congestion } = connection;
  const idle = flight.segments.length === 0;
  if (idle && now - connection.lastSentAt > currentTimeout(connection.roundTrip)) {
    onIdle(congestion);
  }
  let limited = false;
  for (;;) {
    const unsent = unsentBytes(connection);
    const fin = connection.finQueued && !connection.finSent;
    if ((unsent === 0 && !fin) || flight.segments.length >= MAX_FLIGHT) break;
    if (waitsForRoom(tcp, connection)) break;
    let length = nextLength(connection, unsent);
    if (length < 0) break;
    const probe =
      connection.packetSize < connection.mostPacket ? probeLength(connection, unsent, now) : 0;
    if (probe > 0 && fitsWindow(connection, probe)) length = probe;
    const onWire = bytesInFlight(connection);
    if ((onWire > 0 && onWire + length > congestion.window) || mustWait(connection, now)) {
      limited = true;
      break;
    }
    if (length === connection.segmentSize && length !== probe) {
      length = longLength(tcp, connection, unsent, onWire);
    }
    sendFresh(tcp, connection, length, now);
    if (length === probe) noteProbe(connection, flight.segments[flight.segments.length - 1]);
  }
  connection.windowLimited = limited || 2 * bytesInFlight(connection) > congestion.window;
}

/** Whether the peer takes `length` more bytes. */
function fitsWindow(connection: Connection, length: number): boolean {
  const sent = distance(connection.unacknowledged, connection.nextSequence);
  return sent + length <= connection.sendWindow;
}

/** Sends `length` bytes for the first time, with our FIN when nothing is left behind them. */
export function sendFresh(
  tcp: TcpTable,
  connection: Connection,
  length: number,
  now: number,
): void {
  const start = connection.nextSequence;
  const offset = distance(connection.unacknowledged, start);
  const last = connection.finQueued && !connection.finSent && length === unsentBytes(connection);
  const end = plus(start, length + (last ? 1 : 0));
  if (connection.flight.segments.length === 0) connection.stalledSince = now;
  const frames = length > connection.mostPacket ? length / connection.segmentSize : 1;
  recordSent(connection.flight, start, end, now, frames);
  notePaced(connection, length, now);
  connection.nextSequence = end;
  if (last) connection.finSent = true;
  let flags = last ? ACK | FIN : ACK;
  if (connection.tellSlower && length > 0) {
    connection.tellSlower = false;
    flags |= CWR;
  }
  // Only bytes that are new may be marked (RFC 3168 section 6.1.5).
  const congestion = connection.explicit && length > 0 ? CAPABLE : 0;
  sendSegment(tcp, connection, now, start, flags, offset, length, congestion);
}

/**
 * How long the next new segment is; -1 when it has to wait: for the window, for more bytes (Nagle, RFC 9293 section 3.7.4), or
 * because the window has only a silly piece free (section 3.8.6.2.1).
 */
function nextLength(connection: Connection, unsent: number): number {
  const sent = distance(connection.unacknowledged, connection.nextSequence);
  const usable = connection.sendWindow - sent;
  if (usable <= 0) return -1;
  const { segmentSize } = connection;
  const length = Math.min(unsent, segmentSize, usable);
  if (length === segmentSize) return length;
  if (length === unsent) {
    // Our FIN needs its place in the window as well; without it, the bytes go alone.
    if (connection.finQueued && length === 0) return 0;
    if (connection.finQueued && usable > length) return length;
    const idle = connection.flight.segments.length === 0;
    if (idle || connection.noDelay) return length;
  }
  return length * 2 >= connection.largestWindow && length > 0 ? length : -1;
}
