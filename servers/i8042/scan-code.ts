// Decodes scan code set 1 as the i8042 controller delivers it (translated from set 2) into key presses and releases.
// Invariant: any byte sequence leaves the decoder in one of its few states; an unknown code is dropped.

/** A key went down or up; `code` is the set 1 code, + 0x80 for keys behind the 0xE0 prefix. */
export interface KeyChange {
  readonly code: number;
  readonly down: boolean;
}

/** The decoder's state: bytes of a sequence that are still to come. */
export interface ScanDecoder {
  /** 0 none, 1 after 0xE0, 2 and 3: bytes left of the Pause sequence 0xE1. */
  state: number;
}

/** A decoder at rest. */
export function scanDecoder(): ScanDecoder {
  return { state: 0 };
}

/** Takes one byte; returns a change or undefined. */
export function scanTake(decoder: ScanDecoder, byte: number): KeyChange | undefined {
  // 0x00 and 0xFF: overrun; 0xFA, 0xFE, 0xEE, 0xAA: answers of the keyboard, not keys.
  if (byte === 0 || byte === 0xff || byte === 0xfa || byte === 0xfe || byte === 0xee) {
    decoder.state = 0;
    return undefined;
  }
  if (decoder.state >= 2) {
    decoder.state = decoder.state === 3 ? 2 : 0;
    return undefined;
  }
  if (byte === 0xe0) {
    decoder.state = 1;
    return undefined;
  }
  if (byte === 0xe1) {
    decoder.state = 3;
    return undefined;
  }
  const extended = decoder.state === 1;
  decoder.state = 0;
  const code = byte & 0x7f;
  // 0xE0 0x2A and 0xE0 0x36 are false shifts around the grey keys.
  if (extended && (code === 0x2a || code === 0x36)) return undefined;
  return { code: extended ? code + 0x80 : code, down: byte < 0x80 };
}
