// What an acceptable acknowledgement does: frees what arrived, measures, finds losses, opens windows (RFC 5681, 6582, 6675, 8985).
//
// Invariant: the acknowledgement lies between SND.UNA and SND.NXT; the caller has checked it.

import { NEVER } from "../turn.ts";
import { tuneSending } from "./buffer-size.ts";
import { dropHead, shrinkEmpty } from "./byte-ring.ts";
import { WRITABLE, type Connection } from "./connection.ts";
import { congestionControls, onAcknowledged, onLoss } from "./congestion.ts";
import { timestampNow } from "./emit.ts";
import { noteSlower, takeEcho } from "./explicit-congestion.ts";
import {
  joinSacked,
  markLost,
  markSacked,
  placeInFlight,
  splitAt,
  takeAcknowledged,
  trimAcknowledged,
} from "./flight.ts";
import { probeArrived, probeFailed } from "./packet-size.ts";
import { beginReduction, reduceRate } from "./rate-reduction.ts";
import { detectLosses, noteDelivered, noteDuplicate, noteRecovered } from "./rack.ts";
import { sampleRoundTrip } from "./round-trip.ts";
import { growSlowly } from "./slow-start.ts";
import { FIN, SYN, type TcpSegment } from "./segment.ts";
import { distance, isBefore } from "./sequence.ts";
import { MAX_FLIGHT } from "./settings.ts";
import { SYN_RECEIVED } from "./states.ts";
import { resolveDoubt } from "./spurious-timeout.ts";
import { type TcpTable, signal } from "./table.ts";

const DUPLICATE_THRESHOLD = 3;

/** When the segment that this one answers was sent, by its timestamp's echo; -1 when that says nothing. */
function echoedTime(connection: Connection, segment: TcpSegment, now: number): number {
  if (!connection.timestamps || !segment.hasTimestamp || segment.timestampEcho === 0) return -1;
  const age = distance(segment.timestampEcho, timestampNow(connection, now));
  return age < 0 || age > 600_000 ? -1 : Math.floor(now) - age;
}

/** Takes in acknowledgement, SACK blocks and window of a segment. */
export function takeAcknowledgment(
  tcp: TcpTable,
  connection: Connection,
  segment: TcpSegment,
  now: number,
): void {
  const { flight, rack, roundTrip, congestion } = connection;
  const acknowledgment = segment.acknowledgment;
  const newly = distance(connection.unacknowledged, acknowledgment);
  const echoedAt = echoedTime(connection, segment, now);
  const windowBefore = connection.sendWindow;
  const { delivered, lostCount } = flight;
  const sample =
    newly > 0 ? takeProgress(tcp, connection, acknowledgment, newly, echoedAt, now) : -1;
  const repeated = connection.sack && segment.sackCount > 0 && isDuplicateReport(segment);
  if (connection.sack && segment.sackCount > 0) takeBlocks(connection, segment, echoedAt, now);
  if (repeated) noteDuplicate(rack, acknowledgment, connection.nextSequence);
  takeWindow(connection, segment);
  const control = congestionControls[tcp.settings.congestion];
  if (rack.probing && !isBefore(acknowledgment, rack.probeEnd)) {
    // A probe that repeated a segment, and was needed, mended a loss that nothing else has told of (RFC 8985 section 7.4).
    if (rack.probeRepeats && !repeated && !connection.recovering) onLoss(control, congestion);
    rack.probing = false;
  }
  const bare = segment.dataEnd === segment.dataStart && (segment.flags & (SYN | FIN)) === 0;
  if (connection.doubt.phase > 0 && (newly > 0 || bare)) {
    resolveDoubt(connection, newly, !isBefore(acknowledgment, connection.recoveryEnd), echoedAt);
  }
  const echoed = connection.explicit && takeEcho(tcp, connection, segment);
  if (newly > 0) endRecovery(connection, acknowledgment, newly);
  else if (!connection.sack && bare && windowBefore === connection.sendWindow) {
    if (flight.segments.length > 0) takeDuplicate(connection);
  }
  if (connection.sack && flight.segments.length > 0 && (flight.sackedCount > 0 || newly > 0)) {
    connection.rackAt = detectLosses(rack, flight, roundTrip, connection.recovering, now);
  }
  if (flight.lostCount > 0 && !connection.recovering && !probeFailed(connection, now)) {
    startRecovery(tcp, connection);
  }
  if (connection.recovering && !connection.afterTimeout && connection.sack) {
    reduceRate(
      connection,
      flight.delivered - delivered,
      newly > 0 && flight.lostCount <= lostCount,
    );
  }
  if (
    newly > 0 &&
    !echoed &&
    connection.windowLimited &&
    (!connection.recovering || connection.afterTimeout)
  ) {
    const first = congestion.threshold === Number.POSITIVE_INFINITY;
    if (first) {
      const { slowStart, nextSequence } = connection;
      growSlowly(slowStart, congestion, newly, now, sample, acknowledgment, nextSequence);
    } else onAcknowledged(control, congestion, newly, now, roundTrip.smoothed);
  }
}

/** Losses were found: the window shrinks once for all that is on its way now. */
export function startRecovery(tcp: TcpTable, connection: Connection): void {
  connection.recovering = true;
  connection.afterTimeout = false;
  connection.recoveryEnd = connection.nextSequence;
  connection.retransmitAt = NEVER;
  const { unacknowledged, nextSequence } = connection;
  beginReduction(connection.reduction, distance(unacknowledged, nextSequence));
  onLoss(congestionControls[tcp.settings.congestion], connection.congestion);
  noteSlower(connection);
}

/** Frees what was acknowledged; the round trip that it measured, or -1. */
function takeProgress(
  tcp: TcpTable,
  connection: Connection,
  acknowledgment: number,
  newly: number,
  echoedAt: number,
  now: number,
): number {
  const { flight, rack, roundTrip } = connection;
  let sample = -1;
  for (;;) {
    const taken = takeAcknowledged(flight, acknowledgment);
    if (taken === undefined) break;
    if (!taken.retransmitted && !taken.sacked) sample = now - taken.sentAt;
    if (!taken.sacked) noteDelivered(rack, taken, now, roundTrip.least, echoedAt);
  }
  trimAcknowledged(flight, acknowledgment);
  if (sample < 0 && echoedAt >= 0) sample = now - echoedAt;
  if (sample >= 0) sampleRoundTrip(roundTrip, sample);
  connection.unacknowledged = acknowledgment;
  if (connection.probeSize > 0) probeArrived(connection, acknowledgment);
  // A SYN, and our FIN at the end, take a number but no byte.
  const bytes = newly - (connection.state === SYN_RECEIVED ? 1 : 0);
  dropHead(connection.outgoing, Math.min(bytes, connection.outgoing.length));
  shrinkEmpty(connection.outgoing);
  connection.retransmitAt = NEVER;
  connection.stalledSince = now;
  connection.windowProbes = 0;
  if (connection.wantsRoom) tellOfRoom(tcp, connection);
  return sample;
}

/** The user, who was cut short, can go on when there is room worth it. */
function tellOfRoom(tcp: TcpTable, connection: Connection): void {
  tuneSending(tcp, connection);
  const { outgoing } = connection;
  if (outgoing.length * 3 > outgoing.limit * 2) return;
  connection.wantsRoom = false;
  signal(tcp, connection, WRITABLE);
}

/** Whether the first block tells of bytes that came twice (RFC 2883 section 4). */
function isDuplicateReport(segment: TcpSegment): boolean {
  const right = segment.sackRight[0];
  if (!isBefore(segment.acknowledgment, right)) return true;
  if (segment.sackCount < 2) return false;
  const inside = !isBefore(segment.sackLeft[0], segment.sackLeft[1]);
  return inside && !isBefore(segment.sackRight[1], right);
}

/** Marks what the blocks report; blocks outside of what was sent are lies, and passed over. */
function takeBlocks(
  connection: Connection,
  segment: TcpSegment,
  echoedAt: number,
  now: number,
): void {
  const { flight, rack, roundTrip } = connection;
  const segments = flight.segments;
  for (let block = 0; block < segment.sackCount; block++) {
    const left = segment.sackLeft[block];
    const right = segment.sackRight[block];
    if (!isBefore(left, right) || isBefore(left, connection.unacknowledged)) continue;
    if (isBefore(connection.nextSequence, right)) continue;
    splitAt(flight, left, 2 * MAX_FLIGHT);
    splitAt(flight, right, 2 * MAX_FLIGHT);
    const first = placeInFlight(segments, left);
    let index = first;
    let news = false;
    for (; index < segments.length; index++) {
      const sent = segments[index];
      if (isBefore(right, sent.end)) break;
      if (sent.sacked) continue;
      noteDelivered(rack, sent, now, roundTrip.least, echoedAt);
      markSacked(flight, sent);
      news = true;
    }
    if (news) joinSacked(flight, first, index);
  }
}

/** SND.WND, from the segment that is newest by sequence and acknowledgement (RFC 9293 section 3.10.7.4). */
function takeWindow(connection: Connection, segment: TcpSegment): void {
  const newer = distance(connection.windowSequence, segment.sequence);
  const later = distance(connection.windowAcknowledgment, segment.acknowledgment);
  if (newer < 0 || (newer === 0 && later < 0)) return;
  const window = segment.window * 2 ** connection.sendScale;
  if (connection.sendWindow === 0 && window > 0) {
    connection.retransmitAt = NEVER;
    connection.windowProbes = 0;
  }
  connection.sendWindow = window;
  connection.windowSequence = segment.sequence;
  connection.windowAcknowledgment = segment.acknowledgment;
  if (window > connection.largestWindow) connection.largestWindow = window;
}

/** Without SACK, the third duplicate tells that the oldest segment is lost (RFC 6582 section 3.2). */
function takeDuplicate(connection: Connection): void {
  const { flight } = connection;
  if (connection.afterTimeout) return;
  if (connection.duplicates < flight.segments.length) connection.duplicates += 1;
  if (connection.duplicates === DUPLICATE_THRESHOLD && !connection.recovering) {
    markLost(flight, flight.segments[0]);
  }
}

function endRecovery(connection: Connection, acknowledgment: number, newly: number): void {
  const { flight, rack, recovering } = connection;
  if (recovering && !isBefore(acknowledgment, connection.recoveryEnd)) {
    connection.recovering = false;
    connection.afterTimeout = false;
    connection.duplicates = 0;
    if (connection.sack) connection.congestion.window = connection.congestion.threshold;
    noteRecovered(rack);
    return;
  }
  if (!recovering || connection.sack) {
    connection.duplicates = 0;
    return;
  }
  // A partial acknowledgement: the next hole is lost as well.
  const gone = Math.ceil(newly / connection.segmentSize);
  connection.duplicates = Math.max(0, connection.duplicates - gone);
  if (!connection.afterTimeout && flight.segments.length > 0) markLost(flight, flight.segments[0]);
}
