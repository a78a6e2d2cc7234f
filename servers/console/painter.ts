// Brings a framebuffer in line with a screen model: only cells that differ from what was painted, blanks as filled runs.
// Invariant: nothing outside the framebuffer is written, and it is never read (reads of write-combining memory are slow).
import { GLYPH_HEIGHT, GLYPH_WIDTH } from "./font-8x16.ts";
import { GLYPH_ROW_BYTES, type Glyphs, glyphPixels, glyphs, pixel } from "./glyphs.ts";
import type { Row, Screen } from "./screen.ts";

/** What the painter needs of the mapped framebuffer. */
export interface Pixels {
  readonly length: number;
  copyIn(offset: number, from: Uint8Array, at: number, length: number): void;
  fill32(offset: number, value: number, count: number): void;
}

/** Where the picture lies: offset of its first pixel, sizes in pixels. */
export interface Geometry {
  readonly offset: number;
  readonly width: number;
  readonly height: number;
  readonly stride: number;
  readonly format: number;
}

/** Reads `width height stride format offset`; undefined when it does not fit `length` bytes or holds no cell. */
export function parseGeometry(text: string, length: number): Geometry | undefined {
  const numbers = text.split(" ").map(Number);
  const [width = 0, height = 0, stride = 0, format = 0, offset = -1] = numbers;
  if (numbers.length !== 5 || !numbers.every((each) => Number.isSafeInteger(each) && each >= 0))
    return undefined;
  if (format !== 1 && format !== 2) return undefined;
  if (width < 20 * GLYPH_WIDTH || height < 2 * GLYPH_HEIGHT || stride < width) return undefined;
  if (offset % 4 !== 0 || offset + stride * height * 4 > length) return undefined;
  return { offset, width, height, stride, format };
}

export interface Painter {
  readonly pixels: Pixels;
  readonly geometry: Geometry;
  readonly glyphs: Glyphs;
  /** What each cell shows: code point × 256 + attribute, 0 nothing known. */
  readonly shown: Float64Array[];
  cursorRow: number;
  cursorColumn: number;
}

/** Columns and rows of cells that fit. */
export function cellsOf(geometry: Geometry): { columns: number; rows: number } {
  return {
    columns: Math.floor(geometry.width / GLYPH_WIDTH),
    rows: Math.floor(geometry.height / GLYPH_HEIGHT),
  };
}

/** A painter that has cleared the picture. */
export function painter(pixels: Pixels, geometry: Geometry): Painter {
  const { columns, rows } = cellsOf(geometry);
  const set = glyphs(geometry.format);
  const blank = 32 * 256 + 7;
  const shown: Float64Array[] = [];
  for (let row = 0; row < rows; row += 1) shown.push(new Float64Array(columns).fill(blank));
  const back = pixel(set, 0);
  const { offset, stride, height, width } = geometry;
  for (let line = 0; line < height; line += 1)
    pixels.fill32(offset + line * stride * 4, back, width);
  return { pixels, geometry, glyphs: set, shown, cursorRow: -1, cursorColumn: -1 };
}

/** Characters painted in one call: some 10 million instructions when none of them was seen before. */
export const SLICE = 300;

/**
 * Paints what changed, at most SLICE characters; the cursor is shown as an inverse cell. Returns true when all is painted,
 * false when another call has to go on.
 */
export function paint(to: Painter, from: Screen): boolean {
  if (to.cursorRow !== from.row && to.cursorRow >= 0) mark(from, to.cursorRow);
  if (to.cursorRow !== from.row || to.cursorColumn !== from.column) mark(from, from.row);
  to.cursorRow = from.row;
  to.cursorColumn = from.column;
  let left = SLICE;
  for (let row = 0; row < from.height; row += 1) {
    const source = from.rows[row] as Row;
    if (!source.dirty) continue;
    if (left <= 0) return false;
    source.dirty = false;
    left -= paintRow(to, source, row, row === from.row ? from.column : -1);
  }
  return true;
}

function mark(from: Screen, row: number): void {
  const source = from.rows[row];
  if (source !== undefined) source.dirty = true;
}

const swap = (attribute: number) => ((attribute & 15) << 4) | (attribute >> 4);

/** Returns the number of characters painted. */
function paintRow(to: Painter, source: Row, row: number, cursor: number): number {
  const shown = to.shown[row] as Float64Array;
  const { points, attributes } = source;
  const columns = shown.length;
  let painted = 0;
  for (let column = 0; column < columns; column += 1) {
    const attribute = attributes[column] as number;
    const value =
      (points[column] as number) * 256 + (column === cursor ? swap(attribute) : attribute);
    if (shown[column] === value) continue;
    shown[column] = value;
    if (points[column] !== 32) {
      paintCell(to, row, column, points[column] as number, value & 255);
      painted += 1;
      continue;
    }
    // A run of blanks with the same background is filled at once.
    let end = column + 1;
    while (end < columns && end !== cursor && column !== cursor) {
      const next = (points[end] as number) * 256 + (attributes[end] as number);
      if (points[end] !== 32 || next !== value || shown[end] === value) break;
      shown[end] = value;
      end += 1;
    }
    fillCells(to, row, column, end, (value & 255) >> 4);
    column = end - 1;
  }
  return painted;
}

function paintCell(to: Painter, row: number, column: number, point: number, how: number): void {
  const bytes = glyphPixels(to.glyphs, point, how);
  const line = to.geometry.stride * 4;
  let at = to.geometry.offset + row * GLYPH_HEIGHT * line + column * GLYPH_ROW_BYTES;
  const { pixels } = to;
  for (let index = 0; index < GLYPH_HEIGHT; index += 1) {
    pixels.copyIn(at, bytes, index * GLYPH_ROW_BYTES, GLYPH_ROW_BYTES);
    at += line;
  }
}

function fillCells(to: Painter, row: number, from: number, end: number, background: number): void {
  const line = to.geometry.stride * 4;
  const value = pixel(to.glyphs, background);
  let at = to.geometry.offset + row * GLYPH_HEIGHT * line + from * GLYPH_ROW_BYTES;
  for (let index = 0; index < GLYPH_HEIGHT; index += 1) {
    to.pixels.fill32(at, value, (end - from) * GLYPH_WIDTH);
    at += line;
  }
}
