// The segment that was expected: the next bytes in order, for a connection that has nothing to send. Nearly all of a download is this.
//
// Invariant: what is done here is what the long way does (arrive.ts), step by step; only checks that cannot fail are left out.

import type { PacketBuffer } from "../packet-buffer.ts";
import { NEVER } from "../turn.ts";
import { tuneReceiving } from "./buffer-size.ts";
import { reserve, writeAt } from "./byte-ring.ts";
import { type Connection, READABLE } from "./connection.ts";
import { sendSegment } from "./emit.ts";
import { ACK, PSH, type TcpSegment } from "./segment.ts";
import { DELAYED_ACK } from "./settings.ts";
import { ESTABLISHED } from "./states.ts";
import { type TcpTable, signal } from "./table.ts";

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
  if (count === 0 || connection.state !== ESTABLISHED || connection.detached) return false;
  if (segment.acknowledgment !== connection.nextSequence) return false;
  if (segment.acknowledgment !== connection.unacknowledged) return false;
  if (segment.hasTimestamp !== connection.timestamps || segment.sackCount > 0) return false;
  if (connection.outgoing.length > 0 || connection.finQueued || connection.finAhead) return false;
  if (incoming.ranges.length > 0 || segment.congested || connection.echoCongestion) return false;
  if (segment.window << connection.sendScale !== connection.sendWindow) return false;
  const end = (sequence + count) >>> 0;
  if (((connection.windowEdge - end) | 0) < 0) return false;
  const { ring } = incoming;
  if (!reserve(ring, ring.length + count)) return false;
  if (connection.timestamps) {
    if (((segment.timestamp - connection.peerTimestamp) | 0) < 0) return false;
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
