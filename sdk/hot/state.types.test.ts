// Types of state: this file compiles only while both schemas of a migration give its types (`tsc --noEmit` is the test).
import test from "ava";
import { array, optional, string, struct, u32 } from "../contract/field.ts";
import { back, from, state } from "./state.ts";

const first = { sum: u32 };

test("data and migrations have the types of their schemas", (t) => {
  const kept = state({
    name: "typed",
    version: 2,
    schema: { sum: u32, names: array(struct({ name: string })), note: optional(string) },
    initial: { sum: 0, names: [] },
    migrate: { 1: from(first, (old) => ({ sum: old.sum + 1, names: [] })) },
    revert: { 1: back(first, (present: { sum: number }) => ({ sum: present.sum })) },
  });
  kept.data.sum += 2;
  kept.data.names.push({ name: "a" });
  t.deepEqual(kept.data, { sum: 2, names: [{ name: "a" }] });
  // @ts-expect-error a field has another type
  kept.data.sum = "2";
  // @ts-expect-error there is no such field
  t.is(kept.data.other, undefined);
  state({
    name: "wrong",
    version: 2,
    schema: { sum: u32, title: string },
    initial: { sum: 0, title: "" },
    // @ts-expect-error the migration leaves a field out
    migrate: { 1: from(first, (old) => ({ sum: old.sum })) },
  });
  state({
    name: "unknown",
    version: 2,
    schema: { sum: u32 },
    initial: { sum: 0 },
    // @ts-expect-error the old schema has no such field
    migrate: { 1: from(first, (old) => ({ sum: old.total })) },
  });
  t.throws(() => state({ name: "typed", version: 1, schema: first, initial: { sum: 0 } }), {
    message: /declared twice/,
  });
});
