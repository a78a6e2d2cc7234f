// A server's files as one object of the boot image (docs/boot-image.md): an index sorted by path, then the contents.
// Invariant: the same files give the same bytes, and sdk/runtime/files.ts reads back what is written here.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ImageError } from "./image-error.ts";

/** A file: `path` is relative, with `/` between its parts. */
export interface ArchiveFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const MAGIC = "LEIVOSFA";
const HEADER = 16;
const ENTRY = 24;
const MOST_FILES = 4096;
const MOST_PATH = 255;
/** Bytes of the SHA-256 that an entry keeps. */
const DIGEST = 8;

/** A path that every reader takes for the same: no empty part, no `.` or `..`, printable ASCII. */
const sound = /^(?!\.{1,2}(?:\/|$))[!-~]+$/;
const soundPath = (path: string) =>
  path.length <= MOST_PATH && path.split("/").every((part) => sound.test(part));

/**
 * Packs files.
 * @throws ImageError bad_entry, naming the file
 */
export function writeFileArchive(files: readonly ArchiveFile[]): Uint8Array {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  if (sorted.length > MOST_FILES) {
    throw new ImageError("bad_entry", `${sorted.length} files are too many; ${MOST_FILES} fit`);
  }
  sorted.forEach(({ path }, i) => {
    if (!soundPath(path)) {
      throw new ImageError(
        "bad_entry",
        `the file name "${path}" is not printable ASCII or too long`,
      );
    }
    if (sorted[i - 1]?.path === path) throw new ImageError("bad_entry", `${path} is there twice`);
  });
  const names = sorted.map(({ path }) => Buffer.from(path, "latin1"));
  let at = HEADER + sorted.length * ENTRY;
  const places = names.map((name) => {
    const place = at;
    at += name.length;
    return place;
  });
  const contents = sorted.map(({ bytes }) => {
    const place = at;
    at += bytes.length;
    return place;
  });
  if (at > 2 ** 31) throw new ImageError("bad_entry", "the files are larger than 2 GiB");
  const archive = Buffer.alloc(at);
  archive.write(MAGIC, 0, "latin1");
  archive.writeUInt32LE(sorted.length, 8);
  sorted.forEach(({ bytes }, i) => {
    const entry = HEADER + i * ENTRY;
    const name = names[i]!;
    archive.writeUInt32LE(places[i]!, entry);
    archive.writeUInt32LE(name.length, entry + 4);
    archive.writeUInt32LE(contents[i]!, entry + 8);
    archive.writeUInt32LE(bytes.length, entry + 12);
    createHash("sha256")
      .update(bytes)
      .digest()
      .copy(archive, entry + 16, 0, DIGEST);
    name.copy(archive, places[i]!);
    archive.set(bytes, contents[i]!);
  });
  return archive;
}

/** The files of an archive that `writeFileArchive` has made. */
export function readArchive(archive: Uint8Array): ArchiveFile[] {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.length);
  return Array.from({ length: bytes.readUInt32LE(8) }, (_, i) => {
    const [name, length, at, size] = [0, 4, 8, 12].map((field) =>
      bytes.readUInt32LE(HEADER + i * ENTRY + field),
    ) as [number, number, number, number];
    return {
      path: bytes.toString("latin1", name, name + length),
      bytes: bytes.subarray(at, at + size),
    };
  });
}

/** Paths of all files below a folder, sorted; hidden ones are left out. */
export function filesBelow(folder: string): string[] {
  const paths: string[] = [];
  const walk = (inside: string) => {
    for (const entry of readdirSync(join(folder, inside)).sort()) {
      if (entry.startsWith(".")) continue;
      const path = inside === "" ? entry : `${inside}/${entry}`;
      if (statSync(join(folder, path)).isDirectory()) walk(path);
      else paths.push(path);
    }
  };
  walk("");
  return paths;
}

/** The files of a folder. */
export function readFolder(folder: string): ArchiveFile[] {
  return filesBelow(folder).map((path) => ({ path, bytes: readFileSync(join(folder, path)) }));
}

/** Packs a folder. @throws ImageError bad_entry */
export function archiveFolder(folder: string): Uint8Array {
  return writeFileArchive(readFolder(folder));
}
