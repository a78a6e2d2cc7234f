// The Internet checksum (RFC 1071) over a packet buffer.
//
// Invariant: sums are of native-endian 16-bit words, folded; RFC 1071 section 2(B) allows to swap the
// bytes of the result instead of those of each word. A sum over data plus its checksum is 0xffff.

import type { PacketBuffer } from "./packet-buffer.ts";

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * The sum of the bytes from `start` (even) to `end`, added to `sum`, not yet folded.
 * An odd last byte counts as if a zero followed (RFC 1071 section 1).
 */
export function addBytes(sum: number, packet: PacketBuffer, start: number, end: number): number {
  const bytes = packet.bytes;
  const words = packet.words;
  let total = sum;
  let at = start;
  if ((at & 2) !== 0 && at + 2 <= end) {
    total += nativePair(bytes[at], bytes[at + 1]);
    at += 2;
  }
  const last = end >> 2;
  // A double holds the exact sum of 2^21 words, far more than one buffer has.
  let word = at >> 2;
  // Eight at a time: the loop costs an interpreter as much as a word.
  for (; word + 8 <= last; word += 8) {
    total +=
      words[word] +
      words[word + 1] +
      words[word + 2] +
      words[word + 3] +
      words[word + 4] +
      words[word + 5] +
      words[word + 6] +
      words[word + 7];
  }
  for (; word < last; word++) total += words[word];
  if (last * 4 > at) at = last * 4;
  for (; at < end; at += 2) total += nativePair(bytes[at], at + 1 < end ? bytes[at + 1] : 0);
  return total;
}

/** Adds a number below 2^32 as two 16-bit words in network order, as for a pseudo header. */
export function addNumber(sum: number, value: number): number {
  const high = value >>> 16;
  const low = value & 0xffff;
  return sum + swapped(high) + swapped(low);
}

/** The 16-bit one's complement sum in network order; 0xffff means that a checked range is sound. */
export function foldSum(sum: number): number {
  let folded = (sum % 4294967296) + Math.floor(sum / 4294967296);
  folded = (folded % 65536) + Math.floor(folded / 65536);
  folded = (folded & 0xffff) + (folded >>> 16);
  folded = (folded & 0xffff) + (folded >>> 16);
  return swapped(folded);
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
  return addNumber(addNumber(addNumber(0, source), destination), protocol * 65536 + length);
}

function nativePair(first: number, second: number): number {
  return littleEndian ? first | (second << 8) : (first << 8) | second;
}

function swapped(word: number): number {
  return littleEndian ? ((word & 0xff) << 8) | (word >>> 8) : word;
}
