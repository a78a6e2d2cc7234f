import test from "ava";
import fc from "fast-check";
import { GLYPH_HEIGHT, GLYPH_WIDTH } from "./font-8x16.ts";
import { fontBytes, glyphIndex, palette } from "./glyphs.ts";
import { cellsOf, type Geometry, paint, painter, parseGeometry, SLICE } from "./painter.ts";
import { type Row, screen, screenWrite } from "./screen.ts";

/** What nothing may have painted. */
const UNTOUCHED = 0xdead0000;

/** A framebuffer in memory, with words before and behind it. */
const model = (geometry: Geometry) =>
  new Uint32Array(geometry.offset / 4 + geometry.stride * geometry.height).fill(UNTOUCHED);

const geometry: Geometry = { offset: 64, width: 200, height: 100, stride: 208, format: 1 };

/** What the picture must be, painted pixel by pixel. */
function expected(at: ReturnType<typeof screen>): Uint32Array {
  const words = model(geometry);
  const colours = palette(geometry.format);
  const font = fontBytes();
  const start = (x: number, y: number) => geometry.offset / 4 + y * geometry.stride + x;
  for (let y = 0; y < geometry.height; y += 1)
    words.fill(colours[0] as number, start(0, y), start(geometry.width, y));
  at.rows.forEach((row: Row, r) => {
    row.points.forEach((point, c) => {
      const attribute = row.attributes[c] as number;
      const how =
        r === at.row && c === at.column ? ((attribute & 15) << 4) | (attribute >> 4) : attribute;
      for (let y = 0; y < GLYPH_HEIGHT; y += 1)
        for (let x = 0; x < GLYPH_WIDTH; x += 1) {
          const bits = font[glyphIndex(point) * GLYPH_HEIGHT + y] as number;
          const colour = (bits & (0x80 >> x)) !== 0 ? how & 15 : how >> 4;
          words[start(c * GLYPH_WIDTH + x, r * GLYPH_HEIGHT + y)] = colours[colour] as number;
        }
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
      const pixels = model(geometry);
      const to = painter(pixels, geometry);
      for (const each of pieces) {
        screenWrite(at, each);
        paint(to, at);
      }
      while (!paint(to, at));
      t.true(Buffer.from(expected(at).buffer).equals(Buffer.from(pixels.buffer)));
    }),
    { numRuns: 60 },
  );
});

test("one more letter writes two cells, nothing writes nothing", (t) => {
  const at = screen(25, 6);
  const pixels = model(geometry);
  const to = painter(pixels, geometry);
  screenWrite(at, "hello");
  paint(to, at);
  pixels.fill(UNTOUCHED);
  const written = () => pixels.filter((value) => value !== UNTOUCHED).length;
  paint(to, at);
  t.is(written(), 0);
  screenWrite(at, "!");
  paint(to, at);
  t.is(written(), 2 * GLYPH_WIDTH * GLYPH_HEIGHT);
});

test("a full screen is painted in slices", (t) => {
  const wide: Geometry = { ...geometry, width: 1600, height: 800, stride: 1600 };
  const { columns, rows } = cellsOf(wide);
  const at = screen(columns, rows);
  const to = painter(model(wide), wide);
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
  const font = fontBytes();
  const glyph = (point: number) => {
    const start = glyphIndex(point) * GLYPH_HEIGHT;
    t.true(start + GLYPH_HEIGHT <= font.length);
    return font.subarray(start, start + GLYPH_HEIGHT).join();
  };
  const seen = new Set<string>();
  for (let point = 33; point < 127; point += 1) seen.add(glyph(point));
  t.is(seen.size, 94);
  t.is(glyphIndex(0x4e2d), glyphIndex(0xfffd));
  t.not(glyphIndex(0xe4), glyphIndex(0xfffd));
  for (let point = 0; point < 0x3000; point += 1) glyph(point);
  t.is(palette(1)[1], 0xd0524f);
  t.is(palette(2)[1], 0x4f52d0);
});
