/**
 * Compile-time values, and how they look when spliced into code.
 */
import type { FnSym, Module } from "../check/symbol.ts";
import { type FieldInfo, Type } from "../check/type.ts";
import { toByteString } from "../source/utf8.ts";

/** A field of a type, as `for (f in T.fields)` sees it. */
export interface CtField {
  readonly field: FieldInfo;
}
export type CtValue =
  | bigint
  | number
  | boolean
  | string
  | null
  | Type
  | CtField
  | CtValue[]
  | { readonly fn: FnSym }
  | { readonly module: Module };

export function isType(v: CtValue | undefined): v is Type {
  return v instanceof Type;
}

export function isField(v: CtValue | undefined): v is CtField {
  return typeof v === "object" && v !== null && "field" in v;
}

/** Text of a value in strings and messages: a byte string. */
export function ctText(v: CtValue): string {
  if (typeof v === "string") return v;
  if (isType(v)) return toByteString(v.name);
  if (isField(v)) return toByteString(v.field.name);
  if (Array.isArray(v)) return `[${v.map(ctText).join(", ")}]`;
  return String(v);
}

/** Text of a value inside a name: signs become `_`. */
export function ctName(v: CtValue): string {
  return ctText(v)
    .replace(/\[\]/g, "slice_")
    .replace(/\*/g, "ptr_")
    .replace(/\?/g, "opt_")
    .replace(/[^A-Za-z0-9_]+/g, "_");
}
