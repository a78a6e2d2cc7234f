// Boot images with one damage each, beside a sound one: for the loader's checks and as a fuzzer's first inputs.
import { createHash } from "node:crypto";
import { type BootObject, writeBootImage } from "../../../sdk/image/boot-image.ts";

const nucleus = 0xffffffff80000000n;
const filled = (bytes: number, value: number) => new Uint8Array(bytes).fill(value);
const objects: BootObject[] = [
  {
    name: "nucleus.text",
    kind: 1,
    bytes: filled(5000, 1),
    address: nucleus,
    entry: nucleus + 0x10n,
  },
  { name: "nucleus.rodata", kind: 1, bytes: filled(100, 2), address: nucleus + 0x2000n },
  {
    name: "nucleus.data",
    kind: 1,
    bytes: filled(10, 3),
    memory: 20_000,
    address: nucleus + 0x3000n,
  },
  { name: "nucleus.symbols", kind: 5, bytes: filled(8, 0) },
  { name: "engine.text", kind: 2, bytes: filled(4096, 4), address: 0x1000_0000n },
  { name: "engine.rodata", kind: 2, bytes: filled(1, 5), address: 0x1000_1000n },
  {
    name: "engine.data",
    kind: 2,
    bytes: new Uint8Array(0),
    memory: 4096,
    address: 0x1000_2000n,
  },
  { name: "bundle/init", kind: 3, bytes: filled(9000, 6) },
  { name: "config", kind: 4, bytes: filled(2, 7) },
];
export const sound = Buffer.from(writeBootImage(objects));

/** Where an entry's field lies in the file (docs/boot-image.md). */
const field = (entry: number, offset: number) => 64 + entry * 128 + offset;
const offsetOf = (entry: number) => Number(sound.readBigUInt64LE(field(entry, 40)));

/** A copy with a change, after which the table's digest is right again. */
function changed(change: (image: Buffer) => void): Buffer {
  const image = Buffer.from(sound);
  change(image);
  const table = image.subarray(64, 64 + Math.min(image.readUInt32LE(12), 200) * 128);
  createHash("sha256").update(table).digest().copy(image, 32);
  return image;
}
const word = (entry: number, offset: number, value: bigint) =>
  changed((image) => void image.writeBigUInt64LE(value, field(entry, offset)));
const number = (entry: number, offset: number, value: number) =>
  changed((image) => void image.writeUInt32LE(value, field(entry, offset)));
const byte = (at: number, value: number) => {
  const image = Buffer.from(sound);
  image[at] = value;
  return image;
};
const most = (1n << 64n) - 1n;

/** What is done to the image, the image, the start of the sentence, the object that it names. */
export const damages: [string, Buffer, string, string][] = [
  ["nothing", sound, "sound", ""],
  ["no bytes", Buffer.alloc(0), "this is no boot image", ""],
  ["a header cut short", sound.subarray(0, 63), "this is no boot image", ""],
  ["another magic", byte(0, 0), "this is no boot image", ""],
  ["another version", byte(8, 2), "it has another version", ""],
  ["the last page missing", sound.subarray(0, -4096), "it is not as long as it says", ""],
  ["a byte more", Buffer.concat([sound, Buffer.alloc(1)]), "it is not as long as it says", ""],
  ["no entries", changed((i) => void i.writeUInt32LE(0, 12)), "it has a wrong number", ""],
  ["129 entries", changed((i) => void i.writeUInt32LE(129, 12)), "it has a wrong number", ""],
  ["2^32 - 1 entries", byte(12, 0).fill(255, 12, 16), "it has a wrong number", ""],
  ["a bit of the table", byte(field(8, 90), 1), "digest of the table differs", ""],
  ["a name without an end", changed((i) => void i.fill("a", 64, 104)), "an object has no", ""],
  ["an empty name", changed((i) => void i.fill(0, 64, 104)), "an object has no", ""],
  ["text behind a name", changed((i) => void (i[64 + 39] = 1)), "an object has no", ""],
  ["a % in a name", changed((i) => void i.write("%", field(8, 0))), "an object has no", ""],
  ["an unknown kind", number(8, 84, 9), "% is of an unknown kind", "config"],
  ["kind 0", number(8, 84, 0), "% is of an unknown kind", "config"],
  ["an offset off the page", word(8, 40, 4097n), "% lies outside", "config"],
  ["an offset in the table", word(8, 40, 0n), "% lies outside", "config"],
  ["an offset beyond the file", word(8, 40, 1n << 63n), "% lies outside", "config"],
  ["a length beyond the file", word(7, 48, 9001n << 20n), "% lies outside", "bundle/init"],
  ["a length that wraps", word(7, 48, most), "% lies outside", "bundle/init"],
  ["an object over another", word(4, 40, BigInt(offsetOf(7))), "% overlaps", "bundle/init"],
  [
    "an object inside another",
    word(4, 40, BigInt(offsetOf(7) + 4096)),
    "% overlaps",
    "bundle/init",
  ],
  ["less memory than bytes", word(7, 56, 8999n), "% has a wrong size or address", "bundle/init"],
  ["memory without end", word(8, 56, most), "% has a wrong size or address", "config"],
  ["no memory at all", word(6, 56, 0n), "% has a wrong size or address", "engine.data"],
  ["an odd address", word(4, 64, 0x1000_0001n), "% has a wrong size or address", "engine.text"],
  [
    "an engine in the nucleus",
    word(4, 64, nucleus),
    "% has a wrong size or address",
    "engine.text",
  ],
  ["an entry point before", word(0, 72, nucleus - 1n), "% has its entry", "nucleus.text"],
  ["an entry point behind", word(0, 72, nucleus + 5000n), "% has its entry", "nucleus.text"],
  ["an entry point in data", word(8, 72, 1n), "% has its entry", "config"],
  ["no entry point", word(0, 72, 0n), "% has no entry point", "nucleus.text"],
  ["the right to write", number(7, 80, 8), "% is of an unknown kind or claims", "bundle/init"],
  ["code in a bundle", number(7, 80, 16), "% is of an unknown kind or claims", "bundle/init"],
  [
    "an unknown right",
    number(4, 80, 0x8000_0000),
    "% is of an unknown kind or claims",
    "engine.text",
  ],
  ["padding", byte(offsetOf(0) + 5000, 1), "% is not padded", "nucleus.text"],
  ["a segment too low", word(1, 64, nucleus - 4096n), "% has an address", "nucleus.rodata"],
  ["a segment too high", word(1, 64, most - 4095n), "% has an address", "nucleus.rodata"],
  ["a segment that wraps", word(2, 56, 1n << 31n), "% has an address", "nucleus.data"],
  ["text over constants", word(1, 64, nucleus + 4096n), "% overlaps", "nucleus.rodata"],
  ["constants with zeros", word(1, 56, 5000n), "% is mapped in place", "nucleus.rodata"],
  [
    "segments in another order",
    number(1, 84, 2),
    "% has a wrong size or address",
    "nucleus.rodata",
  ],
  ["another segment's name", changed(exchange), "% stands where", "nucleus.rodata"],
  ["a name twice", changed((i) => void i.write("config\0", field(3, 0))), "an object has", ""],
  [
    "two objects of one name",
    changed((i) => void i.fill(0, field(3, 0), field(3, 40)).write("config", field(3, 0))),
    "% is there twice",
    "config",
  ],
  ...objects.flatMap(({ name, bytes }, i): [string, Buffer, string, string][] =>
    bytes.length === 0
      ? []
      : [
          [
            `a bit of ${name}`,
            byte(offsetOf(i) + bytes.length - 1, 0x80),
            "digest of % differs",
            name,
          ],
        ],
  ),
];

function exchange(image: Buffer): void {
  const first = Buffer.from(image.subarray(64, 192));
  image.copy(image, 64, 192, 320);
  first.copy(image, 192);
}
