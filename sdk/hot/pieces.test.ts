// The changes between two values, applied to the first, give the second, packed and unpacked; what is the same object is not packed.
import test from "ava";
import fc from "fast-check";
import { array, bytes, handle, optional, string, struct, u32 } from "../contract/field.ts";
import { handlesOf, packFields, type Parts, unpackFields } from "./pack.ts";
import { applyChanges, applyPacked, type Change, changesSince, seenOf } from "./pieces.ts";

const schema = {
  count: u32,
  list: array(struct({ name: string, memory: handle("memory"), more: optional(bytes) })),
  words: array(string),
  one: struct({ at: u32, blob: bytes }),
};

const element = fc.record({
  name: fc.string(),
  memory: fc.nat(0xffff_ffff),
  more: fc.option(fc.uint8Array({ maxLength: 5 }), { nil: undefined }),
});
const values = fc.record({
  count: fc.nat(9),
  list: fc.array(element, { maxLength: 6 }),
  words: fc.array(fc.string(), { maxLength: 3 }),
  one: fc.record({ at: fc.nat(9), blob: fc.uint8Array({ maxLength: 5 }) }),
});
type Values = { [name: string]: unknown } & { list: unknown[] };

/** The next values, which have some objects of those before. */
const successor = (from: Values) =>
  fc.tuple(values, fc.array(fc.nat(9), { maxLength: 6 }), fc.boolean(), fc.boolean()).map(
    ([next, places, words, one]): Values => ({
      ...next,
      list: [
        ...places.flatMap((place) => (place < from.list.length ? [from.list[place]] : [])),
        ...next.list.slice(0, 2),
      ],
      words: words ? from["words"] : next.words,
      one: one ? from["one"] : next.one,
    }),
  );

test("changes lead from values to their successors, over many steps, in one text", (t) => {
  fc.assert(
    fc.property(
      values.chain((first) =>
        successor(first).chain((second) =>
          successor(second).map((third) => [first, second, third] as unknown as Values[]),
        ),
      ),
      (all) => {
        const parts: Parts = [];
        const packed = packFields(schema, all[0]!, parts);
        let data: { [name: string]: unknown } = all[0]!;
        for (let i = 1; i < all.length; i++) {
          const seen = seenOf(schema, all[i - 1]!);
          // as they are written behind a base: their bytes come behind those that are there
          const behind = { push: (part: Uint8Array) => parts.push(part) };
          const written = changesSince(schema, all[i]!, seen, behind);
          applyPacked(packed, JSON.parse(JSON.stringify(written)) as Change[]);
          // as they are handed over: by themselves
          const own: Parts = [];
          const given = JSON.parse(JSON.stringify(changesSince(schema, all[i]!, seen, own)));
          const before = JSON.stringify(data);
          data = applyChanges(schema, data, given as Change[], own, () => {});
          t.is(JSON.stringify(all[i - 1]), before);
        }
        t.deepEqual(data, all.at(-1));
        const unpacked = unpackFields(schema, JSON.parse(JSON.stringify(packed)), parts);
        t.deepEqual(unpacked, all.at(-1));
      },
    ),
    { numRuns: 500, seed: 3 },
  );
});

test("nothing is packed of what is the same object, and new handles are told", (t) => {
  const [a, b, c] = [1, 2, 3].map((memory) => ({ name: `${memory}`, memory, more: undefined }));
  const before = {
    count: 1,
    list: [a, b, c],
    words: ["x"],
    one: { at: 1, blob: new Uint8Array(1) },
  };
  const after = { ...before, list: [a, { ...b!, memory: 7 }], count: 2 };
  const changes = changesSince(schema, after, seenOf(schema, before), []);
  t.deepEqual(
    changes.map(([field, at]) => [field, at]),
    [
      [0, -1],
      [1, 1],
      [1, 2],
    ],
  );
  const found: number[] = [];
  const made = applyChanges(schema, before, changes, [], (field, value) =>
    handlesOf(field, value, (number) => found.push(number)),
  );
  t.deepEqual(made, after);
  t.is((made["list"] as unknown[])[0], a);
  t.deepEqual(found, [7]);
});
