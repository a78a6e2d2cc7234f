// The font and the colours in the form in which the kernel that draws takes them.
// Invariant: a cell names a glyph that is there; what the font lacks is drawn as the replacement character.
import { glyphBits, glyphRanges } from "./font-8x16.ts";

const REPLACEMENT = 0xfffd;

/** The 16 colours as 0xRRGGBB, dark then bright. */
const colours: readonly number[] = [
  0x101418, 0xd0524f, 0x6fb352, 0xd0a83f, 0x5b8dd9, 0xb57bc9, 0x4fb3b0, 0xc8ccd0, 0x6a7078,
  0xf07a75, 0x93d873, 0xf0cd68, 0x86b2f5, 0xd7a2ea, 0x7ad8d5, 0xffffff,
];

/** The colours as little-endian pixels. `format`: 1 BGRX, 2 RGBX (layouts.platform.format). */
export function palette(format: number): Uint32Array {
  const pixels = Uint32Array.from(colours);
  if (format === 2)
    for (let index = 0; index < pixels.length; index += 1) {
      const value = colours[index] as number;
      pixels[index] = ((value & 0xff) << 16) | (value & 0xff00) | (value >> 16);
    }
  return pixels;
}

/** The font's bytes: GLYPH_HEIGHT a glyph, the left pixel in the top bit. */
export function fontBytes(): Uint8Array {
  const bytes = new Uint8Array(glyphBits.length / 2);
  for (let index = 0; index < bytes.length; index += 1)
    bytes[index] = parseInt(glyphBits.slice(index * 2, index * 2 + 2), 16);
  return bytes;
}

/** Place of a code point in the font, of the replacement character when it has none. */
export function glyphIndex(point: number): number {
  if (point >= 32 && point < 127) return point - 32;
  let place = 0;
  for (let index = 0; index < glyphRanges.length; index += 1) {
    const [first, count] = glyphRanges[index] as readonly [number, number];
    if (point >= first && point < first + count) return place + point - first;
    place += count;
  }
  return point === REPLACEMENT ? 0 : glyphIndex(REPLACEMENT);
}
