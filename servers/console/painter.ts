// Brings a framebuffer in line with a screen model: only cells that differ from what was painted, in runs, each drawn by a Tape kernel.
// Invariant: nothing outside the framebuffer is written, and it is never read (reads of write-combining memory are slow).
import { cells, type Mapped, rectangle } from "../../tape/kernels/cells.tape";
import { GLYPH_HEIGHT, GLYPH_WIDTH } from "./font-8x16.ts";
import { fontBytes, glyphIndex, palette } from "./glyphs.ts";
import type { Row, Screen } from "./screen.ts";

/** The framebuffer as words. */
export type Pixels = Uint32Array | Mapped;

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
  readonly font: Uint8Array;
  readonly palette: Uint32Array;
  /** What each cell shows: code point × 256 + attribute. */
  readonly shown: Float64Array[];
  /** Cells of the run that is being collected, as the kernel takes them. */
  readonly run: Uint32Array;
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
  const colours = palette(geometry.format);
  const blank = 32 * 256 + 7;
  const shown: Float64Array[] = [];
  for (let row = 0; row < rows; row += 1) shown.push(new Float64Array(columns).fill(blank));
  const { offset, stride, height, width } = geometry;
  rectangle(pixels, offset / 4, stride, width, height, colours[0] as number);
  const font = fontBytes();
  const run = new Uint32Array(columns);
  return { pixels, geometry, font, palette: colours, shown, run, cursorRow: -1, cursorColumn: -1 };
}

/** Cells painted in one call: some 3 million instructions. */
export const SLICE = 1500;

/**
 * Paints what changed, at most SLICE cells and the rest of a row; the cursor is shown as an inverse cell. Returns true when all is
 * painted, false when another call has to go on.
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

/** Returns the number of cells painted. */
function paintRow(to: Painter, source: Row, row: number, cursor: number): number {
  const shown = to.shown[row] as Float64Array;
  const { points, attributes } = source;
  const { run } = to;
  const columns = shown.length;
  let painted = 0;
  let length = 0;
  for (let column = 0; column < columns; column += 1) {
    const point = points[column] as number;
    const attribute = attributes[column] as number;
    const how = column === cursor ? swap(attribute) : attribute;
    if (shown[column] === point * 256 + how) {
      if (length > 0) paintRun(to, row, column - length, length);
      length = 0;
      continue;
    }
    shown[column] = point * 256 + how;
    run[length] = glyphIndex(point) * 256 + how;
    length += 1;
    painted += 1;
  }
  if (length > 0) paintRun(to, row, columns - length, length);
  return painted;
}

function paintRun(to: Painter, row: number, column: number, length: number): void {
  const { offset, stride } = to.geometry;
  const at = offset / 4 + row * GLYPH_HEIGHT * stride + column * GLYPH_WIDTH;
  cells(to.pixels, at, stride, to.font, GLYPH_HEIGHT, to.run, length, to.palette);
}
