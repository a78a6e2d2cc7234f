// What has been sent and not yet acknowledged, segment by segment: the scoreboard of RFC 6675, with the send times of RFC 8985.
//
// Invariant: segments are in order of sequence number without gaps; `bytes` is what counts as being on the wire: neither
// acknowledged selectively nor, since it was sent last, held for lost (the "pipe" of RFC 6675).

import { distance, isBefore } from "./sequence.ts";

/** One segment that was sent. */
export class SentSegment {
  /** First sequence number, and the one behind the last. */
  start: number;
  end: number;
  /** When it was sent last, in milliseconds. */
  sentAt: number;
  /** The peer has it, though not all before it. */
  sacked = false;
  /** Held for lost since it was sent last. */
  lost = false;
  retransmitted = false;

  constructor(start: number, end: number, sentAt: number) {
    this.start = start;
    this.end = end;
    this.sentAt = sentAt;
  }
}

/** The scoreboard of a connection. */
export interface Flight {
  readonly segments: SentSegment[];
  bytes: number;
  sackedCount: number;
  lostCount: number;
}

/** Nothing is on its way. */
export function createFlight(): Flight {
  return { segments: [], bytes: 0, sackedCount: 0, lostCount: 0 };
}

/** A segment was sent for the first time. */
export function recordSent(flight: Flight, start: number, end: number, now: number): void {
  flight.segments.push(new SentSegment(start, end, now));
  flight.bytes += distance(start, end);
}

/** A segment was sent again. */
export function recordSentAgain(flight: Flight, segment: SentSegment, now: number): void {
  if (segment.lost) {
    segment.lost = false;
    flight.lostCount -= 1;
    flight.bytes += distance(segment.start, segment.end);
  }
  segment.retransmitted = true;
  segment.sentAt = now;
}

/** Holds a segment for lost. */
export function markLost(flight: Flight, segment: SentSegment): void {
  if (segment.lost || segment.sacked) return;
  segment.lost = true;
  flight.lostCount += 1;
  flight.bytes -= distance(segment.start, segment.end);
}

/** The peer reports that it has the segment. */
export function markSacked(flight: Flight, segment: SentSegment): void {
  if (segment.sacked) return;
  segment.sacked = true;
  flight.sackedCount += 1;
  if (segment.lost) {
    segment.lost = false;
    flight.lostCount -= 1;
  } else {
    flight.bytes -= distance(segment.start, segment.end);
  }
}

/** After a timeout: nothing is believed to have arrived, reports included (RFC 2018 section 8), and all is to be sent again. */
export function markAllLost(flight: Flight): void {
  const segments = flight.segments;
  for (let index = 0; index < segments.length; index++) {
    segments[index].sacked = false;
    segments[index].lost = true;
  }
  flight.bytes = 0;
  flight.sackedCount = 0;
  flight.lostCount = segments.length;
}

/** Takes off what is counted of one segment. */
function uncount(flight: Flight, segment: SentSegment): void {
  if (segment.sacked) flight.sackedCount -= 1;
  else if (segment.lost) flight.lostCount -= 1;
  else flight.bytes -= distance(segment.start, segment.end);
}

/** Takes off the oldest segment when `acknowledgment` covers it whole. */
export function takeAcknowledged(flight: Flight, acknowledgment: number): SentSegment | undefined {
  const first = flight.segments[0];
  if (first === undefined || isBefore(acknowledgment, first.end)) return undefined;
  uncount(flight, first);
  flight.segments.shift();
  return first;
}

/** Shortens the oldest segment by what `acknowledgment` covers of it. */
export function trimAcknowledged(flight: Flight, acknowledgment: number): void {
  const first = flight.segments[0];
  if (first === undefined || !isBefore(first.start, acknowledgment)) return;
  if (!first.sacked && !first.lost) flight.bytes -= distance(first.start, acknowledgment);
  first.start = acknowledgment;
}

/** Cuts a segment in two where it has become too long to send at once. */
export function splitSegment(flight: Flight, index: number, length: number): void {
  const segment = flight.segments[index];
  const rest = new SentSegment((segment.start + length) >>> 0, segment.end, segment.sentAt);
  rest.sacked = segment.sacked;
  rest.lost = segment.lost;
  rest.retransmitted = segment.retransmitted;
  segment.end = rest.start;
  flight.segments.splice(index + 1, 0, rest);
  if (rest.sacked) flight.sackedCount += 1;
  else if (rest.lost) flight.lostCount += 1;
}
