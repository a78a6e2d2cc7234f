// Makes patches for `sdk/channel/patch.ts`: one pass over the new code, which finds again what the base or its own beginning holds.
// Invariant: applied to the same base, the pieces give exactly `code`; no piece is longer than PIECE_BYTES.

/** Bytes of a piece at most: far below what a message holds. */
export const PIECE_BYTES = 32 << 10;
/** A copy pays from this length on: one that goes on where the last one ended, and any other. */
const SHORT = 4;
const LONG = 10;
const HASH_BITS = 16;
const KEY = 6;

/** The operations of one patch, in pieces. */
class Writer {
  readonly pieces: Uint8Array[] = [];
  private bytes: number[] = [];

  private room(bytes: number): void {
    if (this.bytes.length + bytes > PIECE_BYTES) this.end();
  }

  private number(value: number): void {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.bytes.push((rest & 127) | 128);
    this.bytes.push(rest);
  }

  bring(code: Uint8Array, from: number, end: number): void {
    for (let at = from; at < end; ) {
      this.room(64);
      const length = Math.min(end - at, PIECE_BYTES - this.bytes.length - 8);
      this.number(2 * length);
      for (const byte of code.subarray(at, at + length)) this.bytes.push(byte);
      at += length;
    }
  }

  copy(length: number, step: number): void {
    this.room(16);
    this.number(2 * length + 1);
    this.number(step >= 0 ? 2 * step : -2 * step - 1);
  }

  end(): void {
    if (this.bytes.length > 0) this.pieces.push(Uint8Array.from(this.bytes));
    this.bytes = [];
  }
}

function hash(bytes: Uint8Array, at: number): number {
  const low = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  const high = bytes[at + 4]! | (bytes[at + 5]! << 8);
  return (Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b)) >>> (32 - HASH_BITS);
}

/** The pieces of a patch from `base` (empty when there is none) to `code`. */
export function difference(base: Uint8Array, code: Uint8Array): Uint8Array[] {
  const all = new Uint8Array(base.length + code.length);
  all.set(base);
  all.set(code, base.length);
  const places = new Int32Array(1 << HASH_BITS).fill(-1);
  for (let at = 0; at + KEY <= base.length; at++) places[hash(all, at)] = at;
  /** Equal bytes from `from` and `at` on; a source in the base ends with it, one in the code before `at`. */
  const equal = (from: number, at: number): number => {
    if (from < 0 || from >= at) return 0;
    const most = Math.min(all.length - at, (from < base.length ? base.length : at) - from);
    let length = 0;
    while (length < most && all[from + length] === all[at + length]) length++;
    return length;
  };
  const writer = new Writer();
  let follows = 0;
  let brought = base.length;
  let seen = base.length;
  for (let at = base.length; at < all.length; ) {
    for (; seen < at && seen + KEY <= all.length; seen++) places[hash(all, seen)] = seen;
    const onward = follows + (at - brought);
    let from = onward;
    let length = equal(onward, at);
    if (at + KEY <= all.length) {
      const other = places[hash(all, at)]!;
      const otherLength = equal(other, at);
      if (otherLength >= LONG && otherLength > length + KEY) {
        from = other;
        length = otherLength;
      }
    }
    if (length < (from === onward ? SHORT : LONG)) {
      at++;
      continue;
    }
    // What was to be brought along may belong to the copy already.
    let start = at;
    const inBase = from < base.length;
    const bound = inBase ? 0 : base.length;
    const free = () => inBase || from + length < start;
    while (start > brought && from > bound && free() && all[from - 1] === all[start - 1]) {
      start--;
      from--;
      length++;
    }
    writer.bring(all, brought, start);
    writer.copy(length, from - (follows + (start - brought)));
    at = start + length;
    follows = from + length;
    brought = at;
  }
  writer.bring(all, brought, all.length);
  writer.end();
  return writer.pieces;
}
