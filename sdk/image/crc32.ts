// CRC-32 as GPT uses it (UEFI 2.10, section 4.2: the CCITT32 polynomial, reflected).
import { crc32 as zlibCrc32 } from "node:zlib";

/** @returns the checksum as an unsigned 32-bit number */
export function crc32(bytes: Uint8Array): number {
  return zlibCrc32(bytes) >>> 0;
}
