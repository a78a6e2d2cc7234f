// Patches from one code to another, made on the host and applied as the system does; and bytes that are none.
import test from "ava";
import fc from "fast-check";
import { Patch, type PatchMemory } from "../../channel/patch.ts";
import { difference, PIECE_BYTES } from "./difference.ts";

/** Memory that refuses what lies outside, as SharedView does. */
function memory(bytes: Uint8Array): PatchMemory {
  const check = (offset: number, length: number) => {
    if (offset < 0 || length < 0 || offset + length > bytes.length) throw new RangeError("outside");
  };
  return {
    length: bytes.length,
    copyOut(offset, to, at, length) {
      check(offset, length);
      to.set(bytes.subarray(offset, offset + length), at);
    },
    copyIn(offset, from, at, length) {
      check(offset, length);
      bytes.set(from.subarray(at, at + length), offset);
    },
  };
}

function applied(base: Uint8Array, pieces: Uint8Array[], length: number): Uint8Array {
  const result = new Uint8Array(length);
  const patch = new Patch(base.length === 0 ? undefined : memory(base), memory(result));
  for (const piece of pieces) {
    const fault = patch.apply(piece);
    if (fault !== undefined) throw new Error(fault);
  }
  if (patch.produced !== length) throw new Error(`${patch.produced} of ${length} bytes`);
  return result;
}

const total = (pieces: Uint8Array[]) => pieces.reduce((sum, { length }) => sum + length, 0);

test("any two codes: the patch gives the second", (t) => {
  const few = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 400 });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    few.map((values) => Uint8Array.from(values)),
  );
  fc.assert(
    fc.property(bytes, bytes, fc.nat(300), fc.nat(300), (base, other, cut, from) => {
      // Half of the code is taken from the base, so that there is something to find.
      const code = Uint8Array.from([...base.subarray(0, cut), ...other, ...base.subarray(from)]);
      t.deepEqual(applied(base, difference(base, code), code.length), code);
    }),
    { numRuns: 500 },
  );
});

test("code that repeats itself closely is never copied from what does not stand yet", (t) => {
  const words = fc.array(fc.uint8Array({ minLength: 5, maxLength: 40 }), {
    minLength: 1,
    maxLength: 6,
  });
  const order = fc.array(fc.nat(5), { minLength: 40, maxLength: 300 });
  fc.assert(
    fc.property(words, order, (parts, indices) => {
      const code = Uint8Array.from(
        indices.flatMap((index, at) => [...parts[index % parts.length]!, at % 3]),
      );
      t.deepEqual(
        applied(new Uint8Array(0), difference(new Uint8Array(0), code), code.length),
        code,
      );
    }),
    { numRuns: 300 },
  );
});

test("a small change costs little, equal code next to nothing, long code comes in pieces", (t) => {
  let state = 7;
  const noise = Uint8Array.from({ length: 90_000 }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 24;
  });
  t.true(total(difference(noise, noise)) < 16);
  const changed = Uint8Array.from([
    ...noise.subarray(0, 40_000),
    1,
    2,
    3,
    ...noise.subarray(40_010),
  ]);
  t.true(total(difference(noise, changed)) < 40);
  const first = difference(new Uint8Array(0), noise);
  t.true(first.length > 2 && first.every(({ length }) => length <= PIECE_BYTES));
  t.deepEqual(applied(new Uint8Array(0), first, noise.length), noise);
  const twice = Uint8Array.from([...noise, ...noise]);
  t.true(total(difference(new Uint8Array(0), twice)) < noise.length + 100);
});

test("no bytes make a patch touch what is outside or throw", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(60), fc.nat(60), (piece, has, wants) => {
      const base = has === 0 ? undefined : memory(new Uint8Array(has));
      const patch = new Patch(base, memory(new Uint8Array(wants)));
      const fault = patch.apply(piece);
      return patch.produced <= wants && (fault === undefined || fault.startsWith("the patch "));
    }),
    { numRuns: 3000 },
  );
  const patch = new Patch(undefined, memory(new Uint8Array(8)));
  t.is(patch.apply(new Uint8Array([2 * 9])), "the patch is longer than the code");
  t.is(patch.apply(new Uint8Array([2 * 3, 1])), "the patch ends inside an operation");
  t.is(patch.apply(new Uint8Array([0])), "the patch has an operation without a length");
  t.is(patch.apply(new Uint8Array([2 * 2 + 1, 0])), "the patch copies from where nothing is");
});
