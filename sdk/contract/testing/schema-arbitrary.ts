// Random schemas with random values of them, for property tests of the codecs.
import fc from "fast-check";
import * as field from "../field.ts";
import type { Field, Fields } from "../field.ts";

export interface Sample {
  readonly field: Field<unknown>;
  readonly value: fc.Arbitrary<unknown>;
}

const wide = Number.MAX_SAFE_INTEGER;
const plain = (f: Field<unknown>, value: fc.Arbitrary<unknown>): Sample => ({ field: f, value });

const leaves: Sample[] = [
  plain(field.u8, fc.integer({ min: 0, max: 255 })),
  plain(field.u16, fc.integer({ min: 0, max: 65535 })),
  plain(field.u32, fc.integer({ min: 0, max: 0xffffffff })),
  plain(field.i8, fc.integer({ min: -128, max: 127 })),
  plain(field.i16, fc.integer({ min: -32768, max: 32767 })),
  plain(field.i32, fc.integer({ min: -0x80000000, max: 0x7fffffff })),
  plain(field.u64, fc.integer({ min: 0, max: wide })),
  plain(field.i64, fc.integer({ min: -wide, max: wide })),
  plain(field.time, fc.integer({ min: 0, max: wide })),
  // every whole number of 10 bits more is one of them, too
  plain(
    field.duration,
    fc.integer({ min: 0, max: wide }).map((n) => n * 1024),
  ),
  plain(field.f64, fc.double()),
  plain(field.bool, fc.boolean()),
  plain(field.string, fc.string({ maxLength: 20, unit: "grapheme" })),
  plain(field.bytes, fc.uint8Array({ maxLength: 40 })),
  plain(field.oneof("red", "green", "blue"), fc.constantFrom("red", "green", "blue")),
  plain(field.handle("memory"), fc.integer({ min: 1, max: 0xffffffff })),
];

function wrapped(inner: Sample): fc.Arbitrary<Sample> {
  const hasHandle = JSON.stringify(inner.field).includes('"handle"');
  return fc.constantFrom<Sample>(
    { field: field.secret(inner.field), value: inner.value },
    ...(inner.field.type === "optional"
      ? []
      : [
          { field: field.optional(inner.field), value: fc.option(inner.value, { nil: undefined }) },
        ]),
    {
      field: field.array(inner.field),
      value: fc.array(inner.value, { maxLength: hasHandle ? 2 : 6 }),
    },
  );
}

function structOf(samples: readonly Sample[]): Sample {
  const fields: { [name: string]: Field<unknown> } = {};
  const values: { [name: string]: fc.Arbitrary<unknown> } = {};
  samples.forEach((sample, i) => {
    fields[`m${i}`] = sample.field;
    values[`m${i}`] = sample.value;
  });
  return { field: field.struct(fields), value: fc.record(values) };
}

const sample: fc.Arbitrary<Sample> = fc.constantFrom(...leaves).chain((leaf) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(leaf) },
    { weight: 2, arbitrary: wrapped(leaf) },
    {
      weight: 2,
      arbitrary: fc.array(fc.constantFrom(...leaves), { minLength: 1, maxLength: 3 }).map(structOf),
    },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.constantFrom(...leaves), { minLength: 1, maxLength: 3 })
        .chain((some) => wrapped(structOf(some))),
    },
  ),
);

/** Fields of a message and a value of them, with at most 8 handles in all. */
export const schemaAndValue: fc.Arbitrary<{ fields: Fields; value: { [name: string]: unknown } }> =
  fc
    .array(sample, { maxLength: 7 })
    .chain((samples) => {
      const { field: made, value } = structOf(samples);
      return value.map((v) => ({ fields: made.fields!, value: v as { [name: string]: unknown } }));
    })
    .filter(({ fields, value }) => countHandles(field.struct(fields), value) <= 8);

function countHandles(f: Field<unknown>, value: unknown): number {
  if (value === undefined) return 0;
  if (f.type === "handle") return 1;
  if (f.type === "array")
    return (value as unknown[]).reduce<number>(
      (sum, each) => sum + countHandles(f.inner!, each),
      0,
    );
  if (f.inner !== undefined) return countHandles(f.inner, value);
  if (f.fields === undefined) return 0;
  return Object.entries(f.fields).reduce(
    (sum, [name, inner]) => sum + countHandles(inner, (value as { [name: string]: unknown })[name]),
    0,
  );
}
