// What the text console shows, read back from the pixels: each cell of 8 x 16 is compared with the console's own font.
import {
  GLYPH_HEIGHT,
  GLYPH_WIDTH,
  glyphBits,
  glyphRanges,
} from "../../servers/console/font-8x16.ts";
import type { Screen } from "./screen.ts";

/** Glyph rows as hexadecimal -> character; the first of equal ones. */
const characters = new Map<string, string>();
let glyph = 0;
for (const [first, count] of glyphRanges) {
  for (let point = first; point < first + count; point++, glyph++) {
    const rows = glyphBits.slice(glyph * GLYPH_HEIGHT * 2, (glyph + 1) * GLYPH_HEIGHT * 2);
    if (!characters.has(rows)) characters.set(rows, String.fromCodePoint(point));
  }
}

/** The lines of the screen, without blanks at their ends; U+FFFD where a cell is no glyph. A cell in reverse (the cursor) reads as its glyph. */
export function screenText({ width, height, pixels }: Screen): string[] {
  const columns = Math.floor(width / GLYPH_WIDTH);
  const rows = Math.floor(height / GLYPH_HEIGHT);
  const brightness = (x: number, y: number) => {
    const at = (y * width + x) * 4;
    return pixels[at]! + pixels[at + 1]! + pixels[at + 2]!;
  };
  const cell = (column: number, row: number) => {
    let plain = "";
    let reverse = "";
    for (let y = 0; y < GLYPH_HEIGHT; y++) {
      let bits = 0;
      for (let x = 0; x < GLYPH_WIDTH; x++) {
        const on = brightness(column * GLYPH_WIDTH + x, row * GLYPH_HEIGHT + y) > 250;
        bits = (bits << 1) | (on ? 1 : 0);
      }
      plain += bits.toString(16).padStart(2, "0");
      reverse += (bits ^ 255).toString(16).padStart(2, "0");
    }
    return characters.get(plain) ?? characters.get(reverse) ?? "\ufffd";
  };
  return Array.from({ length: rows }, (_, row) => {
    let line = "";
    for (let column = 0; column < columns; column++) line += cell(column, row);
    return line.trimEnd();
  });
}
