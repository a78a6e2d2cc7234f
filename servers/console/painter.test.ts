import test from "ava";
import fc from "fast-check";
import { GLYPH_HEIGHT, GLYPH_WIDTH } from "./font-8x16.ts";
import { glyphIndex, glyphPixels, glyphs, pixel } from "./glyphs.ts";
import { cellsOf, type Geometry, paint, painter, parseGeometry, SLICE } from "./painter.ts";
import { type Row, screen, screenWrite } from "./screen.ts";

/** A framebuffer in memory that counts what is written. */
function model(geometry: Geometry) {
  const bytes = new Uint8Array(geometry.offset + geometry.stride * geometry.height * 4);
  const words = new Uint32Array(bytes.buffer);
  const state = { bytes, words, written: 0 };
  const check = (offset: number, length: number) => {
    if (offset < geometry.offset || offset + length > bytes.length) throw new Error("outside");
    state.written += length;
  };
  return {
    state,
    pixels: {
      length: bytes.length,
      copyIn: (offset: number, from: Uint8Array, at: number, length: number) => {
        check(offset, length);
        bytes.set(from.subarray(at, at + length), offset);
      },
      fill32: (offset: number, value: number, count: number) => {
        check(offset, count * 4);
        words.fill(value >>> 0, offset / 4, offset / 4 + count);
      },
    },
  };
}

const geometry: Geometry = { offset: 64, width: 200, height: 100, stride: 208, format: 1 };

/** What the picture must be, painted cell by cell. */
function expected(at: ReturnType<typeof screen>, back: number): Uint32Array {
  const words = new Uint32Array((geometry.offset + geometry.stride * geometry.height * 4) / 4);
  for (let y = 0; y < geometry.height; y += 1)
    words.fill(
      back,
      geometry.offset / 4 + y * geometry.stride,
      geometry.offset / 4 + y * geometry.stride + geometry.width,
    );
  const set = glyphs(1);
  at.rows.forEach((row: Row, r) => {
    row.points.forEach((point, c) => {
      const attribute = row.attributes[c] as number;
      const how =
        r === at.row && c === at.column ? ((attribute & 15) << 4) | (attribute >> 4) : attribute;
      const cell = new Uint32Array(glyphPixels(set, point, how).buffer);
      for (let y = 0; y < GLYPH_HEIGHT; y += 1)
        for (let x = 0; x < GLYPH_WIDTH; x += 1)
          words[
            geometry.offset / 4 + (r * GLYPH_HEIGHT + y) * geometry.stride + c * GLYPH_WIDTH + x
          ] = cell[y * GLYPH_WIDTH + x] as number;
    });
  });
  return words;
}

test("the picture is the screen, whatever was written in which pieces", (t) => {
  const piece = fc.oneof(
    fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom(..."ab  ") }),
    fc.constantFrom(
      "\r\n",
      "\x1b[2J",
      "\x1b[H",
      "\x1b[K",
      "\x1b[44m",
      "\x1b[m",
      "\x1b[7m",
      "\x1b[5C",
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      const { columns, rows } = cellsOf(geometry);
      t.deepEqual([columns, rows], [25, 6]);
      const at = screen(columns, rows);
      const { state, pixels } = model(geometry);
      const to = painter(pixels, geometry);
      for (const each of pieces) {
        screenWrite(at, each);
        paint(to, at);
      }
      while (!paint(to, at));
      t.true(
        Buffer.from(expected(at, pixel(to.glyphs, 0)).buffer).equals(Buffer.from(state.bytes)),
      );
    }),
    { numRuns: 60 },
  );
});

test("one more letter writes two cells, nothing writes nothing", (t) => {
  const at = screen(25, 6);
  const { state, pixels } = model(geometry);
  const to = painter(pixels, geometry);
  screenWrite(at, "hello");
  paint(to, at);
  state.written = 0;
  paint(to, at);
  t.is(state.written, 0);
  screenWrite(at, "!");
  paint(to, at);
  t.is(state.written, 2 * GLYPH_WIDTH * GLYPH_HEIGHT * 4);
});

test("a full screen is painted in slices", (t) => {
  const wide: Geometry = { ...geometry, width: 800, height: 400, stride: 800 };
  const { columns, rows } = cellsOf(wide);
  const at = screen(columns, rows);
  const to = painter(model(wide).pixels, wide);
  screenWrite(at, "x".repeat(columns * rows - 1));
  let calls = 1;
  while (!paint(to, at)) calls += 1;
  t.is(calls, Math.ceil((columns * rows) / (SLICE + columns - (SLICE % columns || columns))));
});

test("geometry is checked against the memory", (t) => {
  const bytes = 1280 * 800 * 4;
  t.deepEqual(parseGeometry("1280 800 1280 1 0", bytes), {
    offset: 0,
    width: 1280,
    height: 800,
    stride: 1280,
    format: 1,
  });
  for (const bad of [
    "",
    "1280 800 1280 1",
    "1280 801 1280 1 0",
    "1280 800 1279 1 0",
    "1280 800 1280 3 0",
    "1280 800 1280 1 4",
    "0 0 0 1 0",
    "1e9 1e9 1e9 1 0",
    "-1280 800 1280 1 0",
  ])
    t.is(parseGeometry(bad, bytes), undefined, bad);
});

test("every letter of ASCII has its own glyph; unknown ones share the replacement", (t) => {
  const seen = new Set<string>();
  const set = glyphs(2);
  for (let point = 33; point < 127; point += 1) seen.add(glyphPixels(set, point, 7).join());
  t.is(seen.size, 94);
  t.is(glyphIndex(0x4e2d), glyphIndex(0xfffd));
  t.not(glyphIndex(0xe4), glyphIndex(0xfffd));
  t.is(pixel(set, 1), 0x4f52d0);
  for (let point = 0; point < 2000; point += 1) glyphPixels(set, point, 7);
  t.true(set.count <= 512);
});
