// CRC-32 (ISO 3309: polynomial 0x04c11db7 reflected, all ones before and after), without the host's help.

/** CRC of each byte value. */
const table = makeTable();

function makeTable(): Int32Array {
  const made = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    made[byte] = crc;
  }
  return made;
}

/** The CRC of `bytes` from `start` up to `end`, as an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1;
  for (let at = start; at < end; at++) crc = (crc >>> 8) ^ (table[(crc ^ bytes[at]!) & 255] ?? 0);
  return ~crc >>> 0;
}
