// Values of a schema as JSON, checked on both ways. Bytes lie beside it as parts, by their place; numbers that JSON lacks become their names.
// Invariant: unpack(pack(v)) is v for every value of the schema, and both name the place of the first value that is none.
import type { Field, Fields } from "../contract/field.ts";

/** A value outside of its schema; `place` as `leases[2].until`. */
export class StateFault extends Error {}

const SAFE = 2 ** 53 - 1;
/** The last number before 2^63: a clock may have leapt. */
const TIME = 2 ** 63 - 1024;
const ranges: { readonly [type: string]: readonly [number, number] | undefined } = {
  u8: [0, 0xff],
  u16: [0, 0xffff],
  u32: [0, 0xffff_ffff],
  i8: [-0x80, 0x7f],
  i16: [-0x8000, 0x7fff],
  i32: [-0x8000_0000, 0x7fff_ffff],
  u64: [0, SAFE],
  i64: [-SAFE, SAFE],
  time: [0, TIME],
  duration: [0, TIME],
  handle: [0, 0xffff_ffff],
  channel: [0, 0xffff_ffff],
};

function fault(place: string, expected: string): never {
  throw new StateFault(`${place} is no ${expected}`);
}

function record(value: unknown, place: string): { readonly [name: string]: unknown } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) fault(place, "struct");
  return value as { readonly [name: string]: unknown };
}

function number(field: Field<unknown>, value: unknown, place: string): number {
  const range = ranges[field.type];
  if (range === undefined || typeof value !== "number") fault(place, field.type);
  // Infinity is a time that never comes
  if (value === Infinity && field.type === "time") return value;
  if (!(value >= range[0] && value <= range[1] && value % 1 === 0)) fault(place, field.type);
  return value;
}

/** Most values are such, and are what JSON says: they are looked at first, since a switch costs an engine a step for each case. */
function isPlain(type: string, value: unknown): boolean {
  if (typeof value !== "number") return false;
  const range = ranges[type];
  return range !== undefined && value >= range[0] && value <= range[1] && value % 1 === 0;
}

/** The bytes of all values, in the order in which they were met. */
export type Parts = Uint8Array[];

/** Takes them; the number of one is what `push` gives, less 1. */
export interface PartsTaken {
  push(part: Uint8Array): number;
}

function packField(
  field: Field<unknown>,
  value: unknown,
  parts: PartsTaken,
  place: string,
): unknown {
  if (isPlain(field.type, value)) return value;
  switch (field.type) {
    case "string":
      if (typeof value !== "string") fault(place, "string");
      return value;
    case "bool":
      if (typeof value !== "boolean") fault(place, "bool");
      return value;
    case "bytes":
      if (!(value instanceof Uint8Array)) fault(place, "bytes");
      return parts.push(value) - 1;
    case "f64":
      if (typeof value !== "number") fault(place, "f64");
      return Number.isFinite(value) && !Object.is(value, -0) ? value : text(value);
    case "oneof":
      if (!field.words!.includes(value as string))
        throw new StateFault(`${place} is none of ${field.words!.join(", ")}`);
      return value;
    case "secret":
      return packField(field.inner!, value, parts, place);
    case "optional":
      return value === undefined ? null : [packField(field.inner!, value, parts, place)];
    case "array": {
      if (!Array.isArray(value)) fault(place, "array");
      const { inner } = field;
      const list: unknown[] = [];
      for (let i = 0; i < value.length; i++)
        list.push(packField(inner!, value[i], parts, `${place}[${i}]`));
      return list;
    }
    case "struct":
      return packFields(field.fields!, record(value, place), parts, `${place}.`);
    default: {
      const checked = number(field, value, place);
      return checked === Infinity ? "Infinity" : checked;
    }
  }
}

const text = (value: number) => (Object.is(value, -0) ? "-0" : String(value));

/** One value of a field as something JSON can say; `place`: of it, for a fault. */
export const packOne = packField;
/** The value that `packOne` has made. */
export const unpackOne = unpackField;

/** The values as something JSON can say, an array in the order of the fields. `at`: before the name of a field in a fault. */
export function packFields(
  fields: Fields,
  values: { readonly [name: string]: unknown },
  parts: PartsTaken,
  at = "",
): unknown[] {
  const list: unknown[] = [];
  for (const name of Object.keys(fields))
    list.push(packField(fields[name]!, values[name], parts, at + name));
  return list;
}

function unpackField(field: Field<unknown>, value: unknown, parts: Parts, place: string): unknown {
  if (isPlain(field.type, value)) return value;
  switch (field.type) {
    case "bytes":
      if (!((value as number) in parts)) fault(place, "bytes");
      return parts[value as number];
    case "f64":
      return typeof value === "string" ? Number(value) : packField(field, value, parts, place);
    case "secret":
      return unpackField(field.inner!, value, parts, place);
    case "optional":
      if (value === null) return undefined;
      if (!Array.isArray(value)) fault(place, "optional");
      return unpackField(field.inner!, value[0], parts, place);
    case "array": {
      if (!Array.isArray(value)) fault(place, "array");
      const { inner } = field;
      for (let i = 0; i < value.length; i++)
        value[i] = unpackField(inner!, value[i], parts, `${place}[${i}]`);
      return value;
    }
    case "struct":
      return unpackFields(field.fields!, value, parts, place);
    case "time":
      return value === "Infinity" ? Infinity : number(field, value, place);
    default:
      return packField(field, value, parts, place);
  }
}

/** The values that `packFields` has made; may use up `packed`. */
export function unpackFields(
  fields: Fields,
  packed: unknown,
  parts: Parts,
  place = "the state",
): { [name: string]: unknown } {
  const names = Object.keys(fields);
  if (!Array.isArray(packed) || packed.length !== names.length) fault(place, "struct");
  const values: { [name: string]: unknown } = {};
  for (let i = 0; i < names.length; i++)
    values[names[i]!] = unpackField(fields[names[i]!]!, packed[i], parts, names[i]!);
  return values;
}

/** Calls `found` with every handle number in the values. */
export function handlesIn(fields: Fields, values: unknown, found: (number: number) => void): void {
  for (const name of Object.keys(fields))
    handlesOf(fields[name]!, (values as { [name: string]: unknown })[name], found);
}

/** The same for one value of a field. */
export function handlesOf(
  field: Field<unknown>,
  value: unknown,
  found: (number: number) => void,
): void {
  if (field.type === "handle" || field.type === "channel") found(value as number);
  else if (field.type === "struct") handlesIn(field.fields!, value, found);
  else if (field.type === "secret") handlesOf(field.inner!, value, found);
  else if (field.type === "optional" && value !== undefined) handlesOf(field.inner!, value, found);
  else if (field.type === "array") {
    const { inner } = field;
    if (inner!.type in ranges && inner!.type !== "handle" && inner!.type !== "channel") return;
    for (const each of value as unknown[]) handlesOf(inner!, each, found);
  }
}
