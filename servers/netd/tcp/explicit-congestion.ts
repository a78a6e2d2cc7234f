// Explicit congestion notification (RFC 3168): routers mark packets instead of dropping them, the receiver says so until it hears that the
// sender has slowed down.
//
// Invariant: the window shrinks once for all marks of one window, and never for marks that a loss of the same window has answered.

import type { Connection } from "./connection.ts";
import { congestionControls, onMark } from "./congestion.ts";
import { CWR, ECE, type TcpSegment } from "./segment.ts";
import { isBefore } from "./sequence.ts";
import type { TcpTable } from "./table.ts";

/** What the IP header of a packet says that may be marked, and of one that was. */
export const CAPABLE = 2;
export const CONGESTED = 3;

/** Takes in the marks of a segment with data: whether the peer has slowed down, and whether this one met congestion. */
export function takeMarks(connection: Connection, segment: TcpSegment): void {
  if ((segment.flags & CWR) !== 0) connection.echoCongestion = false;
  if (!segment.congested || segment.dataEnd === segment.dataStart) return;
  if (!connection.echoCongestion) connection.acknowledgeNow = true;
  connection.echoCongestion = true;
}

/** The peer tells of marks: the window shrinks, once for what is on its way now. False when it does not, and the window may grow. */
export function takeEcho(tcp: TcpTable, connection: Connection, segment: TcpSegment): boolean {
  if ((segment.flags & ECE) === 0) return false;
  if (connection.recovering || !isBefore(connection.markedUntil, segment.acknowledgment))
    return true;
  onMark(congestionControls[tcp.settings.congestion], connection.congestion);
  noteSlower(connection);
  return true;
}

/** The window has shrunk: the peer is told with the next new segment. */
export function noteSlower(connection: Connection): void {
  connection.markedUntil = connection.nextSequence;
  connection.tellSlower = connection.explicit;
}
