// What of a state's values is another now: a field, or one element of a field that is an array of structs. For states that are `immutable`:
// their objects are replaced and never changed, so that a comparison of references finds what to write and to hand over.
// Invariant: the changes between two values, applied to the first, give the second.
import type { Field, Fields } from "../contract/field.ts";
import { packOne, type Parts, type PartsTaken, unpackOne } from "./pack.ts";

type Values = { readonly [name: string]: unknown };

/** Of a field: [field, -1, value] all of it, [field, element, value] one of its elements, [field, elements] how many there are. */
export type Change = [field: number, at: number, value?: unknown];

/** What values were looked at: of each field the value, or its elements. */
export type Seen = readonly unknown[];

const isList = (field: Field<unknown>) => field.type === "array" && field.inner!.type === "struct";

/** These values as what they are compared with later. */
export function seenOf(fields: Fields, values: Values): Seen {
  const seen: unknown[] = [];
  for (const name of Object.keys(fields)) {
    const value = values[name];
    seen.push(isList(fields[name]!) ? (value as unknown[]).slice() : value);
  }
  return seen;
}

/** The changes since then, packed. Throws StateFault, with the place, on what is no value of the schema. */
export function changesSince(
  fields: Fields,
  values: Values,
  seen: Seen,
  parts: PartsTaken,
): Change[] {
  const names = Object.keys(fields);
  const changes: Change[] = [];
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const [field, value, before] = [fields[name]!, values[name], seen[i]];
    if (!isList(field)) {
      if (value !== before) changes.push([i, -1, packOne(field, value, parts, name)]);
      continue;
    }
    const [all, old] = [value as unknown[], before as unknown[]];
    for (let at = 0; at < all.length; at++)
      if (all[at] !== old[at])
        changes.push([i, at, packOne(field.inner!, all[at], parts, `${name}[${at}]`)]);
    if (all.length < old.length) changes.push([i, all.length]);
  }
  return changes;
}

/** Applies changes to values as `packFields` has made them. */
export function applyPacked(packed: unknown[], changes: readonly Change[]): void {
  for (const change of changes) {
    const [field, at, value] = change;
    const list = packed[field] as unknown[];
    if (change.length === 2) list.length = at;
    else if (at < 0) packed[field] = value;
    else list[at] = value;
  }
}

/** The values that changes make of others, which stay as they are; `found` gets what is new, as fields and values. Throws StateFault. */
export function applyChanges(
  fields: Fields,
  values: Values,
  changes: readonly Change[],
  parts: Parts,
  found: (field: Field<unknown>, value: unknown) => void,
): { [name: string]: unknown } {
  const names = Object.keys(fields);
  const made: { [name: string]: unknown } = { ...values };
  for (const change of changes) {
    const [place, at, packed] = change;
    const name = names[place]!;
    const field = fields[name]!;
    if (at < 0) {
      made[name] = unpackOne(field, packed, parts, name);
      found(field, made[name]);
      continue;
    }
    if (made[name] === values[name]) made[name] = (made[name] as unknown[]).slice();
    const list = made[name] as unknown[];
    if (change.length === 2) list.length = at;
    else {
      list[at] = unpackOne(field.inner!, packed, parts, `${name}[${at}]`);
      found(field.inner!, list[at]);
    }
  }
  return made;
}
