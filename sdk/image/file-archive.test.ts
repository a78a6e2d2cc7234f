// Archives of files: what is written reads back in the system, and no damage gets past the reader.
import { createHash } from "node:crypto";
import test from "ava";
import fc from "fast-check";
import { Failure } from "../contract/failure.ts";
import { ImageFiles } from "../runtime/files.ts";
import { ArrayMemory } from "../virtio/testing/array-memory.ts";
import { writeFileArchive } from "./file-archive.ts";
import { ImageError } from "./image-error.ts";

const read = (bytes: Uint8Array) => ImageFiles.read(new ArrayMemory(Uint8Array.from(bytes)));
const text = (words: string) => new TextEncoder().encode(words);

test("files read back, whole and in pieces", (t) => {
  const path = fc.stringMatching(/^[a-z0-9_-]{1,8}(\/[a-z0-9._-]{1,8}x){0,3}$/);
  const set = fc.uniqueArray(fc.tuple(path, fc.uint8Array({ maxLength: 300 })), {
    selector: ([name]) => name,
    maxLength: 20,
  });
  fc.assert(
    fc.property(set, fc.nat(300), fc.nat(100), (entries, from, length) => {
      const files = read(writeFileArchive(entries.map(([name, bytes]) => ({ path: name, bytes }))));
      if (files instanceof Failure) throw new Error(files.sentence);
      t.is(files.list.length, entries.length);
      for (const [name, bytes] of entries) {
        const file = files.find(name)!;
        t.deepEqual(files.copy(file, 0, bytes.length + 5), Uint8Array.from(bytes));
        t.deepEqual(
          files.copy(file, from, length),
          Uint8Array.from(bytes.slice(from, from + length)),
        );
        const digest = createHash("sha256").update(bytes).digest("hex");
        t.is(file.digest, digest.slice(0, 16));
      }
      t.is(files.find("no such/file"), undefined);
      t.is(files.find("__proto__"), undefined);
    }),
    { numRuns: 50 },
  );
});

test("paths that readers could take for others are refused", (t) => {
  for (const path of ["", "/a", "a/", "a//b", "../a", "a/./b", "a/..", "a b", "ä", "a".repeat(256)])
    t.throws(
      () => writeFileArchive([{ path, bytes: text("x") }]),
      { instanceOf: ImageError },
      path,
    );
  const twice = { path: "a", bytes: text("x") };
  t.throws(() => writeFileArchive([twice, twice]), { message: "a is there twice" });
});

test("an archive that lies about places is refused, never read beyond its end", (t) => {
  const good = writeFileArchive([
    { path: "a", bytes: text("one") },
    { path: "b/c", bytes: text("two") },
  ]);
  t.false(read(good) instanceof Failure);
  t.true(read(good.subarray(0, 12)) instanceof Failure);
  t.true(read(good.subarray(0, 40)) instanceof Failure);
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), (at, value) => {
      const bad = Uint8Array.from(good);
      bad[at] = value;
      const files = read(bad);
      if (files instanceof Failure) return;
      for (const file of files.list) t.is(files.copy(file, 0, file.length).length, file.length);
    }),
    { numRuns: 2000 },
  );
});
