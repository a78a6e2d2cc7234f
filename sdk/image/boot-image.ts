// The boot image: a flat table of memory objects with digests (docs/boot-image.md is the format).
// Invariant: the same objects give the same bytes, and what is written here reads back equal.
import { createHash } from "node:crypto";
import { rights } from "../abi/table.ts";
import { ImageError } from "./image-error.ts";

/** Kinds of objects, as the loader and the nucleus know them. */
export const objectKinds = {
  nucleus: 1,
  engine: 2,
  bundle: 3,
  config: 4,
  symbols: 5,
  files: 6,
  program: 7,
  kernel: 8,
} as const;

/** A memory object to put into the image. */
export interface BootObject {
  /** at most 39 bytes of ASCII */
  name: string;
  kind: (typeof objectKinds)[keyof typeof objectKinds];
  bytes: Uint8Array;
  /** size in memory, in bytes, at least `bytes.length`; zeros follow the bytes */
  memory?: number;
  /** the address it is linked at; 0 or absent: anywhere */
  address?: bigint;
  /** entry point; only in nucleus.text and engine.text */
  entry?: bigint;
}

const magic = "LEIVOSBI";
const version = 1;
const headerBytes = 64;
const entryBytes = 128;
const nameBytes = 40;
const maximumEntries = 128;
const pageBytes = 4096;
/** What must stand first, in this order. */
const leading = ["nucleus.text", "nucleus.rodata", "nucleus.data"];
const required = ["engine.text", "engine.rodata", "engine.data", "bundle/init"];

const dataRights = rights.READ | rights.MAP | rights.DUPLICATE | rights.TRANSFER | rights.INFO;

/** The rights of the handle that init gets for an object. */
export function objectRights(name: string): number {
  return name.endsWith(".text") || name.startsWith("program/")
    ? dataRights | rights.EXECUTE
    : dataRights;
}

const roundUp = (bytes: number) => Math.ceil(bytes / pageBytes) * pageBytes;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

/**
 * Writes an image.
 * @param objects in the order of the table; those that the format requires must be there
 * @throws ImageError bad_entry
 */
export function writeBootImage(objects: readonly BootObject[]): Uint8Array {
  checkObjects(objects);
  const tableEnd = headerBytes + objects.length * entryBytes;
  let offset = roundUp(tableEnd);
  const offsets = objects.map(({ bytes }) => {
    const at = offset;
    offset += roundUp(bytes.length);
    return at;
  });
  const image = Buffer.alloc(offset);
  objects.forEach((object, i) => {
    const at = headerBytes + i * entryBytes;
    image.write(object.name, at, "ascii");
    image.writeBigUInt64LE(BigInt(offsets[i]!), at + 40);
    image.writeBigUInt64LE(BigInt(object.bytes.length), at + 48);
    image.writeBigUInt64LE(BigInt(object.memory ?? object.bytes.length), at + 56);
    image.writeBigUInt64LE(object.address ?? 0n, at + 64);
    image.writeBigUInt64LE(object.entry ?? 0n, at + 72);
    image.writeUInt32LE(objectRights(object.name), at + 80);
    image.writeUInt32LE(object.kind, at + 84);
    sha256(object.bytes).copy(image, at + 96);
    image.set(object.bytes, offsets[i]!);
  });
  image.write(magic, 0, "ascii");
  image.writeUInt32LE(version, 8);
  image.writeUInt32LE(objects.length, 12);
  image.writeBigUInt64LE(BigInt(image.length), 16);
  sha256(image.subarray(headerBytes, tableEnd)).copy(image, 32);
  return image;
}

function checkObjects(objects: readonly BootObject[]): void {
  const refuse = (message: string): never => {
    throw new ImageError("bad_entry", message);
  };
  if (objects.length > maximumEntries) {
    refuse(`the image has ${objects.length} objects; ${maximumEntries} is the most`);
  }
  leading.forEach((name, i) => {
    if (objects[i]?.name !== name) refuse(`object ${i} must be ${name}`);
  });
  const names = new Set<string>();
  for (const { name, bytes, memory, address } of objects) {
    if (!/^[a-z0-9][a-z0-9./-]*$/.test(name) || name.length >= nameBytes) {
      refuse(`"${name}" is no object name: use a-z 0-9 . / - and at most ${nameBytes - 1} bytes`);
    }
    if (names.has(name)) refuse(`the image has two objects named ${name}`);
    names.add(name);
    if (bytes.length === 0 && !memory) refuse(`object ${name} is empty`);
    if (memory !== undefined && memory < bytes.length) {
      refuse(`object ${name} is smaller in memory than in the file`);
    }
    if ((address ?? 0n) % BigInt(pageBytes) !== 0n) refuse(`object ${name} is not page-aligned`);
  }
  for (const name of required) if (!names.has(name)) refuse(`the image has no ${name}`);
}

/** An object as it stands in an image. */
export interface BootEntry extends Required<BootObject> {
  offset: number;
  rights: number;
  /** hexadecimal SHA-256 of the bytes */
  digest: string;
}

/**
 * Reads an image, with the checks that the loader makes.
 * @throws ImageError bad_image, bad_digest
 */
export function readBootImage(file: Uint8Array): BootEntry[] {
  const image = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const refuse = (message: string): never => {
    throw new ImageError("bad_image", `the boot image ${message}; build it again`);
  };
  if (image.length < headerBytes || image.toString("latin1", 0, 8) !== magic) {
    refuse("has no LEIVOSBI header");
  }
  if (image.readUInt32LE(8) !== version) refuse(`has version ${image.readUInt32LE(8)}, not 1`);
  const count = image.readUInt32LE(12);
  const tableEnd = headerBytes + count * entryBytes;
  if (count === 0 || count > maximumEntries || tableEnd > image.length) {
    refuse(`names ${count} objects`);
  }
  if (image.readBigUInt64LE(16) !== BigInt(image.length)) refuse("has another size than it says");
  const table = image.subarray(headerBytes, tableEnd);
  if (!sha256(table).equals(image.subarray(32, 64))) {
    throw new ImageError("bad_digest", "the digest of the boot image's table differs");
  }
  const entries: BootEntry[] = [];
  let free = tableEnd;
  for (let i = 0; i < count; i++) {
    const at = headerBytes + i * entryBytes;
    const name = image.toString("latin1", at, at + nameBytes).replace(/\0.*$/s, "");
    const offset = Number(image.readBigUInt64LE(at + 40));
    const length = Number(image.readBigUInt64LE(at + 48));
    if (offset % pageBytes !== 0 || offset < free || length > image.length - offset) {
      refuse(`places ${name} outside of the file or over another object`);
    }
    free = offset + length;
    const bytes = image.subarray(offset, offset + length);
    const digest = image.subarray(at + 96, at + 128);
    if (!sha256(bytes).equals(digest)) {
      throw new ImageError("bad_digest", `the digest of ${name} differs`);
    }
    entries.push({
      name,
      kind: image.readUInt32LE(at + 84) as BootObject["kind"],
      bytes,
      memory: Number(image.readBigUInt64LE(at + 56)),
      address: image.readBigUInt64LE(at + 64),
      entry: image.readBigUInt64LE(at + 72),
      offset,
      rights: image.readUInt32LE(at + 80),
      digest: digest.toString("hex"),
    });
  }
  return entries;
}
