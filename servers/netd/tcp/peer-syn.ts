// What the peer's SYN tells: its numbers, and which options both sides use from now on.
//
// Invariant: an option is in use only when both SYNs carried it (RFC 7323 sections 2.2 and 3.2, RFC 2018 section 2).

import { type Connection, agreeSegmentSize } from "./connection.ts";
import type { TcpSegment } from "./segment.ts";
import { plus } from "./sequence.ts";
import type { TcpTable } from "./table.ts";

/** Learns the peer's numbers and options from its SYN. */
export function takePeerSyn(
  tcp: TcpTable,
  connection: Connection,
  segment: TcpSegment,
  now: number,
): void {
  const { incoming } = connection;
  connection.peerInitialSequence = segment.sequence;
  incoming.next = plus(segment.sequence, 1);
  connection.windowEdge = plus(incoming.next, Math.min(65_535, incoming.ring.limit));
  connection.windowMark = connection.windowEdge;
  connection.windowMarkAt = now;
  connection.lastAcknowledged = incoming.next;
  connection.scaling = segment.windowScale >= 0;
  if (connection.scaling) connection.sendScale = segment.windowScale;
  else connection.receiveScale = 0;
  connection.sack = segment.sackPermitted;
  connection.timestamps = segment.hasTimestamp;
  if (segment.hasTimestamp) {
    connection.peerTimestamp = segment.timestamp;
    connection.peerTimestampAt = now;
  }
  const { world } = tcp;
  const remote = connection.remoteAddress;
  agreeSegmentSize(connection, segment.mss, world.interfaceMtu(remote), world.pathMtu(remote));
  connection.sendWindow = segment.window;
  connection.windowSequence = segment.sequence;
  connection.windowAcknowledgment = segment.acknowledgment;
}
