// Fragments of IP packets until they are whole (RFC 791 section 3.2, RFC 1122 section 3.3.2).
//
// Invariant: pieces of a packet never overlap: one that contradicts another ends its packet (as RFC 5722 asks of IPv6), one that came
// twice is passed over. What waits is bounded for each source and in all, in packets, bytes and pieces, and no packet waits longer than
// 30 s from its first piece, however many follow.

import { type Ipv4Header, sealWhole } from "./ipv4.ts";
import { IP_START, MAX_PACKET, type PacketBuffer, reservePacket } from "./packet-buffer.ts";
import { type Refusal, refusal } from "./refusal.ts";
import { NEVER } from "./turn.ts";

/** One fragment's payload. */
interface Piece {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** A packet of which something is missing. */
export interface PartialPacket {
  readonly source: number;
  readonly destination: number;
  readonly protocol: number;
  readonly identification: number;
  /** When it is given up (milliseconds). */
  readonly until: number;
  /** In order of their start. */
  readonly pieces: Piece[];
  bytes: number;
  /** Length of the whole payload, -1 before the last piece has come. */
  length: number;
  /** The first fragment's header; empty before it has come. */
  header: Uint8Array;
  /** A piece met congestion (RFC 3168 section 5.3). */
  congestion: number;
}

/** All packets that wait. */
export interface FragmentTable {
  /** Oldest first. */
  readonly packets: PartialPacket[];
  bytes: number;
  deadline: number;
}

const PATIENCE = 30_000;
const MAX_PACKETS = 16;
const MAX_PACKETS_EACH = 4;
const MAX_BYTES = 256 << 10;
const MAX_BYTES_EACH = 128 << 10;
/** A packet of 65,535 bytes over a path of 576 has 119. */
const MAX_PIECES = 128;
const CONGESTED = 3;
const nothing = new Uint8Array(0);

const overlap = refusal("ipv4.fragment-overlap");
const badFragment = refusal("ipv4.fragment");

/** Nothing waits. */
export function createFragmentTable(): FragmentTable {
  return { packets: [], bytes: 0, deadline: NEVER };
}

/**
 * Takes in the fragment that `ip` describes in `packet`. True when its packet is whole now and lies in `into`; false while something is
 * missing. `lost` is called for each packet that had to make room.
 */
export function takeFragment(
  table: FragmentTable,
  now: number,
  packet: PacketBuffer,
  ip: Ipv4Header,
  into: PacketBuffer,
  lost: (partial: PartialPacket) => void,
): boolean | Refusal {
  const partial = findPartial(table, ip) ?? addPartial(table, now, ip);
  const { pieces } = partial;
  const start = ip.fragmentOffset;
  const end = start + ip.payloadEnd - ip.payloadStart;
  const place = placeOf(pieces, start);
  const fits = fitsBetween(partial, place, start, end, ip.moreFragments);
  if (fits === "twice") return false;
  if (fits === "overlap") {
    dropPartial(table, partial);
    return overlap;
  }
  if (pieces.length >= MAX_PIECES) {
    dropPartial(table, partial);
    return badFragment;
  }
  pieces.splice(place, 0, { start, bytes: packet.bytes.slice(ip.payloadStart, ip.payloadEnd) });
  partial.bytes += end - start;
  table.bytes += end - start;
  if (ip.congestion === CONGESTED) partial.congestion = CONGESTED;
  if (!ip.moreFragments) partial.length = end;
  if (start === 0) partial.header = packet.bytes.slice(IP_START, ip.payloadStart);
  if (partial.bytes === partial.length) {
    if (partial.header.length + partial.length > MAX_PACKET) {
      dropPartial(table, partial);
      return badFragment;
    }
    joinPieces(partial, into);
    dropPartial(table, partial);
    return true;
  }
  makeRoom(table, partial, lost);
  return false;
}

/** Gives up the packets that waited too long. */
export function fragmentsDeadline(
  table: FragmentTable,
  now: number,
  lost: (partial: PartialPacket) => void,
): void {
  while (table.packets.length > 0 && table.packets[0].until <= now) {
    const oldest = table.packets[0];
    dropPartial(table, oldest);
    lost(oldest);
  }
}

function findPartial(table: FragmentTable, ip: Ipv4Header): PartialPacket | undefined {
  for (let index = 0; index < table.packets.length; index++) {
    const each = table.packets[index];
    if (
      each.identification === ip.identification &&
      each.source === ip.source &&
      each.destination === ip.destination &&
      each.protocol === ip.protocol
    ) {
      return each;
    }
  }
  return undefined;
}

function addPartial(table: FragmentTable, now: number, ip: Ipv4Header): PartialPacket {
  const partial: PartialPacket = {
    source: ip.source,
    destination: ip.destination,
    protocol: ip.protocol,
    identification: ip.identification,
    until: now + PATIENCE,
    pieces: [],
    bytes: 0,
    length: -1,
    header: nothing,
    congestion: 0,
  };
  table.packets.push(partial);
  table.deadline = table.packets[0].until;
  return partial;
}

function dropPartial(table: FragmentTable, partial: PartialPacket): void {
  table.packets.splice(table.packets.indexOf(partial), 1);
  table.bytes -= partial.bytes;
  table.deadline = table.packets.length > 0 ? table.packets[0].until : NEVER;
}

/** Where a piece that begins at `start` belongs; most come in order. */
function placeOf(pieces: readonly Piece[], start: number): number {
  let place = pieces.length;
  while (place > 0 && pieces[place - 1].start >= start) place--;
  return place;
}

function fitsBetween(
  partial: PartialPacket,
  place: number,
  start: number,
  end: number,
  more: boolean,
): "new" | "twice" | "overlap" {
  const { pieces, length } = partial;
  const next = place < pieces.length ? pieces[place] : undefined;
  if (next !== undefined && next.start === start && next.bytes.length === end - start) {
    return more === (end !== length) ? "twice" : "overlap";
  }
  if (next !== undefined && next.start < end) return "overlap";
  if (place > 0) {
    const before = pieces[place - 1];
    if (before.start + before.bytes.length > start) return "overlap";
  }
  // The end is said once, and nothing lies behind it.
  if (length >= 0 && (!more || end > length)) return "overlap";
  return !more && next !== undefined ? "overlap" : "new";
}

/** Oldest first: those of the same source while it has too much, then anybody's. */
function makeRoom(
  table: FragmentTable,
  newest: PartialPacket,
  lost: (partial: PartialPacket) => void,
): void {
  const { packets } = table;
  let count = 0;
  let bytes = 0;
  for (let index = packets.length - 1; index >= 0; index--) {
    const each = packets[index];
    if (each.source !== newest.source) continue;
    count += 1;
    bytes += each.bytes;
    if (each === newest || (count <= MAX_PACKETS_EACH && bytes <= MAX_BYTES_EACH)) continue;
    count -= 1;
    bytes -= each.bytes;
    dropPartial(table, each);
    lost(each);
  }
  while (packets.length > MAX_PACKETS || table.bytes > MAX_BYTES) {
    const oldest = packets[0] === newest ? packets[1] : packets[0];
    dropPartial(table, oldest);
    lost(oldest);
  }
}

function joinPieces(partial: PartialPacket, into: PacketBuffer): void {
  const { header, pieces, length, congestion } = partial;
  const start = IP_START + header.length;
  reservePacket(into, start + length);
  into.bytes.set(header, IP_START);
  for (let index = 0; index < pieces.length; index++) {
    into.bytes.set(pieces[index].bytes, start + pieces[index].start);
  }
  into.end = start + length;
  sealWhole(into, header.length, congestion === CONGESTED ? CONGESTED : header[1] & 3);
}
