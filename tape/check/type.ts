/**
 * Types of the language, interned: two equal types are one object, so `===` compares them.
 *
 * Derived types hang on their element, named types belong to their declaration. Sizes follow C: fields in
 * declared order at their natural alignment. Invariant: `fields`, `variants` and `members` of a named type are
 * complete before `layout` is asked for.
 */
import type { EnumDecl, StructDecl, TaggedDecl } from "../parse/ast.ts";
import type { FnSym, Module } from "./symbol.ts";

export type TypeKind =
  | "int"
  | "float"
  | "bool"
  | "void"
  | "never"
  | "null"
  | "string"
  | "dyn"
  | "type"
  | "array"
  | "slice"
  | "ptr"
  | "opt"
  | "struct"
  | "union"
  | "enum"
  | "tagged"
  | "fn"
  | "secret"
  | "vec"
  | "result"
  | "error"
  | "arena";

export interface FieldInfo {
  name: string;
  ty: Type;
  offset: number;
  attrs: readonly { name: string }[];
}
export interface VariantInfo {
  name: string;
  fields: FieldInfo[];
  size: number;
  attrs: readonly { name: string }[];
}
export interface MemberInfo {
  name: string;
  value: bigint;
  desc: string | undefined;
}

let nextId = 1;

/** One type. Only the fields that its kind names are meaningful. */
export class Type {
  /** Unlike its name, unique: named types of two compilations may look alike. */
  readonly id = nextId++;
  readonly kind: TypeKind;
  readonly name: string;
  bits = 0;
  signed = false;
  elem: Type | undefined;
  len = 0;
  isConst = false;
  nonNull = false;
  params: Type[] | undefined;
  ret: Type | undefined;
  err: Type | undefined;
  fields: FieldInfo[] | undefined;
  variants: VariantInfo[] | undefined;
  members: MemberInfo[] | undefined;
  backing: Type | undefined;
  packed = false;
  minAlign = 1;
  decl: StructDecl | EnumDecl | TaggedDecl | undefined;
  home: Module | undefined;
  readonly methods = new Map<string, FnSym>();
  size = -1;
  align = 1;
  /** Resolution of a named type: 0 not begun, 1 under way, 2 done. */
  state = 2;
  readonly derived = new Map<string, Type>();

  constructor(kind: TypeKind, name: string) {
    this.kind = kind;
    this.name = name;
  }

  toString(): string {
    return this.name;
  }
}

function simple(kind: TypeKind, name: string, size: number, align = size): Type {
  const t = new Type(kind, name);
  t.size = size;
  t.align = Math.max(1, align);
  return t;
}

function int(name: string, bits: number, signed: boolean): Type {
  const t = simple("int", name, bits / 8);
  t.bits = bits;
  t.signed = signed;
  return t;
}

function float(name: string, bits: number): Type {
  const t = simple("float", name, bits / 8);
  t.bits = bits;
  return t;
}

export const I8 = int("i8", 8, true);
export const I16 = int("i16", 16, true);
export const I32 = int("i32", 32, true);
export const I64 = int("i64", 64, true);
export const U8 = int("u8", 8, false);
export const U16 = int("u16", 16, false);
export const U32 = int("u32", 32, false);
export const U64 = int("u64", 64, false);
export const F32 = float("f32", 32);
export const F64 = float("f64", 64);
export const BOOL = simple("bool", "bool", 1);
export const VOID = simple("void", "void", 0);
/** The type of what never yields a value, such as a block that returns. */
export const NEVER = simple("never", "never", 0);
export const NULL = simple("null", "null", 0);
export const STRING = simple("string", "string", 24, 8);
export const DYN = simple("dyn", "dyn", 16, 8);
/** A type as a compile-time value. */
export const TYPE = simple("type", "type", 0);
/** Stands for a wrong expression, so that one mistake gives one message. */
export const ERROR = simple("error", "?", 0);

const lanes: [string, Type, number][] = [
  ["u8x16", U8, 16],
  ["u16x8", U16, 8],
  ["u32x4", U32, 4],
  ["u64x2", U64, 2],
  ["u32x8", U32, 8],
  ["u64x4", U64, 4],
  ["i32x4", I32, 4],
  ["i64x2", I64, 2],
  ["f32x4", F32, 4],
  ["f64x2", F64, 2],
];

/** Vector types by name. */
export const vectors: readonly Type[] = lanes.map(([name, elem, len]) => {
  const t = simple("vec", name, elem.size * len, 16);
  t.elem = elem;
  t.len = len;
  return t;
});

/** Built-in type names, aliases included. */
export const builtinTypes: ReadonlyMap<string, Type> = new Map<string, Type>([
  ...[
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F32,
    F64,
    BOOL,
    VOID,
    STRING,
    DYN,
    TYPE,
    ...vectors,
  ].map((t): [string, Type] => [t.name, t]),
  ["int", I64],
  ["uint", U64],
  ["byte", U8],
  ["float", F64],
  ["any", DYN],
]);

function derive(base: Type, key: string, make: () => Type): Type {
  let t = base.derived.get(key);
  if (t === undefined) {
    t = make();
    base.derived.set(key, t);
  }
  return t;
}

export function ptrTo(elem: Type, isConst: boolean, nonNull: boolean): Type {
  const key = `*${isConst ? "const " : ""}${nonNull ? "!" : ""}`;
  return derive(elem, key, () => {
    const t = simple("ptr", key + elem.name, 8);
    t.elem = elem;
    t.isConst = isConst;
    t.nonNull = nonNull;
    return t;
  });
}

export function sliceOf(elem: Type, isConst: boolean): Type {
  const key = isConst ? "[]const " : "[]";
  return derive(elem, key, () => {
    const t = simple("slice", key + elem.name, 16, 8);
    t.elem = elem;
    t.isConst = isConst;
    return t;
  });
}

export function arrayOf(elem: Type, len: number): Type {
  return derive(elem, `[${len}]`, () => {
    const t = new Type("array", `[${len}]${elem.name}`);
    t.elem = elem;
    t.len = len;
    return t;
  });
}

export function optOf(elem: Type): Type {
  if (elem.kind === "opt" || elem.kind === "error" || elem.kind === "dyn") return elem;
  return derive(elem, "?", () => {
    const t = new Type("opt", `?${elem.name}`);
    t.elem = elem;
    return t;
  });
}

export function secretOf(elem: Type): Type {
  if (elem.kind === "secret") return elem;
  return derive(elem, "secret", () => {
    const t = new Type("secret", `secret ${elem.name}`);
    t.elem = elem;
    return t;
  });
}

/** `T or E`, the type of a call that can fail. */
export function resultOf(elem: Type, err: Type): Type {
  return derive(err, `of ${elem.id}`, () => {
    const t = new Type("result", `${elem.name} or ${err.name}`);
    t.elem = elem;
    t.err = err;
    return t;
  });
}

export function fnOf(params: Type[], ret: Type, err: Type | undefined): Type {
  const tail = err === undefined ? ret.name : `${ret.name} or ${err.name}`;
  const name = `fn(${params.map((t) => t.name).join(", ")})${ret === VOID && err === undefined ? "" : ` -> ${tail}`}`;
  const key = `fn ${params.map((t) => t.id).join(" ")} ${err?.id ?? ""}`;
  return derive(ret, key, () => makeFn(name, params, ret, err));
}

function makeFn(name: string, params: Type[], ret: Type, err: Type | undefined): Type {
  const t = simple("fn", name, 8);
  t.params = params;
  t.ret = ret;
  t.err = err;
  return t;
}

/** The type under `secret`. */
export function plain(t: Type): Type {
  return t.kind === "secret" ? (t.elem as Type) : t;
}

/** An optional that is a bare pointer with 0 for `null`. */
export function isThinOpt(t: Type): boolean {
  return t.kind === "opt" && ((t.elem as Type).kind === "ptr" || (t.elem as Type).kind === "fn");
}

/** Types that own heap storage, or hold one that does: copied deeply, dropped at scope exit. */
export function isManaged(t: Type): boolean {
  switch (t.kind) {
    case "string":
    case "dyn":
      return true;
    case "opt":
    case "array":
    case "result":
      return isManaged(t.elem as Type);
    case "struct":
      return (t.fields ?? []).some((f) => isManaged(f.ty));
    case "tagged":
      return (t.variants ?? []).some((v) => v.fields.some((f) => isManaged(f.ty)));
    default:
      return false;
  }
}

/** Whether values of the type hold pointers or slices, whose lifetime regions matter. */
export function holdsRef(t: Type): boolean {
  switch (t.kind) {
    case "ptr":
    case "slice":
      return true;
    case "opt":
    case "array":
    case "result":
    case "secret":
      return holdsRef(t.elem as Type);
    case "struct":
    case "union":
      return (t.fields ?? []).some((f) => holdsRef(f.ty));
    case "tagged":
      return (t.variants ?? []).some((v) => v.fields.some((f) => holdsRef(f.ty)));
    default:
      return false;
  }
}

function alignUp(n: number, a: number): number {
  return Math.ceil(n / a) * a;
}

/** Places fields; returns size before final padding and alignment. */
function place(
  fields: FieldInfo[],
  start: number,
  packed: boolean,
  overlap: boolean,
): [number, number] {
  let at = start;
  let align = 1;
  let size = start;
  for (const f of fields) {
    const a = packed ? 1 : alignOf(f.ty);
    align = Math.max(align, a);
    f.offset = overlap ? start : alignUp(at, a);
    at = f.offset + sizeOf(f.ty);
    size = Math.max(size, at);
  }
  return [size, align];
}

/** Size in bytes. */
export function sizeOf(t: Type): number {
  if (t.size >= 0) return t.size;
  t.size = 0;
  switch (t.kind) {
    case "array":
      t.align = alignOf(t.elem as Type);
      t.size = sizeOf(t.elem as Type) * t.len;
      break;
    case "secret":
    case "result":
      t.align = alignOf(t.elem as Type);
      t.size = sizeOf(t.elem as Type);
      break;
    case "opt": {
      const elem = t.elem as Type;
      t.align = alignOf(elem);
      t.size = isThinOpt(t) ? 8 : alignUp(alignUp(1, t.align) + sizeOf(elem), t.align);
      break;
    }
    case "struct":
    case "union": {
      const [size, align] = place(t.fields ?? [], 0, t.packed, t.kind === "union");
      t.align = Math.max(align, t.minAlign);
      t.size = alignUp(size, t.align);
      break;
    }
    case "enum":
      t.align = t.size = (t.backing ?? I32).size;
      break;
    case "tagged": {
      const tag = tagSize(t);
      let size = tag;
      let align = tag;
      for (const v of t.variants ?? []) {
        const [, a] = place(v.fields, 0, false, false);
        align = Math.max(align, a);
      }
      const start = alignUp(tag, align);
      for (const v of t.variants ?? []) {
        const [s] = place(v.fields, start, false, false);
        v.size = s;
        size = Math.max(size, s);
      }
      t.align = align;
      t.size = alignUp(size, align);
      break;
    }
  }
  return t.size;
}

/** Alignment in bytes. */
export function alignOf(t: Type): number {
  sizeOf(t);
  return Math.max(1, t.align);
}

/** Bytes of a tagged union's tag: the smallest unsigned that holds it. */
export function tagSize(t: Type): number {
  const n = (t.variants ?? []).length;
  return n <= 256 ? 1 : n <= 65536 ? 2 : 4;
}

/** Smallest and largest value of an integer type. */
export function rangeOf(t: Type): [bigint, bigint] {
  const bits = BigInt(t.bits);
  return t.signed ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
}
