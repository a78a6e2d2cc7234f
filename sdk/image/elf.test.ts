// The ELF reader against well-formed, malformed and mutated files.
import test from "ava";
import fc from "fast-check";
import { parseElf } from "./elf.ts";
import { executableObjects } from "./executable-objects.ts";
import { ImageError } from "./image-error.ts";
import { symbolTable } from "./symbol-table.ts";
import { testElf, testNucleus } from "./test-elf.ts";

test("segments become text, rodata and data with their bss", (t) => {
  const objects = executableObjects(testNucleus(), "nucleus");
  t.deepEqual(
    objects.map(({ name, address, memory, bytes }) => [name, address, memory, bytes.length]),
    [
      ["nucleus.text", 0xffff_ffff_8000_0000n, 100, 100],
      ["nucleus.rodata", 0xffff_ffff_8000_1000n, 50, 50],
      ["nucleus.data", 0xffff_ffff_8000_2000n, 9000, 30],
    ],
  );
  t.is(objects[0]!.entry, 0xffff_ffff_8000_0010n);
});

test("a segment that starts inside a page is padded down to its start", (t) => {
  const file = testElf(0x1000_1080n, [
    { address: 0x1000_1080n, bytes: Uint8Array.of(1, 2, 3), flags: 5 },
  ]);
  const [segment] = parseElf(file, "x").segments;
  t.is(segment!.address, 0x1000_1000n);
  t.is(segment!.bytes.length, 0x83);
  t.deepEqual([...segment!.bytes.subarray(0x7f)], [0, 1, 2, 3]);
});

test("symbols of code are sorted by address, and data is left out", (t) => {
  const { bytes } = symbolTable(testNucleus());
  const table = Buffer.from(bytes);
  t.is(table.readUInt32LE(0), 2);
  t.deepEqual([table.readUInt32LE(8), table.readUInt32LE(16)], [0x10, 0x40]);
  const names = table.subarray(8 + 16).toString();
  t.is(names, "start\0entry_stub\0");
  t.is(table.readUInt32LE(4), names.length);
  t.is(table.readUInt32LE(20), "start\0".length);
});

function refused(name: string, file: Uint8Array, code: string) {
  test(`${name} is refused with ${code}`, (t) => {
    const error = t.throws(() => executableObjects(file, "nucleus"), { instanceOf: ImageError });
    t.is(error.code as string, code);
  });
}

function changed(change: (file: Buffer) => void): Buffer {
  const file = testNucleus();
  change(file);
  return file;
}

refused("an empty file", new Uint8Array(), "not_elf");
refused("a text file", Buffer.from("#!/bin/sh\n".repeat(20)), "not_elf");
refused(
  "a 32-bit file",
  changed((file) => file.writeUInt8(1, 4)),
  "bad_elf",
);
refused(
  "a file for another processor",
  changed((file) => file.writeUInt16LE(183, 18)),
  "bad_elf",
);
refused(
  "a shared object",
  changed((file) => file.writeUInt16LE(3, 16)),
  "bad_elf",
);
refused(
  "a header table past the end",
  changed((file) => file.writeUInt32LE(1e6, 32)),
  "bad_elf",
);
refused(
  "an offset of all ones",
  changed((file) => file.fill(255, 72, 80)),
  "bad_elf",
);
refused(
  "a file size above the memory size",
  changed((file) => file.fill(1, 96, 104)),
  "bad_elf",
);
refused("a truncated file", testNucleus().subarray(0, 300), "bad_elf");
refused(
  "an entry outside the text",
  changed((file) => file.writeBigUInt64LE(4n, 24)),
  "bad_elf",
);
refused(
  "a writable text",
  changed((file) => file.writeUInt32LE(7, 68)),
  "bad_elf",
);
refused(
  "a second text instead of data",
  changed((file) => file.writeUInt32LE(5, 180)),
  "bad_elf",
);
refused(
  "segments that share a page",
  testElf(0x1000n, [
    { address: 0x1000n, bytes: new Uint8Array(8), flags: 5 },
    { address: 0x1800n, bytes: new Uint8Array(8), flags: 4 },
    { address: 0x3000n, bytes: new Uint8Array(8), flags: 6 },
  ]),
  "bad_elf",
);

test("a file with any bytes changed parses or is refused, and never does anything else", (t) => {
  const original = testNucleus();
  const change = fc.tuple(fc.nat(original.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), fc.nat(), (changes, cut) => {
      const file = Buffer.from(original);
      for (const [at, value] of changes) file[at] = value;
      const shorter = cut % 4 === 0 ? file.subarray(0, cut % file.length) : file;
      try {
        executableObjects(shorter, "nucleus");
        symbolTable(shorter);
      } catch (error) {
        if (!(error instanceof ImageError)) throw error;
      }
    }),
    { numRuns: 3000 },
  );
  t.pass();
});
