import xterm from "@xterm/headless";
import test from "ava";
import fc from "fast-check";
import { type Row, screen, screenWrite } from "./screen.ts";

const text = (row: Row) => String.fromCodePoint(...row.points).trimEnd();

test("text, line feeds, wrapping, scrolling", (t) => {
  const at = screen(10, 3);
  screenWrite(at, "one\r\ntwo\r\n0123456789ab");
  t.deepEqual(at.rows.map(text), ["two", "0123456789", "ab"]);
  t.deepEqual([at.row, at.column], [2, 2]);
});

test("colours", (t) => {
  const at = screen(10, 1);
  screenWrite(at, "\x1b[1;31ma\x1b[7mb\x1b[0;97;44mc\x1b[md");
  t.deepEqual([...(at.rows[0] as Row).attributes.subarray(0, 4)], [0x09, 0x90, 0x4f, 0x07]);
});

test("only rows that changed are dirty", (t) => {
  const at = screen(10, 3);
  for (const row of at.rows) row.dirty = false;
  screenWrite(at, "\x1b[2;1Hx");
  t.deepEqual(
    at.rows.map((row) => row.dirty),
    [false, true, false],
  );
});

/** What xterm.js makes of the same bytes. */
async function reference(output: string, columns: number, rows: number) {
  const terminal = new xterm.Terminal({
    cols: columns,
    rows,
    scrollback: 0,
    allowProposedApi: true,
  });
  await new Promise<void>((resolve) => terminal.write(output, resolve));
  const buffer = terminal.buffer.active;
  const lines: string[] = [];
  for (let index = 0; index < rows; index += 1)
    lines.push(
      buffer
        .getLine(buffer.baseY + index)
        ?.translateToString(true)
        .trimEnd() ?? "",
    );
  const result = { lines, row: buffer.cursorY, column: buffer.cursorX };
  terminal.dispose();
  return result;
}

test("the same as xterm.js for the sequences that are known", async (t) => {
  const piece = fc.oneof(
    fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(..."abc xyz0123") }),
    fc.constantFrom("\r\n", "\r", "\n", "\b", "\t", "ä", "─"),
    fc
      .tuple(fc.nat(12), fc.constantFrom("A", "B", "C", "D", "E", "F", "G", "d"))
      .map(([count, final]) => `\x1b[${count}${final}`),
    fc.tuple(fc.nat(12), fc.nat(30)).map(([row, column]) => `\x1b[${row};${column}H`),
    fc.constantFrom(
      "\x1b[J",
      "\x1b[1J",
      "\x1b[2J",
      "\x1b[K",
      "\x1b[1K",
      "\x1b[2K",
      "\x1b[31m",
      "\x1b[m",
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
      const output = pieces.join("");
      const at = screen(20, 6);
      screenWrite(at, output);
      const expected = await reference(output, 20, 6);
      t.deepEqual(at.rows.map(text), expected.lines);
      t.is(at.row, expected.row);
      t.is(at.wrap ? at.columns : at.column, expected.column);
    }),
    { numRuns: 200 },
  );
});

test("any text leaves a sound screen", (t) => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (noise) => {
      const at = screen(12, 4);
      screenWrite(at, noise + "\x1b[" + noise);
      t.true(at.row >= 0 && at.row < 4 && at.column >= 0 && at.column < 12);
      t.is(at.rows.length, 4);
      screenWrite(at, "\x1b[H\x1b[2Jok");
      t.regex(text(at.rows[0] as Row), /ok$/);
    }),
    { numRuns: 300 },
  );
});
