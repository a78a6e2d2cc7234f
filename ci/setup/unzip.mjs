// Unpacks a zip archive (PKWARE APPNOTE 6.3, methods 0 and 8, no zip64), such as a Python wheel.
// Invariant: no entry is written outside the target folder, and each entry's CRC-32 has matched.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { crc32, inflateRawSync } from "node:zlib";

const endOfDirectory = 0x06054b50;
const directoryEntry = 0x02014b50;

/**
 * @param {Buffer} zip the archive
 * @param {string} target folder to write to; made if missing
 * @returns {number} how many files were written
 * @throws {Error} when the archive is malformed
 */
export function unzip(zip, target) {
  let end = zip.length - 22;
  while (end >= 0 && zip.readUInt32LE(end) !== endOfDirectory) end--;
  if (end < 0) throw new Error("not a zip archive: it has no end record");
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  let written = 0;
  const made = new Set();
  for (let i = 0; i < count; i++) {
    if (zip.readUInt32LE(at) !== directoryEntry) throw new Error(`bad zip directory entry ${i}`);
    const method = zip.readUInt16LE(at + 10);
    const crc = zip.readUInt32LE(at + 16);
    const packed = zip.readUInt32LE(at + 20);
    const nameLength = zip.readUInt16LE(at + 28);
    const local = zip.readUInt32LE(at + 42);
    const name = zip.toString("utf8", at + 46, at + 46 + nameLength);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    if (name.endsWith("/")) continue;
    const path = normalize(name);
    if (path.startsWith("..") || path.startsWith("/")) throw new Error(`zip entry leaves: ${name}`);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const body = zip.subarray(start, start + packed);
    if (method !== 0 && method !== 8) throw new Error(`zip method ${method} is not supported`);
    const data = method === 0 ? body : inflateRawSync(body);
    // Node 20.15 brought zlib.crc32; before it the archive's own SHA-256 has to do.
    if (crc32 !== undefined && crc32(data) !== crc)
      throw new Error(`zip entry is damaged: ${name}`);
    const out = join(target, path);
    const folder = dirname(out);
    if (!made.has(folder)) mkdirSync(folder, { recursive: true });
    made.add(folder);
    writeFileSync(out, data);
    written++;
  }
  return written;
}
