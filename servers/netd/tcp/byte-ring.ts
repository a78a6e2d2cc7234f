// A byte queue that grows up to its limit: the send buffer, and the receive buffer with bytes written ahead of its end.
//
// Invariant: the capacity is 0 or a power of two; what lies in all rings of a table is counted in its memory account, and above the
// account's limit no ring grows beyond its first 4 KiB.

import type { MemoryView } from "../../../sdk/runtime/shared-view.ts";

/** The bytes that the rings of one table may hold. */
export interface MemoryAccount {
  used: number;
  readonly limit: number;
}

/** Bytes that lie somewhere else, to be copied from there. */
export interface Payload {
  /** Copies `count` bytes behind the first `skip` to `to` at `at`; the caller has made sure that all of them are there. */
  pour(skip: number, count: number, to: Uint8Array | RingMemory, at: number): void;
}

/** Where bytes for a ring come from. */
export type Bytes = Uint8Array | Payload;

/** Memory that a ring shares with its user, at an address that kernels reach; as long as a power of two. */
export interface RingMemory extends MemoryView {
  readonly address: number;
}

/** A ring; `length` bytes from `head` on are in the queue. */
export interface ByteRing {
  bytes: Uint8Array | RingMemory;
  head: number;
  length: number;
  limit: number;
  readonly account: MemoryAccount;
}

const FIRST_CAPACITY = 4096;
const nothing = new Uint8Array(0);

/** An empty ring; it takes no memory before the first byte. */
export function createRing(limit: number, account: MemoryAccount): ByteRing {
  return { bytes: nothing, head: 0, length: 0, limit, account };
}

/** Makes room for `needed` bytes in all; false when the limit or the account forbids it. */
export function reserve(ring: ByteRing, needed: number): boolean {
  const capacity = ring.bytes.length;
  if (needed <= capacity) return true;
  const old = ring.bytes;
  if (needed > ring.limit || !(old instanceof Uint8Array)) return false;
  let grown = capacity === 0 ? FIRST_CAPACITY : capacity * 2;
  while (grown < needed) grown *= 2;
  const account = ring.account;
  // The first piece is everybody's, so that no connection stands still for good.
  if (grown > FIRST_CAPACITY && account.used + grown - capacity > account.limit) return false;
  account.used += grown - capacity;
  const bytes = new Uint8Array(grown);
  // Bytes written ahead of the end move as well: the whole old ring does.
  bytes.set(old.subarray(ring.head));
  bytes.set(old.subarray(0, ring.head), capacity - ring.head);
  ring.bytes = bytes;
  ring.head = 0;
  return true;
}

/** Makes as much room for `needed` bytes in all as limit and account allow; returns how many more bytes fit now. */
export function reserveSome(ring: ByteRing, needed: number): number {
  let wanted = needed;
  while (wanted > ring.bytes.length && !reserve(ring, wanted)) wanted >>= 1;
  return ring.bytes.length - ring.length;
}

/** Writes bytes `start` to `end` of `from` at `offset` bytes behind the head; the caller has reserved it. `length` stays. */
export function writeAt(
  ring: ByteRing,
  offset: number,
  from: Bytes,
  start: number,
  end: number,
): void {
  const mask = ring.bytes.length - 1;
  const at = (ring.head + offset) & mask;
  const first = Math.min(end - start, ring.bytes.length - at);
  if (!(from instanceof Uint8Array)) {
    from.pour(start, first, ring.bytes, at);
    if (first < end - start) from.pour(start + first, end - start - first, ring.bytes, 0);
    return;
  }
  const to = ring.bytes;
  if (!(to instanceof Uint8Array)) {
    to.copyIn(at, from, start, first);
    if (first < end - start) to.copyIn(0, from, start + first, end - start - first);
    return;
  }
  if (first === from.length) {
    to.set(from, at);
    return;
  }
  to.set(from.subarray(start, start + first), at);
  if (first < end - start) to.set(from.subarray(start + first, end), 0);
}

/** Copies `count` bytes from `offset` behind the head to `into` at `at`. */
export function readAt(
  ring: ByteRing,
  offset: number,
  count: number,
  into: Uint8Array,
  at: number,
): void {
  if (count === 0) return;
  const from = (ring.head + offset) & (ring.bytes.length - 1);
  const first = Math.min(count, ring.bytes.length - from);
  const { bytes } = ring;
  if (!(bytes instanceof Uint8Array)) {
    bytes.copyOut(from, into, at, first);
    if (first < count) bytes.copyOut(0, into, at + first, count - first);
    return;
  }
  into.set(bytes.subarray(from, from + first), at);
  if (first < count) into.set(bytes.subarray(0, count - first), at + first);
}

/** A copy of the first `count` bytes of the queue; there are so many. */
export function copyHead(ring: ByteRing, count: number): Uint8Array {
  const { bytes, head } = ring;
  if (bytes instanceof Uint8Array && head + count <= bytes.length) {
    return bytes.slice(head, head + count);
  }
  const copy = new Uint8Array(count);
  readAt(ring, 0, count, copy, 0);
  return copy;
}

/** Gives the memory back of a ring that has run empty after a burst. */
export function shrinkEmpty(ring: ByteRing): void {
  if (ring.length > 0 || ring.bytes.length <= 4 * FIRST_CAPACITY) return;
  if (!isShared(ring)) releaseRing(ring);
}

/** Whether the ring's user sees its memory. */
export function isShared(ring: ByteRing): boolean {
  return !(ring.bytes instanceof Uint8Array);
}

/** Moves the ring into memory that is shared with its user, to its start; false where it is too large, or the account forbids it. */
export function shareRing(ring: ByteRing, memory: RingMemory): boolean {
  const { account, bytes: old, head } = ring;
  const more = memory.length - old.length;
  if (more < 0 || account.used + more > account.limit || !(old instanceof Uint8Array)) return false;
  account.used += more;
  memory.copyIn(0, old, head, old.length - head);
  memory.copyIn(old.length - head, old, 0, head);
  adoptMemory(ring, memory, 0);
  return true;
}

/** The ring goes on in memory that has its bytes already, from `head` on; the account knows of it. */
export function adoptMemory(ring: ByteRing, memory: RingMemory, head: number): void {
  ring.bytes = memory;
  ring.head = head;
  ring.limit = memory.length;
}

/** The ring goes on in memory of its own, with the bytes in order and `early` behind them; what it shared is not touched again. */
export function unshareRing(ring: ByteRing, early: number): void {
  const { bytes, account, length } = ring;
  if (bytes instanceof Uint8Array) return;
  let capacity = length + early === 0 ? 0 : FIRST_CAPACITY;
  while (capacity < length + early) capacity *= 2;
  const own = capacity === 0 ? nothing : new Uint8Array(capacity);
  readAt(ring, 0, length + early, own, 0);
  account.used += capacity - bytes.length;
  ring.bytes = own;
  ring.head = 0;
}

/** Takes `count` bytes off the head. */
export function dropHead(ring: ByteRing, count: number): void {
  if (ring.bytes.length > 0) ring.head = (ring.head + count) & (ring.bytes.length - 1);
  ring.length -= count;
}

/** Gives the memory back; what was queued is gone. */
export function releaseRing(ring: ByteRing): void {
  ring.account.used -= ring.bytes.length;
  ring.bytes = nothing;
  ring.head = 0;
  ring.length = 0;
}
