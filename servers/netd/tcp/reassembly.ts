// The receive buffer: bytes in order for the user, ranges that came early, and what to report of them (RFC 2018, RFC 2883).
//
// Invariant: ranges are sorted, apart from each other, behind `next`, and at most MAX_RANGES; the ring holds their bytes already.

import {
  type ByteRing,
  type Bytes,
  type MemoryAccount,
  createRing,
  reserve,
  writeAt,
} from "./byte-ring.ts";
import { distance, isBefore, later, plus } from "./sequence.ts";
import { MAX_RANGES } from "./settings.ts";

/** Bytes that came before those in front of them. */
export interface EarlyRange {
  start: number;
  end: number;
}

/** The receive buffer of a connection. */
export interface Reassembly {
  readonly ring: ByteRing;
  readonly ranges: EarlyRange[];
  /** The sequence number that is expected next (RCV.NXT). */
  next: number;
  /** The ranges that grew last, the newest first: at most as many as one segment reports. */
  readonly recent: EarlyRange[];
  /** A duplicate that came last, to be reported once; equal when there is none. */
  duplicateStart: number;
  duplicateEnd: number;
}

const MAX_RECENT = 4;

/** An empty buffer of at most `limit` bytes. */
export function createReassembly(limit: number, account: MemoryAccount): Reassembly {
  return {
    ring: createRing(limit, account),
    ranges: [],
    next: 0,
    recent: [],
    duplicateStart: 0,
    duplicateEnd: 0,
  };
}

/** How many more bytes it takes behind `next`. */
export function freeSpace(buffer: Reassembly): number {
  return buffer.ring.limit - buffer.ring.length;
}

/**
 * Takes in `from[at..end)` whose first byte has the sequence number `sequence`; what lies outside `next` .. `edge` is cut off.
 * Returns how many bytes came into order, or -1 when there was no room to keep it.
 */
export function takeIn(
  buffer: Reassembly,
  sequence: number,
  from: Bytes,
  at: number,
  end: number,
  edge: number,
): number {
  let start = sequence;
  let stop = plus(sequence, end - at);
  let first = at;
  if (isBefore(start, buffer.next)) {
    buffer.duplicateStart = start;
    buffer.duplicateEnd = isBefore(stop, buffer.next) ? stop : buffer.next;
    first += distance(start, buffer.next);
    start = buffer.next;
  }
  if (isBefore(edge, stop)) stop = edge;
  const length = distance(start, stop);
  if (length <= 0) return 0;
  const offset = buffer.ring.length + distance(buffer.next, start);
  if (!reserve(buffer.ring, offset + length)) return -1;
  if (start !== buffer.next) return keepEarly(buffer, start, stop, from, first) ? 0 : -1;
  writeAt(buffer.ring, offset, from, first, first + length);
  return advance(buffer, stop);
}

/** Moves `next` to `stop`, and over every range that it meets; returns how far. */
function advance(buffer: Reassembly, stop: number): number {
  const ranges = buffer.ranges;
  let end = stop;
  let met = 0;
  while (met < ranges.length && !isBefore(end, ranges[met].start)) {
    end = later(end, ranges[met].end);
    met += 1;
  }
  for (let index = 0; index < met; index++) forget(buffer.recent, ranges[index]);
  if (met > 0) ranges.splice(0, met);
  const count = distance(buffer.next, end);
  buffer.next = end;
  buffer.ring.length += count;
  return count;
}

/** Adds a range, joined with those that it touches; false when there would be too many. */
function keepEarly(
  buffer: Reassembly,
  start: number,
  stop: number,
  from: Bytes,
  at: number,
): boolean {
  const { ranges, recent } = buffer;
  // Most come behind all others.
  let index = ranges.length;
  while (index > 0 && !isBefore(ranges[index - 1].end, start)) index--;
  let last = index;
  let newStart = start;
  let newEnd = stop;
  while (last < ranges.length && !isBefore(stop, ranges[last].start)) {
    const range = ranges[last];
    if (isBefore(range.start, newStart)) newStart = range.start;
    newEnd = later(newEnd, range.end);
    last++;
  }
  if (last === index && ranges.length >= MAX_RANGES) return false;
  if (last === index + 1 && newStart === ranges[index].start && newEnd === ranges[index].end) {
    buffer.duplicateStart = start;
    buffer.duplicateEnd = stop;
  }
  const offset = buffer.ring.length + distance(buffer.next, start);
  writeAt(buffer.ring, offset, from, at, at + distance(start, stop));
  const range = { start: newStart, end: newEnd };
  for (let each = index; each < last; each++) forget(recent, ranges[each]);
  if (last === index + 1) ranges[index] = range;
  else ranges.splice(index, last - index, range);
  recent.unshift(range);
  if (recent.length > MAX_RECENT) recent.pop();
  return true;
}

/** Drops every range that reaches behind `edge`. */
export function dropBehind(buffer: Reassembly, edge: number): void {
  const { ranges, recent } = buffer;
  while (ranges.length > 0 && isBefore(edge, ranges[ranges.length - 1].end)) {
    forget(recent, ranges[ranges.length - 1]);
    ranges.pop();
  }
}

function forget(recent: EarlyRange[], range: EarlyRange): void {
  const place = recent.indexOf(range);
  if (place >= 0) recent.splice(place, 1);
}

/**
 * Writes at most `most` blocks into `left` and `right`: a duplicate first (RFC 2883), then the ranges, the newest first; returns
 * how many. The duplicate is reported once.
 */
export function reportBlocks(
  buffer: Reassembly,
  most: number,
  left: Uint32Array,
  right: Uint32Array,
): number {
  let count = 0;
  if (buffer.duplicateStart !== buffer.duplicateEnd) {
    left[0] = buffer.duplicateStart;
    right[0] = buffer.duplicateEnd;
    buffer.duplicateStart = buffer.duplicateEnd = 0;
    count = 1;
  }
  const { ranges, recent } = buffer;
  for (let index = 0; index < recent.length && count < most; index++) {
    left[count] = recent[index].start;
    right[count] = recent[index].end;
    count += 1;
  }
  // Where the newest have become one, others follow.
  for (let index = ranges.length - 1; index >= 0 && count < most; index--) {
    if (recent.includes(ranges[index])) continue;
    left[count] = ranges[index].start;
    right[count] = ranges[index].end;
    count += 1;
  }
  return count;
}
