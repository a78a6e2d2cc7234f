// Protection against old segments by their timestamps (RFC 7323 section 5).
//
// Invariant: TS.Recent only moves forward, with segments that lie at the left edge of the window.

import { type Refusal, refusal } from "../refusal.ts";
import type { Connection } from "./connection.ts";
import { RST, type TcpSegment } from "./segment.ts";
import { distance, isBefore } from "./sequence.ts";
import { TIMESTAMP_LIFE } from "./settings.ts";

const missing = refusal("tcp.timestamp");
const old = refusal("tcp.old");

/** Why the segment is not let in by its timestamp (PAWS); resets are exempt. */
export function checkTimestamp(
  connection: Connection,
  segment: TcpSegment,
  now: number,
): Refusal | undefined {
  if (!connection.timestamps || (segment.flags & RST) !== 0) return undefined;
  if (!segment.hasTimestamp) return missing;
  if (distance(connection.peerTimestamp, segment.timestamp) >= 0) return undefined;
  return now - connection.peerTimestampAt > TIMESTAMP_LIFE ? undefined : old;
}

/** Keeps the timestamp to echo (section 4.3). */
export function keepTimestamp(connection: Connection, segment: TcpSegment, now: number): void {
  if (!connection.timestamps || !segment.hasTimestamp) return;
  if (isBefore(connection.lastAcknowledged, segment.sequence)) return;
  if (distance(connection.peerTimestamp, segment.timestamp) < 0) {
    if (now - connection.peerTimestampAt <= TIMESTAMP_LIFE) return;
  }
  connection.peerTimestamp = segment.timestamp;
  connection.peerTimestampAt = now;
}
