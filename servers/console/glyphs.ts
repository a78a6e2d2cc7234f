// Pixels of a character in two colours, made from the font on first use and kept while they are few.
// Invariant: a glyph is GLYPH_HEIGHT rows of GLYPH_WIDTH pixels of 4 bytes, ready to be copied to the screen.
import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphBits, glyphRanges } from "./font-8x16.ts";

export const GLYPH_ROW_BYTES = GLYPH_WIDTH * 4;
const GLYPH_BYTES = GLYPH_ROW_BYTES * GLYPH_HEIGHT;
/** Glyphs kept: 512 bytes each. */
const MOST = 512;
const REPLACEMENT = 0xfffd;

/** The 16 colours as 0xRRGGBB, dark then bright. */
export const palette: readonly number[] = [
  0x101418, 0xd0524f, 0x6fb352, 0xd0a83f, 0x5b8dd9, 0xb57bc9, 0x4fb3b0, 0xc8ccd0, 0x6a7078,
  0xf07a75, 0x93d873, 0xf0cd68, 0x86b2f5, 0xd7a2ea, 0x7ad8d5, 0xffffff,
];

/** A cache for one pixel format: `red` first means bytes R, G, B, X. */
export interface Glyphs {
  readonly redFirst: boolean;
  cache: { [key: number]: Uint8Array | undefined };
  count: number;
}

/** An empty cache. `format`: 1 BGRX, 2 RGBX (layouts.platform.format). */
export function glyphs(format: number): Glyphs {
  return { redFirst: format === 2, cache: {}, count: 0 };
}

/** The 32-bit little-endian pixel of a palette colour. */
export function pixel(from: Glyphs, colour: number): number {
  const value = palette[colour & 15] as number;
  if (!from.redFirst) return value;
  return ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16);
}

/** Place of a code point in the font, of the replacement character when it has none. */
export function glyphIndex(point: number): number {
  let place = 0;
  for (let index = 0; index < glyphRanges.length; index += 1) {
    const [first, count] = glyphRanges[index] as readonly [number, number];
    if (point >= first && point < first + count) return place + point - first;
    place += count;
  }
  return point === REPLACEMENT ? 0 : glyphIndex(REPLACEMENT);
}

/** The pixels of `point` with `attribute` (foreground in the low 4 bits, background in the high 4). */
export function glyphPixels(from: Glyphs, point: number, attribute: number): Uint8Array {
  const key = point * 256 + attribute;
  const known = from.cache[key];
  if (known !== undefined) return known;
  if (from.count >= MOST) {
    from.cache = {};
    from.count = 0;
  }
  const bytes = new Uint8Array(GLYPH_BYTES);
  const words = new Uint32Array(bytes.buffer);
  const front = pixel(from, attribute & 15);
  const back = pixel(from, attribute >> 4);
  const start = glyphIndex(point) * GLYPH_HEIGHT * 2;
  for (let row = 0; row < GLYPH_HEIGHT; row += 1) {
    const bits = parseInt(glyphBits.slice(start + row * 2, start + row * 2 + 2), 16);
    for (let column = 0; column < GLYPH_WIDTH; column += 1)
      words[row * GLYPH_WIDTH + column] = (bits & (0x80 >> column)) !== 0 ? front : back;
  }
  from.cache[key] = bytes;
  from.count += 1;
  return bytes;
}
