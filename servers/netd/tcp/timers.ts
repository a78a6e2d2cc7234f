// What happens when a connection's timers fire.
//
// Invariant: an early call does nothing; each connection whose deadline has passed has a later one, or is over, afterwards.

import { NEVER } from "../turn.ts";
import type { Connection } from "./connection.ts";
import { congestionControls, onTimeout } from "./congestion.ts";
import { sendBare, sendSegment } from "./emit.ts";
import { noteSlower } from "./explicit-congestion.ts";
import { markAllLost, splitSegment } from "./flight.ts";
import { avoidBlackHole, probeFailed } from "./packet-size.ts";
import { bytesInFlight, pump, sendAgain, sendFresh, unsentBytes } from "./pump.ts";
import { startRecovery } from "./acknowledge.ts";
import { detectLosses } from "./rack.ts";
import { ACK, RST } from "./segment.ts";
import { distance, plus } from "./sequence.ts";
import { KEEP_ALIVE_PAUSE, KEEP_ALIVE_PROBES } from "./settings.ts";
import { beginDoubt } from "./spurious-timeout.ts";
import { inFlood, scheduleTimers } from "./schedule.ts";
import { SYN_RECEIVED, TIME_WAIT, states } from "./states.ts";
import { type TcpTable, endConnection } from "./table.ts";

/** Answers to a SYN that are sent again, before a connection half open is given up. */
const SYN_RECEIVED_TRIES = 4;

/** Does what is due at `now` (milliseconds). */
export function tcpDeadline(tcp: TcpTable, now: number): void {
  if (now < tcp.deadline) return;
  tcp.deadline = NEVER;
  const { connections } = tcp;
  // From behind: a connection that ends leaves the list.
  for (let index = connections.length - 1; index >= 0; index--) {
    const connection = connections[index];
    if (connection === undefined) continue;
    if (connection.deadline <= now) runTimers(tcp, connection, now);
    if (connection.deadline < tcp.deadline) tcp.deadline = connection.deadline;
  }
}

function runTimers(tcp: TcpTable, connection: Connection, now: number): void {
  if (connection.expiresAt <= now) {
    if (connection.state !== TIME_WAIT) sendReset(tcp, connection);
    endConnection(tcp, connection, "finished");
    return;
  }
  if (connection.acknowledgeAt <= now) {
    connection.acknowledgeAt = NEVER;
    connection.acknowledgeNow = true;
  }
  if (connection.paceTimer <= now) connection.paceTimer = NEVER;
  if (connection.rackAt <= now) {
    const { rack, flight, roundTrip, recovering } = connection;
    connection.rackAt = detectLosses(rack, flight, roundTrip, recovering, now);
    const lost = flight.lostCount > 0 && !recovering;
    if (lost && !probeFailed(connection, now)) startRecovery(tcp, connection);
  }
  if (connection.keepAliveAt <= now && !runKeepAlive(tcp, connection, now)) return;
  if (connection.retransmitAt <= now && !runRetransmit(tcp, connection, now)) return;
  pump(tcp, connection, now);
}

/** Tells the peer that the connection is over. */
export function sendReset(tcp: TcpTable, connection: Connection): void {
  if (!states[connection.state].synchronized && connection.state !== SYN_RECEIVED) return;
  const { nextSequence, incoming } = connection;
  sendBare(tcp, connection, nextSequence, incoming.next, RST | ACK);
}

/** False when the connection is over. */
function runRetransmit(tcp: TcpTable, connection: Connection, now: number): boolean {
  const kind = connection.retransmitKind;
  connection.retransmitAt = NEVER;
  const tries = connection.roundTrip.backOff;
  const hopeless = connection.state === SYN_RECEIVED && tries >= SYN_RECEIVED_TRIES;
  if (hopeless || now - connection.stalledSince >= tcp.settings.userTimeout) {
    sendReset(tcp, connection);
    endConnection(tcp, connection, "timed-out");
    return false;
  }
  if (kind === "probe-window") probeWindow(tcp, connection, now);
  else if (kind === "probe-loss") probeLoss(tcp, connection, now);
  else timeOut(tcp, connection, now);
  return true;
}

/** The retransmission timeout (RFC 6298 section 5): all on its way is held for lost. */
function timeOut(tcp: TcpTable, connection: Connection, now: number): void {
  const { flight, roundTrip, congestion, rack } = connection;
  if (flight.segments.length === 0) return;
  roundTrip.backOff += 1;
  markAllLost(flight);
  if (connection.probeSize > 0) probeFailed(connection, now);
  if ((roundTrip.backOff & 1) === 0 && !inFlood(tcp, now)) avoidBlackHole(connection, now);
  if (connection.afterTimeout || !states[connection.state].synchronized) connection.doubt.phase = 0;
  else beginDoubt(connection, now);
  const control = congestionControls[tcp.settings.congestion];
  noteSlower(connection);
  onTimeout(control, congestion, connection.afterTimeout);
  connection.recovering = true;
  connection.afterTimeout = true;
  connection.recoveryEnd = connection.nextSequence;
  connection.duplicates = 0;
  rack.probing = false;
  connection.rackAt = NEVER;
}

/**
 * Asks a closed window for room (RFC 9293 section 3.8.6.1) by a segment without bytes, one number too early, which has to be answered; or
 * sends a silly segment that waited long enough. A byte beyond the window would do as well, but then nobody knows whether the peer has taken
 * it: where both windows are closed, each side's acknowledgements could lie outside of what the other one takes.
 */
function probeWindow(tcp: TcpTable, connection: Connection, now: number): void {
  const { flight, sendWindow } = connection;
  if (flight.segments.length > 0 && sendWindow > 0) return;
  connection.windowProbes += 1;
  if (sendWindow === 0) {
    sendSegment(tcp, connection, now, plus(connection.unacknowledged, -1), ACK, 0, 0);
    return;
  }
  const most = Math.min(sendWindow, connection.segmentSize);
  sendFresh(tcp, connection, Math.min(unsentBytes(connection), most), now);
}

/** The tail loss probe (RFC 8985 section 7.3): something that makes the peer say what it has. */
function probeLoss(tcp: TcpTable, connection: Connection, now: number): void {
  const { flight, rack } = connection;
  const { segments } = flight;
  if (segments.length === 0) return;
  rack.probing = true;
  const unsent = unsentBytes(connection);
  const sent = distance(connection.unacknowledged, connection.nextSequence);
  const length = Math.min(unsent, connection.segmentSize, connection.sendWindow - sent);
  rack.probeRepeats = length <= 0 || bytesInFlight(connection) > 2 * connection.congestion.window;
  if (rack.probeRepeats) {
    const { segmentSize } = connection;
    const last = segments.length - 1;
    const length = distance(segments[last].start, segments[last].end);
    if (length > segmentSize + 1) splitSegment(connection.flight, last, length - segmentSize);
    sendAgain(tcp, connection, segments[segments.length - 1], now);
  } else sendFresh(tcp, connection, length, now);
  rack.probeEnd = connection.nextSequence;
}

/** False when the peer has been silent for too long and the connection is over. */
function runKeepAlive(tcp: TcpTable, connection: Connection, now: number): boolean {
  if (connection.keepAliveProbes >= KEEP_ALIVE_PROBES) {
    sendReset(tcp, connection);
    endConnection(tcp, connection, "timed-out");
    return false;
  }
  connection.keepAliveAt = now + KEEP_ALIVE_PAUSE;
  // What is on its way asks already.
  if (connection.flight.segments.length > 0) return true;
  connection.keepAliveProbes += 1;
  sendSegment(tcp, connection, now, plus(connection.nextSequence, -1), ACK, 0, 0);
  return true;
}

/** Asks the peer for a sign of life after `silence` milliseconds; 0: never. */
export function setKeepAlive(
  tcp: TcpTable,
  connection: Connection,
  silence: number,
  now: number,
): void {
  connection.keepAlive = silence;
  connection.keepAliveProbes = 0;
  connection.keepAliveAt = silence === 0 ? NEVER : Math.max(now, connection.heardAt + silence);
  scheduleTimers(tcp, connection, now);
}
