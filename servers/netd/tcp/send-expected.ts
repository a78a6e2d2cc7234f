// What a question or an answer is: all that there is to send fits one segment, and nothing is on its way.
//
// Invariant: what is done here is what the long way does (pump.ts, schedule.ts), step by step; only checks that cannot fail are left out.

import type { Connection } from "./connection.ts";
import { sendSegment } from "./emit.ts";
import { CAPABLE } from "./explicit-congestion.ts";
import { recordSent } from "./flight.ts";
import { SLACK, notePaced } from "./pacing.ts";
import { PEER_DELAY } from "./schedule.ts";
import { ACK } from "./segment.ts";
import { ESTABLISHED } from "./states.ts";
import type { TcpTable } from "./table.ts";
import { NEVER } from "../turn.ts";

/** Sends what is in the send buffer and sets the timers; false: nothing was done, the long way is to be taken. */
export function sendExpected(tcp: TcpTable, connection: Connection, now: number): boolean {
  const { flight, outgoing, incoming, roundTrip } = connection;
  const count = outgoing.length;
  if (connection.state !== ESTABLISHED || flight.segments.length > 0 || count === 0) return false;
  if (count > connection.segmentSize || count > connection.sendWindow) return false;
  if (connection.finQueued || connection.tellSlower || connection.echoCongestion) return false;
  if (connection.recovering || connection.rack.probing || connection.retransmitAt !== NEVER) {
    return false;
  }
  if (connection.packetSize < connection.mostPacket || roundTrip.backOff > 0) return false;
  if (incoming.ranges.length > 0 || incoming.duplicateStart !== incoming.duplicateEnd) return false;
  // After a pause the window is smaller; and a pace is kept.
  if (now - connection.lastSentAt > roundTrip.timeout || connection.paceAt - now > SLACK) {
    return false;
  }
  const { world, settings } = tcp;
  if (!settings.shortcuts) return false;
  if (world.full?.(connection.localAddress, connection.remoteAddress) === true) return false;
  const start = connection.nextSequence;
  const end = (start + count) >>> 0;
  connection.paceTimer = connection.rackAt = NEVER;
  connection.stalledSince = now;
  recordSent(flight, start, end, now);
  notePaced(connection, count, now);
  connection.nextSequence = end;
  sendSegment(tcp, connection, now, start, ACK, 0, count, connection.explicit ? CAPABLE : 0);
  connection.windowLimited = 2 * count > connection.congestion.window;
  const probes = connection.sack && roundTrip.smoothed > 0;
  const { timeout } = roundTrip;
  const span = probes ? Math.min(timeout, 2 * roundTrip.smoothed + PEER_DELAY) : timeout;
  const due = now + Math.min(span, settings.userTimeout);
  connection.retransmitKind = probes ? "probe-loss" : "timeout";
  connection.retransmitAt = due;
  const deadline = Math.min(connection.keepAliveAt, due);
  connection.deadline = deadline;
  if (deadline < tcp.deadline) tcp.deadline = deadline;
  return true;
}
