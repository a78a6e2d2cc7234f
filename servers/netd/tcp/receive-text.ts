// The last steps of an acceptable segment: its bytes, its FIN, our FIN's acknowledgement, and what to acknowledge when
// (RFC 9293 section 3.10.7.4; RFC 5681 section 4.2).
//
// Invariant: bytes behind the peer's FIN are never taken in; the user is told of every byte that came into order.

import type { PacketBuffer } from "../packet-buffer.ts";
import { NEVER, type Turn } from "../turn.ts";
import { tuneReceiving } from "./buffer-size.ts";
import { releaseRing } from "./byte-ring.ts";
import { type Connection, READABLE } from "./connection.ts";
import { pump } from "./pump.ts";
import { dropBehind, takeIn } from "./reassembly.ts";
import { FIN, SYN, type TcpSegment } from "./segment.ts";
import { distance, isBefore, plus } from "./sequence.ts";
import { FIN_WAIT_2_SPAN } from "./settings.ts";
import { CLOSED, FIN_WAIT_2, TIME_WAIT, states } from "./states.ts";
import { type TcpTable, endConnection, signal } from "./table.ts";
import { sendReset } from "./timers.ts";

/** Takes the segment's bytes and FIN in, and sends what follows from it. */
export function takeText(
  tcp: TcpTable,
  turn: Turn,
  connection: Connection,
  segment: TcpSegment,
  packet: PacketBuffer,
): void {
  if (finAcknowledged(connection)) {
    enter(tcp, connection, states[connection.state].onFinAcknowledged, turn.now);
    if (connection.outcome !== "") return;
  }
  const row = states[connection.state];
  if (row.receives) {
    if (segment.dataEnd > segment.dataStart) {
      if (connection.detached) {
        // Nobody will read it: the peer must learn that it is lost (RFC 1122 section 4.2.2.13).
        sendReset(tcp, connection);
        endConnection(tcp, connection, "aborted");
        return;
      }
      takeBytes(tcp, connection, segment, packet, turn.now);
    }
    takeFin(tcp, connection, segment, turn.now);
    if (connection.outcome !== "") return;
  }
  pump(tcp, connection, turn.now);
}

function finAcknowledged(connection: Connection): boolean {
  if (!connection.finSent || states[connection.state].onFinAcknowledged < 0) return false;
  return connection.unacknowledged === connection.nextSequence;
}

function takeBytes(
  tcp: TcpTable,
  connection: Connection,
  segment: TcpSegment,
  packet: PacketBuffer,
  now: number,
): void {
  const { incoming, finAhead, finAheadAt, windowEdge } = connection;
  const edge = finAhead && isBefore(finAheadAt, windowEdge) ? finAheadAt : windowEdge;
  // A SYN takes the number in front of its bytes.
  const sequence = plus(segment.sequence, (segment.flags & SYN) >> 1);
  const gaps = incoming.ranges.length;
  const from = packet.payload ?? packet.bytes;
  const came = takeIn(incoming, sequence, from, segment.dataStart, segment.dataEnd, edge);
  if (came > 0) {
    connection.unreported += came;
    tuneReceiving(tcp, connection, now);
    signal(tcp, connection, READABLE);
  }
  const full = connection.unreported >= 2 * connection.segmentSize;
  if (came <= 0 || gaps > 0 || full || connection.quickAcks > 0) {
    connection.acknowledgeNow = true;
    if (connection.quickAcks > 0) connection.quickAcks -= 1;
  }
}

function takeFin(tcp: TcpTable, connection: Connection, segment: TcpSegment, now: number): void {
  const { incoming } = connection;
  if ((segment.flags & FIN) !== 0 && !connection.finAhead) {
    const at = plus(segment.sequence, segment.length - 1);
    if (!isBefore(at, incoming.next) && distance(at, connection.windowEdge) >= 0) {
      connection.finAhead = true;
      connection.finAheadAt = at;
      // Bytes that came early from behind the end are a lie.
      dropBehind(incoming, at);
      connection.acknowledgeNow = true;
    }
  }
  if (!connection.finAhead || incoming.next !== connection.finAheadAt) return;
  incoming.next = plus(incoming.next, 1);
  if (isBefore(connection.windowEdge, incoming.next)) connection.windowEdge = incoming.next;
  connection.peerFinished = true;
  connection.acknowledgeNow = true;
  signal(tcp, connection, READABLE);
  enter(tcp, connection, states[connection.state].onFin, now);
}

/** Goes to another state, and does what begins there. */
export function enter(tcp: TcpTable, connection: Connection, state: number, now: number): void {
  if (state < 0) return;
  if (state === CLOSED) {
    endConnection(tcp, connection, "finished");
    return;
  }
  connection.state = state;
  if (state === FIN_WAIT_2 && connection.detached) connection.expiresAt = now + FIN_WAIT_2_SPAN;
  if (state !== TIME_WAIT) return;
  signal(tcp, connection, READABLE);
  connection.expiresAt = now + tcp.settings.timeWaitSpan;
  connection.keepAliveAt = NEVER;
  releaseRing(connection.outgoing);
  tcp.timeWait += 1;
  if (tcp.timeWait > tcp.settings.timeWait) endOldest(tcp, connection);
}

/** TIME-WAIT has a bound: the connection that has waited longest makes room. */
function endOldest(tcp: TcpTable, newest: Connection): void {
  let oldest: Connection | undefined;
  for (let index = 0; index < tcp.connections.length; index++) {
    const each = tcp.connections[index];
    if (each.state !== TIME_WAIT || each === newest) continue;
    if (oldest === undefined || each.expiresAt < oldest.expiresAt) oldest = each;
  }
  if (oldest !== undefined) endConnection(tcp, oldest, "finished");
}
