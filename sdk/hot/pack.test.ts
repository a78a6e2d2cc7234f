// Values of any schema survive the hand-over, and what is none is named by its place.
import test from "ava";
import fc from "fast-check";
import { array, f64, oneof, string, struct, time, u8 } from "../contract/field.ts";
import { schemaAndValue } from "../contract/testing/schema-arbitrary.ts";
import { handlesIn, packFields, type Parts, unpackFields } from "./pack.ts";

const schema = {
  leases: array(struct({ until: time, name: string })),
  kind: oneof("a", "b"),
  n: u8,
};
const value = { leases: [{ until: 7, name: "x" }], kind: "a", n: 255 };

function moved(fields: typeof schema | { [name: string]: never }, values: object): unknown {
  const parts: Parts = [];
  const text = JSON.stringify(packFields(fields, values as never, parts));
  return unpackFields(fields, JSON.parse(text), parts);
}

test("what was packed is unpacked again, through JSON", (t) => {
  fc.assert(
    fc.property(schemaAndValue, ({ fields, value }) => {
      t.deepEqual(moved(fields as never, value), value);
    }),
    { numRuns: process.env["LEIVOS_CAMPAIGN"] === "soak" ? 20_000 : 500 },
  );
});

test("numbers that JSON lacks move too", (t) => {
  for (const n of [Number.NaN, Infinity, -Infinity, -0, 1.5])
    t.deepEqual(moved({ n: f64 } as never, { n }), { n });
  t.deepEqual(moved({ n: time } as never, { n: Infinity }), { n: Infinity });
});

test("the first value outside of its type is named", (t) => {
  const fault = (change: object) => t.throws(() => packFields(schema, { ...value, ...change }, []));
  t.is(fault({ n: 256 })?.message, "n is no u8");
  t.is(fault({ n: undefined })?.message, "n is no u8");
  t.is(fault({ kind: "c" })?.message, "kind is none of a, b");
  t.is(
    fault({ leases: [value.leases[0], { until: -1, name: "y" }] })?.message,
    "leases[1].until is no time",
  );
  t.is(fault({ leases: [{ until: 1, name: 5 }] })?.message, "leases[0].name is no string");
});

test("anything but what was packed is refused", (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), (packed) => {
      try {
        const made = unpackFields(schema, packed, []);
        t.notThrows(() => packFields(schema, made, []));
      } catch (error) {
        t.regex((error as Error).message, / is no(?:ne of)? /);
      }
    }),
  );
});

test("handles are found wherever they are", (t) => {
  fc.assert(
    fc.property(schemaAndValue, ({ fields, value }) => {
      const expected = JSON.stringify(Object.values(fields)).split('"type":"handle"').length - 1;
      const found: number[] = [];
      handlesIn(fields, value, (number) => found.push(number));
      if (expected === 0) t.deepEqual(found, []);
      for (const number of found) t.true(JSON.stringify(value).includes(String(number)));
    }),
  );
});
