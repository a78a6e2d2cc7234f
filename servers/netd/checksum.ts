// The Internet checksum (RFC 1071) over a packet buffer.
//
// Invariant: sums are of little-endian 16-bit words; RFC 1071 section 2(B) allows to swap the bytes of
// the result instead of those of each word. A sum over data plus its checksum is 0xffff. The bytes are
// added up by a Tape kernel, machine code in the system.

import { part } from "../../tape/kernels/checksum.tape";
import type { PacketBuffer } from "./packet-buffer.ts";

/**
 * The sum of the bytes from `start` to `end`, added to `sum`, not yet folded.
 * An odd last byte counts as if a zero followed (RFC 1071 section 1).
 */
export function addBytes(sum: number, packet: PacketBuffer, start: number, end: number): number {
  return sum + part(packet.bytes, start, end);
}

/** Adds a number below 2^32 as two 16-bit words in network order, as for a pseudo header. */
export function addNumber(sum: number, value: number): number {
  return sum + swapped(value >>> 16) + swapped(value & 0xffff);
}

/** The 16-bit one's complement sum in network order, of a sum below 2^32; 0xffff means that a checked range is sound. */
export function foldSum(sum: number): number {
  let folded = (sum & 0xffff) + (sum >>> 16);
  folded = (folded & 0xffff) + (folded >>> 16);
  return ((folded & 0xff) << 8) | (folded >>> 8);
}

/** The checksum to store for a sum, in network order: its complement. */
export function checksumOf(sum: number): number {
  return ~foldSum(sum) & 0xffff;
}

/** The sum of a UDP pseudo header (RFC 768): addresses, protocol and transport length. */
export function pseudoHeaderSum(
  source: number,
  destination: number,
  protocol: number,
  length: number,
): number {
  // Six words at most, so that one fold is enough, and one swap.
  const sum =
    (source >>> 16) +
    (source & 0xffff) +
    (destination >>> 16) +
    (destination & 0xffff) +
    protocol +
    length;
  const folded = (sum & 0xffff) + (sum >>> 16);
  return swapped(folded & 0xffff) + (folded >>> 16) * 256;
}

function swapped(word: number): number {
  return ((word & 0xff) << 8) | (word >>> 8);
}
