// A bundle's table of places, found in its bytecode and read; and bytes that are no bytecode.
import test from "ava";
import fc from "fast-check";
import { placeStatement, type Run } from "../image/line-places.ts";
import { type BundleBytes, PLACES, placesOf, placesTable } from "./bundle-places.ts";

const decode = (bytes: Uint8Array) => Buffer.from(bytes).toString();

function bytesOf(bytes: Uint8Array): BundleBytes {
  return {
    length: bytes.length,
    get8(offset) {
      if (!(offset >= 0 && offset < bytes.length)) throw new RangeError(`${offset}`);
      return bytes[offset]!;
    },
    copyOut(offset, to, at, length) {
      if (!(offset >= 0 && offset + length <= bytes.length)) throw new RangeError(`${offset}`);
      to.set(bytes.subarray(offset, offset + length), at);
    },
  };
}

const short = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...short(value >>> 7)];

/** The begin of a bytecode with these atoms. */
function bytecode(...atoms: string[]): Uint8Array {
  const bytes = [28, 1, 2, 3, 4, ...short(atoms.length)];
  for (const atom of atoms) {
    const isWide = [...atom].some((each) => each.charCodeAt(0) > 255);
    bytes.push(1, ...short(2 * atom.length + (isWide ? 1 : 0)));
    for (let i = 0; i < atom.length; i++) {
      const code = atom.charCodeAt(i);
      bytes.push(code & 255, ...(isWide ? [code >> 8] : []));
    }
  }
  return Uint8Array.from(bytes);
}

/** What a statement has as its table. */
function tableOf(statement: string): string {
  const found = /var f=("(?:[^"\\]|\\.)*")/.exec(statement);
  return JSON.parse(found![1]!) as string;
}

test("the table of a bundle is found among its atoms, of one and of two bytes a character", (t) => {
  for (const source of ["servers/a/main.ts", "servers/日/main.ts"]) {
    const table = tableOf(placeStatement([{ line: 1, file: 0, source: 5 }], [source]));
    t.true(table.startsWith(`${PLACES}\n${source}\n`));
    const found = placesTable(bytesOf(bytecode("n", "f", table, "r")), decode);
    t.is(found, table);
    t.deepEqual(placesOf(found!, [1, 3]), [`${source}:5`, `${source}:7`]);
  }
});

test("atoms of the engine are stepped over, and of a bundle without a table there is none", (t) => {
  const one = bytecode("n", `${PLACES}\na.ts\n\n1,5,0`);
  const bytes = Uint8Array.from([
    ...one.subarray(0, 5),
    4,
    0x85,
    0xc1,
    ...short(9),
    ...one.subarray(6),
  ]);
  t.deepEqual(placesOf(placesTable(bytesOf(bytes), decode)!, [2]), ["a.ts:6"]);
  t.is(placesTable(bytesOf(bytecode("n", "f")), decode), undefined);
  t.is(placesTable(bytesOf(new Uint8Array()), decode), undefined);
  t.is(
    placesTable(bytesOf(bytecode(...new Array(100).fill("x"), `${PLACES}\n\n`)), decode),
    undefined,
  );
});

test("places are what the bundle itself would say", (t) => {
  const step = fc.record({
    skip: fc.integer({ min: 1, max: 400 }),
    file: fc.integer({ min: 0, max: 3 }),
    source: fc.integer({ min: 1, max: 5000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let line = 0;
      const runs: Run[] = steps.map((each) => ({ ...each, line: (line += each.skip) }));
      const table = tableOf(placeStatement(runs, ["a", "b", "c", "d"]));
      const lines = [];
      for (let n = 1; n <= line + 3; n += 7) lines.push(n);
      const expected = lines.map((n) => {
        const run = runs.findLast((each) => each.line <= n);
        return run === undefined ? `line ${n}` : `${"abcd"[run.file]}:${run.source + n - run.line}`;
      });
      t.deepEqual(placesOf(table, lines), expected);
    }),
  );
});

test("whatever the bytes and the table are, there is an end and no exception", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      placesTable(bytesOf(bytes), decode);
      placesTable(bytesOf(Uint8Array.from([...bytecode("n").subarray(0, 5), ...bytes])), decode);
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.string(), fc.array(fc.integer(), { maxLength: 5 }), (text, lines) => {
      t.is(placesOf(text, lines).length, lines.length);
    }),
  );
});
