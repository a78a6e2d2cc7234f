// Decodes UTF-8 that arrives in pieces (Unicode 15, §3.9, table 3-7) into code points.
// Invariant: at most three bytes are held back; bytes that cannot be text are dropped and counted, never passed on.

/** A decoder of one input stream. */
export interface Utf8Stream {
  /** Bytes still expected for the code point in progress, 0 to 3. */
  need: number;
  value: number;
  /** The allowed range of the next continuation byte. */
  low: number;
  high: number;
  /** Bytes dropped since the start. */
  dropped: number;
}

/** A decoder at the start of a stream. */
export function utf8Stream(): Utf8Stream {
  return { need: 0, value: 0, low: 0x80, high: 0xbf, dropped: 0 };
}

/**
 * Takes one byte (0 to 255). Returns a code point, or -1 when none is complete.
 * A byte that breaks a sequence is looked at again as the start of the next one.
 */
export function utf8Take(stream: Utf8Stream, byte: number): number {
  if (stream.need > 0) {
    if (byte >= stream.low && byte <= stream.high) {
      stream.low = 0x80;
      stream.high = 0xbf;
      stream.value = stream.value * 64 + (byte & 63);
      stream.need -= 1;
      return stream.need === 0 ? stream.value : -1;
    }
    stream.dropped += 1;
    stream.need = 0;
    stream.low = 0x80;
    stream.high = 0xbf;
  }
  if (byte < 0x80) return byte;
  if (byte >= 0xc2 && byte <= 0xdf) {
    stream.need = 1;
    stream.value = byte & 31;
  } else if (byte >= 0xe0 && byte <= 0xef) {
    stream.need = 2;
    stream.value = byte & 15;
    if (byte === 0xe0) stream.low = 0xa0;
    if (byte === 0xed) stream.high = 0x9f;
  } else if (byte >= 0xf0 && byte <= 0xf4) {
    stream.need = 3;
    stream.value = byte & 7;
    if (byte === 0xf0) stream.low = 0x90;
    if (byte === 0xf4) stream.high = 0x8f;
  } else {
    stream.dropped += 1;
  }
  return -1;
}
