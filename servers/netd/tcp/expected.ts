// The segment that was expected: the next bytes in order, for a connection that has nothing to send, or all of it on its way in one segment
// that this one acknowledges. Nearly all of a download is this, and of questions and answers.
//
// Invariant: what is done here is what the long way does (arrive.ts), step by step; only checks that cannot fail are left out.

import type { PacketBuffer } from "../packet-buffer.ts";
import { NEVER } from "../turn.ts";
import { tuneReceiving } from "./buffer-size.ts";
import { dropHead, reserve, shrinkEmpty, writeAt } from "./byte-ring.ts";
import { type Connection, READABLE } from "./connection.ts";
import { sendSegment } from "./emit.ts";
import { ACK, PSH, type TcpSegment } from "./segment.ts";
import { DELAYED_ACK } from "./settings.ts";
import { noteDelivered } from "./rack.ts";
import { sampleRoundTrip } from "./round-trip.ts";
import { ESTABLISHED } from "./states.ts";
import { type TcpTable, signal } from "./table.ts";

/**
 * Whether one segment is on its way that was sent once and has all bytes that there are to send, and its acknowledgement would change nothing
 * but times: no loss is mended or looked for, and the window is not what held bytes back.
 */
function isWholeFlight(connection: Connection): boolean {
  const { flight, outgoing } = connection;
  if (flight.segments.length !== 1 || flight.bytes !== outgoing.length) return false;
  const first = flight.segments[0]!;
  if (first.retransmitted || first.sacked || first.lost) return false;
  if (connection.recovering || connection.rack.probing || connection.doubt.phase > 0) return false;
  if (connection.windowLimited || connection.wantsRoom) return false;
  return connection.probeSize === 0 && connection.sendWindow > 0;
}

/** What takeAcknowledgment does in this case (acknowledge.ts), and the timers of who has nothing on its way (schedule.ts). */
function takeWholeFlight(connection: Connection, now: number): void {
  const { flight, outgoing, rack, roundTrip } = connection;
  const first = flight.segments.pop()!;
  const { bytes } = flight;
  flight.delivered += bytes;
  flight.bytes = 0;
  noteDelivered(rack, first, now, roundTrip.least, -1);
  // It was sent once, and nothing was said of it: it can be another one.
  flight.spare = first;
  sampleRoundTrip(roundTrip, now - first.sentAt);
  connection.unacknowledged = connection.nextSequence;
  dropHead(outgoing, bytes);
  shrinkEmpty(outgoing);
  connection.duplicates = 0;
  connection.windowProbes = 0;
  connection.stalledSince = now;
  connection.retransmitAt = connection.rackAt = NEVER;
}

/** True when the segment was of this kind, and has been taken in. */
export function takeExpected(
  tcp: TcpTable,
  connection: Connection,
  segment: TcpSegment,
  packet: PacketBuffer,
  now: number,
): boolean {
  const { incoming } = connection;
  const { sequence } = segment;
  if (sequence !== incoming.next || (segment.flags & ~PSH) !== ACK) return false;
  const count = segment.dataEnd - segment.dataStart;
  if (!tcp.settings.shortcuts) return false;
  if (count === 0 || connection.state !== ESTABLISHED || connection.detached) return false;
  if (segment.acknowledgment !== connection.nextSequence) return false;
  if (segment.hasTimestamp !== connection.timestamps || segment.sackCount > 0) return false;
  if (connection.finQueued || connection.finAhead) return false;
  if (incoming.ranges.length > 0 || segment.congested || connection.echoCongestion) return false;
  if (segment.window << connection.sendScale !== connection.sendWindow) return false;
  // One that was sent before another that came says nothing of the window.
  if (((sequence - connection.windowSequence) | 0) < 0) return false;
  const end = (sequence + count) >>> 0;
  if (((connection.windowEdge - end) | 0) < 0) return false;
  const { ring } = incoming;
  const { timestamps } = connection;
  if (timestamps && ((segment.timestamp - connection.peerTimestamp) | 0) < 0) return false;
  const acknowledges = segment.acknowledgment !== connection.unacknowledged;
  if (!acknowledges) {
    if (connection.outgoing.length > 0) return false;
  } else if (!isWholeFlight(connection)) return false;
  if (!reserve(ring, ring.length + count)) return false;
  if (acknowledges) takeWholeFlight(connection, now);
  if (timestamps) {
    if (((connection.lastAcknowledged - sequence) | 0) >= 0) {
      connection.peerTimestamp = segment.timestamp;
      connection.peerTimestampAt = now;
    }
  }
  connection.windowSequence = sequence;
  connection.windowAcknowledgment = segment.acknowledgment;
  const from = packet.payload ?? packet.bytes;
  writeAt(ring, ring.length, from, segment.dataStart, segment.dataEnd);
  ring.length += count;
  incoming.next = end;
  connection.unreported += count;
  signal(tcp, connection, READABLE);
  if (((end - connection.windowMark) | 0) >= 0) tuneReceiving(tcp, connection, now);
  if (connection.quickAcks > 0) connection.quickAcks -= 1;
  else if (connection.unreported < 2 * connection.segmentSize) {
    if (connection.acknowledgeAt !== NEVER) return true;
    const at = now + DELAYED_ACK;
    connection.acknowledgeAt = at;
    if (at < connection.deadline) connection.deadline = at;
    if (at < tcp.deadline) tcp.deadline = at;
    return true;
  }
  connection.acknowledgeNow = false;
  sendSegment(tcp, connection, now, connection.nextSequence, ACK, 0, 0);
  return true;
}
