// How long a connection's packets may be: what routers report (RFC 1191), black holes that swallow long packets without a word, and
// probes for more (RFC 4821).
//
// Invariant: LEAST_PACKET <= packetSize <= mostPacket, but for peers that take less. A probe is a single segment of real bytes, and its
// loss is no sign of congestion; at most one is out.

import type { Connection } from "./connection.ts";
import type { SentSegment } from "./flight.ts";
import { distance, isBefore } from "./sequence.ts";
import { states } from "./states.ts";

export const HEADERS = 40;
export const TIMESTAMPS = 12;
/** Sizes to fall back to, one after the other, when long packets vanish. */
const FALL_BACKS = [1280, 1006, 552];
/** Milliseconds after which a path that got narrower is tried again (RFC 1191 section 6.3). */
export const AFTER_REPORT = 600_000;
/** The same after a suspected black hole: it may have been cut for a while, no more. */
const AFTER_SILENCE = 10_000;
/** Not worth another probe. */
const CLOSE_ENOUGH = 32;

/** Sets the size that packets have from now on, and what follows from it. */
export function setPacketSize(connection: Connection, size: number): void {
  connection.packetSize = size;
  connection.segmentSize = size - HEADERS - (connection.timestamps ? TIMESTAMPS : 0);
  connection.congestion.segment = connection.segmentSize;
}

/** Long packets have timed out again and again, and nobody said why: shorter ones may get through. */
export function avoidBlackHole(connection: Connection, now: number): void {
  const first = connection.flight.segments[0];
  if (first === undefined || !states[connection.state].synchronized) return;
  const payload = distance(first.start, first.end);
  const size = FALL_BACKS.find((each) => each < connection.packetSize);
  if (size === undefined || payload <= size - HEADERS - TIMESTAMPS) return;
  setPacketSize(connection, size);
  connection.probeMost = connection.mostPacket;
  connection.probeAt = now + AFTER_SILENCE;
}

/** How many bytes a probe has that is due now; 0 when none is. `unsent`: bytes that could be sent. */
export function probeLength(connection: Connection, unsent: number, now: number): number {
  if (connection.probeSize > 0 || now < connection.probeAt || connection.recovering) return 0;
  const { packetSize, probeMost, mostPacket, segmentSize } = connection;
  const size = probeMost === mostPacket ? mostPacket : (packetSize + probeMost + 1) >> 1;
  const length = segmentSize + size - packetSize;
  // Behind the probe enough follows to tell its loss.
  return length > segmentSize && unsent >= length + 4 * segmentSize ? length : 0;
}

/** The segment at the end of the flight is a probe. */
export function noteProbe(connection: Connection, sent: SentSegment): void {
  connection.probeSize =
    connection.packetSize - connection.segmentSize + distance(sent.start, sent.end);
  connection.probeStart = sent.start;
  connection.probeEnd = sent.end;
}

/** The peer has everything up to `acknowledgment`: when that is the probe, the path takes its size. */
export function probeArrived(connection: Connection, acknowledgment: number): void {
  if (connection.probeSize === 0 || isBefore(acknowledgment, connection.probeEnd)) return;
  setPacketSize(connection, connection.probeSize);
  connection.probeSize = 0;
}

/**
 * Segments were found to be lost. True when it was the probe alone: its bytes go out again in shorter segments, and nothing else follows.
 */
export function probeFailed(connection: Connection, now: number): boolean {
  if (connection.probeSize === 0) return false;
  const { flight, probeStart } = connection;
  const probe = flight.segments.find((each) => each.start === probeStart);
  if (probe === undefined || !probe.lost) return false;
  const alone = flight.lostCount === 1;
  const most = connection.probeSize - 1;
  connection.probeSize = 0;
  if (!alone) {
    // Something else happened as well: the probe says nothing.
    connection.probeAt = now + AFTER_SILENCE;
    return false;
  }
  const done = most - connection.packetSize < CLOSE_ENOUGH;
  connection.probeMost = done ? connection.mostPacket : most;
  connection.probeAt = done ? now + AFTER_REPORT : now;
  return true;
}
