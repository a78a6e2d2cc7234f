/**
 * How values of a type travel: as a few registers (leaves) or in memory.
 *
 * Scalars take one register, a slice two, a string three, a dynamic value two; small structs and optionals are
 * split into their fields. Arrays, vectors, unions, tagged unions with fields and larger structs live in memory
 * and travel by address. Invariant: leaves lie in memory at the offsets of the C layout.
 */
import { alignOf, I32, isThinOpt, plain, sizeOf, tagSize, type Type } from "../check/type.ts";

/** One register of a value. */
export interface Leaf {
  readonly cls: "i" | "l" | "f" | "d" | "p";
  readonly off: number;
  readonly load: string;
  readonly store: string;
}

const MAX_STRUCT = 4;
const MAX_OPT = 5;
const cache = new WeakMap<Type, { leaves: readonly Leaf[] | undefined }>();

/** Leaves of a type, or undefined where its values live in memory. */
export function leavesOf(t: Type): readonly Leaf[] | undefined {
  const known = cache.get(t);
  if (known !== undefined) return known.leaves;
  const leaves = compute(t);
  cache.set(t, { leaves });
  return leaves;
}

function intLeaf(bits: number, signed: boolean, off = 0): Leaf {
  if (bits === 64) return { cls: "l", off, load: "ld.i64", store: "st.64" };
  if (bits === 32) return { cls: "i", off, load: "ld.i32", store: "st.32" };
  return { cls: "i", off, load: `ld.${signed ? "i" : "u"}${bits}`, store: `st.${bits}` };
}

function ptrLeaf(off: number): Leaf {
  return { cls: "p", off, load: "ld.ptr", store: "st.ptr" };
}

function at(leaves: readonly Leaf[], off: number): Leaf[] {
  return leaves.map((l) => ({ ...l, off: l.off + off }));
}

function compute(t: Type): readonly Leaf[] | undefined {
  switch (t.kind) {
    case "int":
      return [intLeaf(t.bits, t.signed)];
    case "bool":
      return [intLeaf(8, false)];
    case "float":
      return [
        t.bits === 32
          ? { cls: "f", off: 0, load: "ld.f32", store: "st.f32" }
          : { cls: "d", off: 0, load: "ld.f64", store: "st.f64" },
      ];
    case "enum": {
      const b = t.backing ?? I32;
      return [intLeaf(b.bits, b.signed)];
    }
    case "ptr":
    case "fn":
      return [ptrLeaf(0)];
    case "slice":
      return [ptrLeaf(0), intLeaf(64, true, 8)];
    case "string":
      return [ptrLeaf(0), intLeaf(64, true, 8), intLeaf(64, true, 16)];
    case "dyn":
      return [intLeaf(32, true), intLeaf(64, true, 8)];
    case "secret":
      return leavesOf(plain(t));
    case "void":
    case "never":
    case "null":
    case "type":
      return [];
    case "opt": {
      const elem = t.elem as Type;
      if (isThinOpt(t)) return [ptrLeaf(0)];
      const inner = leavesOf(elem);
      if (inner === undefined || inner.length >= MAX_OPT) return undefined;
      return [intLeaf(8, false), ...at(inner, optOffset(t))];
    }
    case "struct": {
      sizeOf(t);
      const out: Leaf[] = [];
      for (const f of t.fields ?? []) {
        const inner = leavesOf(f.ty);
        if (inner === undefined) return undefined;
        out.push(...at(inner, f.offset));
        if (out.length > MAX_STRUCT) return undefined;
      }
      return out;
    }
    case "tagged":
      if ((t.variants ?? []).some((v) => v.fields.length > 0)) return undefined;
      return [intLeaf(tagSize(t) * 8, false)];
    default:
      return undefined;
  }
}

/** Offset of an optional's value behind its flag. */
export function optOffset(t: Type): number {
  return isThinOpt(t) ? 0 : alignOf(t.elem as Type);
}

/** Register classes of a value passed or returned; memory values pass by address. */
export function classesOf(t: Type): string {
  const leaves = leavesOf(t);
  return leaves === undefined ? "p" : leaves.map((l) => l.cls).join("");
}

/** Where field `index` of a split struct starts among its leaves. */
export function leafIndex(t: Type, index: number): number {
  let n = 0;
  for (let i = 0; i < index; i++)
    n += (leavesOf((t.fields as { ty: Type }[])[i].ty) as Leaf[]).length;
  return n;
}

/** Parameter and result classes of a function: a memory result is an address passed first. */
export function signatureOf(
  params: readonly Type[],
  ret: Type,
  err: Type | undefined,
): { params: string; results: string } {
  const inMemory = leavesOf(ret) === undefined;
  return {
    params: (inMemory ? "p" : "") + params.map(classesOf).join(""),
    results: (inMemory ? "" : classesOf(ret)) + (err === undefined ? "" : "i"),
  };
}
