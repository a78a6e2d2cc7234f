import test from "ava";
import fc from "fast-check";
import type { Value } from "./exchange.ts";
import { ValueBuilder } from "./value-builder.ts";

/** Hands a value over as `bridge.give` does. */
function give(builder: ValueBuilder, value: Value): void {
  if (Array.isArray(value)) {
    builder.open("list", value.length);
    for (const each of value as readonly Value[]) give(builder, each);
  } else if (typeof value === "object" && value !== null && !(value instanceof Uint8Array)) {
    const entries = Object.entries(value);
    builder.open("record", entries.length);
    for (const [key, each] of entries) {
      builder.add(key);
      give(builder, each as Value);
    }
  } else builder.add(value);
}

test("any values come out as they were handed over, part by part", (t) => {
  const { values } = fc.letrec((tie) => ({
    values: fc.array(tie("value"), { maxLength: 4 }),
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(undefined, true, false, "", "text", 0, -7, 0.5),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie("value"), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(values, (all) => {
      const builder = new ValueBuilder();
      for (const each of all as Value[]) give(builder, each);
      t.deepEqual(builder.done(), all as Value[]);
      t.deepEqual(builder.done(), []);
    }),
    { numRuns: 200 },
  );
});

test("a container that was never filled is dropped with `done`", (t) => {
  const builder = new ValueBuilder();
  builder.add(1);
  builder.open("list", 3);
  builder.add(2);
  t.deepEqual(builder.done(), [1]);
  builder.add(3);
  t.deepEqual(builder.done(), [3]);
});
