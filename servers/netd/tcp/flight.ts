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
  /** How many frames it went out in: a long packet is cut, and reported neighbours become one. */
  count = 1;

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
  /** Bytes that the peer has said to have, each once. */
  delivered: number;
  /** One that is as new, for the next. */
  spare: SentSegment | undefined;
}

/** Nothing is on its way. */
export function createFlight(): Flight {
  return { segments: [], bytes: 0, sackedCount: 0, lostCount: 0, delivered: 0, spare: undefined };
}

/** A segment was sent for the first time, in `count` frames. */
export function recordSent(
  flight: Flight,
  start: number,
  end: number,
  now: number,
  count = 1,
): void {
  let segment = flight.spare;
  if (segment === undefined) segment = new SentSegment(start, end, now);
  else {
    flight.spare = undefined;
    segment.start = start;
    segment.end = end;
    segment.sentAt = now;
  }
  segment.count = count;
  flight.segments.push(segment);
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
  flight.delivered += distance(segment.start, segment.end);
  flight.sackedCount += segment.count;
  if (segment.lost) {
    segment.lost = false;
    flight.lostCount -= 1;
  } else {
    flight.bytes -= distance(segment.start, segment.end);
  }
}

/** The index of the first segment that begins at `sequence` or behind it. */
export function placeInFlight(segments: readonly SentSegment[], sequence: number): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(segments[middle].start, sequence)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Joins the reported segments from index `first` to before `end`, and those that they touch: a long flight with many holes stays short. */
export function joinSacked(flight: Flight, first: number, end: number): void {
  const { segments } = flight;
  const start = first > 0 && segments[first - 1].sacked ? first - 1 : first;
  const stop = end < segments.length && segments[end].sacked ? end + 1 : end;
  const joined = segments[start];
  if (stop - start < 2) return;
  for (let index = start + 1; index < stop; index++) joined.count += segments[index].count;
  joined.end = segments[stop - 1].end;
  segments.splice(start + 1, stop - start - 1);
}

/**
 * After a timeout: all that was not reported is to be sent again. A peer that reported the oldest segment and does not acknowledge it has
 * thrown away what it had: then nothing of its reports is believed (RFC 2018 section 8).
 */
export function markAllLost(flight: Flight): void {
  const { segments } = flight;
  const broken = segments.length > 0 && segments[0].sacked;
  flight.sackedCount = 0;
  flight.lostCount = 0;
  for (let index = 0; index < segments.length; index++) {
    const each = segments[index];
    if (broken) each.sacked = false;
    each.lost = !each.sacked;
    if (each.sacked) flight.sackedCount += each.count;
    else flight.lostCount += 1;
  }
  flight.bytes = 0;
}

/** Takes off what is counted of one segment. */
function uncount(flight: Flight, segment: SentSegment): void {
  if (segment.sacked) flight.sackedCount -= segment.count;
  else if (segment.lost) flight.lostCount -= 1;
  else flight.bytes -= distance(segment.start, segment.end);
}

/** Takes off the oldest segment when `acknowledgment` covers it whole. */
export function takeAcknowledged(flight: Flight, acknowledgment: number): SentSegment | undefined {
  const first = flight.segments[0];
  if (first === undefined || isBefore(acknowledgment, first.end)) return undefined;
  uncount(flight, first);
  if (!first.sacked) flight.delivered += distance(first.start, first.end);
  flight.segments.shift();
  return first;
}

/** Shortens the oldest segment by what `acknowledgment` covers of it. */
export function trimAcknowledged(flight: Flight, acknowledgment: number): void {
  const first = flight.segments[0];
  if (first === undefined || !isBefore(first.start, acknowledgment)) return;
  const length = distance(first.start, acknowledgment);
  if (!first.sacked) flight.delivered += length;
  if (!first.sacked && !first.lost) flight.bytes -= length;
  first.start = acknowledgment;
}

/** Cuts a segment in two where it has become too long to send at once. */
export function splitSegment(flight: Flight, index: number, length: number): void {
  const segment = flight.segments[index];
  const whole = distance(segment.start, segment.end);
  const rest = new SentSegment((segment.start + length) >>> 0, segment.end, segment.sentAt);
  const before = segment.count;
  rest.count = Math.max(1, Math.round((before * (whole - length)) / whole));
  segment.count = Math.max(1, before - rest.count);
  rest.sacked = segment.sacked;
  rest.lost = segment.lost;
  rest.retransmitted = segment.retransmitted;
  segment.end = rest.start;
  flight.segments.splice(index + 1, 0, rest);
  if (rest.sacked) flight.sackedCount += segment.count + rest.count - before;
  else if (rest.lost) flight.lostCount += 1;
}

/** Cuts the long packet in two that the number lies in: a report of a part of it counts for that part. At most `most` segments come of it. */
export function splitAt(flight: Flight, sequence: number, most: number): void {
  const { segments } = flight;
  const index = placeInFlight(segments, sequence) - 1;
  const segment = segments[index];
  if (segment === undefined || segment.count < 2 || segment.sacked) return;
  if (!isBefore(sequence, segment.end) || segments.length >= most) return;
  splitSegment(flight, index, distance(segment.start, sequence));
}
