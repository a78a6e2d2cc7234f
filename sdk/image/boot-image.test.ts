// The boot image reads back as written, and each kind of damage is found.
import { createHash } from "node:crypto";
import test from "ava";
import fc from "fast-check";
import { rights } from "../abi/table.ts";
import { type BootObject, objectKinds, readBootImage, writeBootImage } from "./boot-image.ts";
import { ImageError } from "./image-error.ts";

const object = (name: string, kind: BootObject["kind"], length: number): BootObject => ({
  name,
  kind,
  bytes: Buffer.alloc(length, name),
  memory: length + (name.endsWith(".data") ? 5000 : 0),
  address: name.includes("/") ? 0n : 0x1000_0000n,
  entry: name.endsWith(".text") ? 0x1000_0040n : 0n,
});

const objects = [
  object("nucleus.text", objectKinds.nucleus, 5000),
  object("nucleus.rodata", objectKinds.nucleus, 4096),
  object("nucleus.data", objectKinds.nucleus, 1),
  object("engine.text", objectKinds.engine, 9000),
  object("engine.rodata", objectKinds.engine, 10),
  object("engine.data", objectKinds.engine, 20),
  object("bundle/init", objectKinds.bundle, 777),
  object("config", objectKinds.config, 30),
];

test("an image reads back as it was written", (t) => {
  const entries = readBootImage(writeBootImage(objects));
  t.deepEqual(
    entries.map(({ name, kind, bytes, memory, address, entry }) => ({
      name,
      kind,
      bytes: Buffer.from(bytes),
      memory,
      address,
      entry,
    })),
    objects.map((each) => ({ ...each, bytes: Buffer.from(each.bytes) })) as never,
  );
});

test("the header's and the first entry's fields lie where the format says", (t) => {
  const image = Buffer.from(writeBootImage(objects));
  t.is(image.toString("latin1", 0, 8), "LEIVOSBI");
  t.is(image.length % 4096, 0);
  t.is(image.readBigUInt64LE(16), BigInt(image.length));
  t.is(image.toString("latin1", 64, 76), "nucleus.text");
  t.is(image.readBigUInt64LE(64 + 40), 4096n);
  t.is(image.readBigUInt64LE(64 + 48), 5000n);
  t.is(image.readBigUInt64LE(64 + 72), 0x1000_0040n);
  const digest = createHash("sha256").update(objects[0]!.bytes).digest("hex");
  t.is(image.toString("hex", 64 + 96, 64 + 128), digest);
  t.is(image.readBigUInt64LE(64 + 128 + 40), 4096n + 8192n, "objects start on whole pages");
});

test("only code carries the right to be executed", (t) => {
  for (const { name, rights: granted } of readBootImage(writeBootImage(objects))) {
    t.is((granted & rights.EXECUTE) !== 0, name.endsWith(".text"), name);
    t.is(granted & rights.WRITE, 0, name);
  }
});

test("any changed byte in header, table or objects is found", (t) => {
  const image = writeBootImage(objects);
  const entries = readBootImage(image);
  const covered = [
    ...Array.from({ length: 24 }, (_, i) => i),
    ...Array.from({ length: 32 + objects.length * 128 }, (_, i) => 32 + i),
    ...entries.flatMap(({ offset, bytes }) => [offset, offset + bytes.length - 1]),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...covered), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = Uint8Array.from(image);
      damaged[at]! ^= flip;
      t.throws(() => readBootImage(damaged), { instanceOf: ImageError });
    }),
    { numRuns: 400 },
  );
});

test("an image cut short at any page is found", (t) => {
  const image = writeBootImage(objects);
  for (let size = 0; size < image.length; size += 4096) {
    t.throws(() => readBootImage(image.subarray(0, size)), { instanceOf: ImageError });
  }
});

const wrong: [string, BootObject[]][] = [
  ["the nucleus's parts in another order", [objects[1]!, objects[0]!, ...objects.slice(2)]],
  ["an image without init", objects.filter(({ name }) => name !== "bundle/init")],
  ["an image without an engine", objects.filter(({ name }) => !name.startsWith("engine."))],
  ["two objects of one name", [...objects, objects[7]!]],
  ["a name of 40 bytes", [...objects, { ...objects[7]!, name: "n".repeat(40) }]],
  ["a name with a space", [...objects, { ...objects[7]!, name: "a b" }]],
  ["a memory size below the length", [...objects.slice(0, 7), { ...objects[7]!, memory: 3 }]],
  ["an address inside a page", [...objects.slice(0, 7), { ...objects[7]!, address: 8n }]],
  ["129 objects", [...objects, ...Array.from({ length: 121 }, (_, i) => object(`x/${i}`, 4, 1))]],
];
for (const [what, list] of wrong) {
  test(`${what}: refused`, (t) => {
    const error = t.throws(() => writeBootImage(list), { instanceOf: ImageError });
    t.is(error.code, "bad_entry");
  });
}
