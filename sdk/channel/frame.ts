// A frame of the channel between host and system, as bytes (docs/dev-channel.md).
// Invariant: header and payload are checked apart, so that a damaged length is never believed.
import { crc32 } from "./crc32.ts";

/** What a frame is for. */
export const frameKinds = {
  /** host: begins a session; payload: the version */
  OPEN: 1,
  /** system: the session stands; payload: the version */
  OPENED: 2,
  /** a piece of a message */
  DATA: 3,
  /** everything below `sequence` has arrived */
  ACK: 4,
  /** the session is over */
  CLOSE: 5,
} as const;

/** Bits of a frame's flags. */
export const frameFlags = {
  /** DATA: the last piece of its message */
  END: 1,
  /** ACK: later frames came, the one at `sequence` did not: send again from there */
  GAP: 2,
} as const;

/** A frame's fields. */
export interface Frame {
  readonly kind: number;
  readonly flags: number;
  /** chosen by the host at random, 1 to 2^32 - 1 */
  readonly session: number;
  /** number of a DATA frame in its direction, modulo 2^16 */
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** The bytes that every frame begins with. */
export const MAGIC = [0xa5, 0x4c] as const;
export const HEADER_BYTES = 16;
export const PAYLOAD_BYTES = 1024;
const CHECK_BYTES = 4;
/** The longest frame. */
export const FRAME_BYTES = HEADER_BYTES + PAYLOAD_BYTES + CHECK_BYTES;

/** Bytes of a frame with `length` bytes of payload; the payload's check is left out with it. */
export function frameBytes(length: number): number {
  return HEADER_BYTES + (length === 0 ? 0 : length + CHECK_BYTES);
}

/** A frame's bytes; the payload has at most PAYLOAD_BYTES. */
export function encodeFrame(frame: Frame): Uint8Array {
  const { payload } = frame;
  const length = payload.length;
  const bytes = new Uint8Array(frameBytes(length));
  const view = new DataView(bytes.buffer);
  bytes[0] = MAGIC[0];
  bytes[1] = MAGIC[1];
  bytes[2] = frame.kind;
  bytes[3] = frame.flags;
  view.setUint32(4, frame.session, true);
  view.setUint16(8, frame.sequence, true);
  view.setUint16(10, length, true);
  view.setUint32(12, crc32(bytes, 0, 12), true);
  if (length > 0) {
    bytes.set(payload, HEADER_BYTES);
    const end = HEADER_BYTES + length;
    view.setUint32(end, crc32(bytes, HEADER_BYTES, end), true);
  }
  return bytes;
}
