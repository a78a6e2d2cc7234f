// Finds frames in a stream of bytes that may begin anywhere, lose bytes and carry noise.
// Invariant: what is given out has passed both checks; after damage the search goes on one byte behind the damaged frame's begin,
// so that a whole frame behind a torn one is never lost. At most FRAME_BYTES are kept.
import { crc32 } from "./crc32.ts";
import {
  FRAME_BYTES,
  type Frame,
  frameBytes,
  HEADER_BYTES,
  MAGIC,
  PAYLOAD_BYTES,
} from "./frame.ts";

/** One direction's reader. Fields are private by type only: `#x` costs the engine six times as much. */
export class FrameReader {
  /** Bytes that belonged to no frame. */
  skipped = 0;
  private kept = new Uint8Array(0);

  /** Takes bytes as they come; calls `found` for each frame, in order. Its payload is a copy. */
  push(bytes: Uint8Array, found: (frame: Frame) => void): void {
    let all = bytes;
    if (this.kept.length > 0) {
      all = new Uint8Array(this.kept.length + bytes.length);
      all.set(this.kept);
      all.set(bytes, this.kept.length);
    }
    const view = new DataView(all.buffer, all.byteOffset, all.length);
    let at = 0;
    for (;;) {
      const begin = findMagic(all, at);
      this.skipped += begin - at;
      at = begin;
      if (all.length - at < HEADER_BYTES) break;
      const length = view.getUint16(at + 10, true);
      if (length > PAYLOAD_BYTES || view.getUint32(at + 12, true) !== crc32(all, at, at + 12)) {
        this.skipped += 1;
        at += 1;
        continue;
      }
      const end = at + frameBytes(length);
      if (end > all.length) break;
      const payload = at + HEADER_BYTES;
      const sound =
        length === 0 ||
        view.getUint32(payload + length, true) === crc32(all, payload, payload + length);
      if (!sound) {
        this.skipped += 1;
        at += 1;
        continue;
      }
      found({
        kind: all[at + 2]!,
        flags: all[at + 3]!,
        session: view.getUint32(at + 4, true),
        sequence: view.getUint16(at + 8, true),
        payload: all.slice(payload, payload + length),
      });
      at = end;
    }
    this.kept = all.slice(at);
  }

  /** Bytes that wait for the rest of their frame, fewer than FRAME_BYTES. */
  get waiting(): number {
    return this.kept.length;
  }
}

/** Where the next frame may begin: at its first bytes, or at the end when the rest can't be one. */
function findMagic(bytes: Uint8Array, from: number): number {
  const last = bytes.length - 1;
  for (let at = from; at <= last; at++)
    if (bytes[at] === MAGIC[0] && (at === last || bytes[at + 1] === MAGIC[1])) return at;
  return bytes.length;
}

/** What ends any frame that a dead host left half-way: sent before a session begins. */
export const filler = (): Uint8Array => new Uint8Array(FRAME_BYTES);
