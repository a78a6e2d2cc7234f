// Pushed code: whole, in pieces, upon a base, and in every way in which it can be wrong.
import { createHash } from "node:crypto";
import test from "ava";
import type { PatchMemory } from "../../sdk/channel/patch.ts";
import { difference } from "../../sdk/cli/push/difference.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { KEPT_BYTES, LONGEST, Pushes } from "./pushes.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const code = (byte: number, length: number) =>
  Uint8Array.from({ length }, (_, at) => (at * at * 7 + byte * (at >> 3)) & 255);

/** Pushes into arrays; what stands in memory, and how many memories are open. */
function scene() {
  const memories = new Set<Uint8Array>();
  const bytesOf = new Map<PatchMemory, Uint8Array>();
  const pushes = new Pushes({
    create(length) {
      const bytes = new Uint8Array(length);
      memories.add(bytes);
      const view: PatchMemory = {
        length,
        copyOut: (offset, to, at, count) => to.set(bytes.subarray(offset, offset + count), at),
        copyIn: (offset, from, at, count) => bytes.set(from.subarray(at, at + count), offset),
      };
      bytesOf.set(view, bytes);
      return { view, handle: () => 1, close: () => void memories.delete(bytes) };
    },
    digest: (view) => sha256(bytesOf.get(view)!),
  });
  const whole = (bytes: Uint8Array, base = new Uint8Array(0)) => {
    const begun = pushes.begin({
      digest: sha256(bytes),
      size: bytes.length,
      bases: [sha256(base)],
    });
    if (!(begun instanceof Failure) && !begun.held)
      for (const piece of difference(base, bytes)) pushes.piece(piece);
    return begun;
  };
  return { pushes, memories, whole };
}

test("code is found once all of it stands, and is not sent twice", (t) => {
  const { pushes, memories, whole } = scene();
  const first = code(1, 50_000);
  t.deepEqual(whole(first), { held: false, base: "" });
  t.like(pushes.code(sha256(first)), { size: 50_000 });
  t.deepEqual(whole(first), { held: true, base: "" });
  const second = Uint8Array.from([...first.subarray(0, 900), 1, 2, ...first.subarray(900)]);
  t.deepEqual(whole(second, first), { held: false, base: sha256(first) });
  t.like(pushes.code(sha256(second)), { size: 50_002 });
  t.is(memories.size, 2);
});

test("short, long, damaged and unannounced pushes are refused, and leave no memory behind", (t) => {
  const { pushes, memories } = scene();
  const refused = (value: object) => (value instanceof Failure ? value.sentence : "");
  const bytes = code(2, 3000);
  const digest = sha256(bytes);
  const begin = (size = bytes.length) => pushes.begin({ digest, size, bases: [] });
  t.regex(refused(pushes.piece(new Uint8Array([2, 1]))), /no push is open/);
  for (const size of [0, -1, 1.5, LONGEST + 1, "9"])
    t.regex(refused(pushes.begin({ digest, size, bases: [] })), /code has 1 to/);
  for (const wrong of ["", "abc", digest.toUpperCase(), 7, undefined])
    t.regex(refused(pushes.begin({ digest: wrong, size: 9, bases: [] })), /`digest` must be/);
  begin(bytes.length - 1);
  t.regex(refused(pushes.piece(difference(new Uint8Array(0), bytes)[0]!)), /longer than the code/);
  begin();
  t.regex(refused(pushes.piece(new Uint8Array([6, 1]))), /ends inside an operation/);
  const damaged = bytes.slice();
  damaged[1000]! ^= 1;
  begin();
  t.regex(
    refused(pushes.piece(difference(new Uint8Array(0), damaged)[0]!)),
    /has the SHA-256 [0-9a-f]{64}, not [0-9a-f]{64}; push it again/,
  );
  begin();
  t.regex(refused(pushes.code(digest)), /push it first/);
  begin();
  t.is(memories.size, 1, "an unfinished push makes place for the next");
  pushes.drop();
  t.is(memories.size, 0);
});

test("what is kept is bounded; the oldest goes, the base of the present push stays", (t) => {
  const { pushes, memories, whole } = scene();
  const size = 1 << 20;
  const codes = [1, 2, 3, 4].map((byte) => code(byte, size));
  for (const each of codes) whole(each);
  t.is(memories.size, KEPT_BYTES / size);
  t.deepEqual(whole(code(5, size), codes[0]), { held: false, base: sha256(codes[0]!) });
  t.false(pushes.code(sha256(codes[0]!)) instanceof Failure);
  t.true(pushes.code(sha256(codes[1]!)) instanceof Failure);
  t.is(memories.size, KEPT_BYTES / size);
});
