// RACK: which segments are lost, told by time (RFC 8985 sections 5 and 6), and the state of the tail loss probe (section 7).
//
// Invariant: a segment is held for lost only when one that was sent later has been delivered, and longer ago than a round trip and
// the reordering window. Without sign of reordering, three segments reported behind it are enough, as in RFC 6675.

import { type Flight, type SentSegment, markLost } from "./flight.ts";
import type { RoundTrip } from "./round-trip.ts";
import { isBefore } from "./sequence.ts";
import { NEVER } from "../turn.ts";

/** The state of a connection; times in milliseconds. */
export interface Rack {
  /** Send time and end of the segment delivered that was sent last. */
  sentAt: number;
  end: number;
  /** Its round trip. */
  roundTrip: number;
  /** Behind the highest sequence number delivered. */
  highest: number;
  started: boolean;
  reordering: boolean;
  /** The reordering window in quarters of the shortest round trip, and the rounds for which it stays so. */
  quarters: number;
  rounds: number;
  /** Where the round of the last growth ends. */
  roundEnd: number;
  /** A tail loss probe is out: NEXT when it was sent, and whether it repeated a segment. */
  probing: boolean;
  probeEnd: number;
  probeRepeats: boolean;
}

const DUPLICATE_THRESHOLD = 3;
const MOST_QUARTERS = 16;
const ROUNDS = 16;

/** Before the first delivery. */
export function createRack(): Rack {
  return {
    sentAt: 0,
    end: 0,
    roundTrip: 0,
    highest: 0,
    started: false,
    reordering: false,
    quarters: 1,
    rounds: 0,
    roundEnd: 0,
    probing: false,
    probeEnd: 0,
    probeRepeats: false,
  };
}

/** A segment was delivered (acknowledged, or reported for the first time). `echoedAt`: send time by its echo, or -1. */
export function noteDelivered(
  rack: Rack,
  segment: SentSegment,
  now: number,
  least: number,
  echoedAt: number,
): void {
  const roundTrip = now - segment.sentAt;
  if (segment.retransmitted) {
    // The report may be for the first copy: its echo is older than the last sending, or it came too fast for the path.
    if (echoedAt >= 0 && echoedAt + 1 < segment.sentAt) return;
    if (roundTrip < least) return;
  }
  rack.roundTrip = roundTrip;
  if (!rack.started || sentAfter(segment.sentAt, segment.end, rack.sentAt, rack.end)) {
    rack.sentAt = segment.sentAt;
    rack.end = segment.end;
  }
  if (!rack.started || isBefore(rack.highest, segment.end)) rack.highest = segment.end;
  else if (!segment.retransmitted && isBefore(segment.end, rack.highest)) rack.reordering = true;
  rack.started = true;
}

/** The peer reported a duplicate: what was held for lost was only late, so the window grows, once in a round trip. */
export function noteDuplicate(rack: Rack, acknowledgment: number, next: number): void {
  if (isBefore(acknowledgment, rack.roundEnd) && rack.rounds === ROUNDS) return;
  rack.roundEnd = next;
  rack.rounds = ROUNDS;
  if (rack.quarters < MOST_QUARTERS) rack.quarters += 1;
}

/** A recovery is over: after 16 of them the window is short again. */
export function noteRecovered(rack: Rack): void {
  if (rack.rounds > 0) rack.rounds -= 1;
  if (rack.rounds === 0) rack.quarters = 1;
}

/** Marks what is lost by now; returns when to look again, NEVER when nothing is in doubt. */
export function detectLosses(
  rack: Rack,
  flight: Flight,
  trip: RoundTrip,
  recovering: boolean,
  now: number,
): number {
  if (!rack.started) return NEVER;
  const window = reorderingWindow(rack, flight, trip, recovering);
  const segments = flight.segments;
  let again = NEVER;
  for (let index = 0; index < segments.length; index++) {
    const segment = segments[index];
    if (segment.sacked || segment.lost) continue;
    if (!sentAfter(rack.sentAt, rack.end, segment.sentAt, segment.end)) {
      // First copies were sent in order, second ones later still: nothing behind this one can be older.
      if (!segment.retransmitted) break;
      continue;
    }
    const due = segment.sentAt + rack.roundTrip + window;
    if (due <= now) markLost(flight, segment);
    else if (due < again) again = due;
  }
  return again;
}

function reorderingWindow(
  rack: Rack,
  flight: Flight,
  trip: RoundTrip,
  recovering: boolean,
): number {
  if (!rack.reordering && (recovering || flight.sackedCount >= DUPLICATE_THRESHOLD)) return 0;
  return Math.min((rack.quarters * trip.least) / 4, trip.smoothed);
}

function sentAfter(time: number, end: number, otherTime: number, otherEnd: number): boolean {
  return time > otherTime || (time === otherTime && isBefore(otherEnd, end));
}
