/**
 * Constants: values of checked expressions at compile time.
 *
 * Exact: integers are big and range-checked against their type, floats are rounded to it. Invariant: an
 * expression that is not constant gives `undefined` and no error; one that would trap reports the trap.
 */
import { asUint } from "../source/bits.ts";
import type { Expr } from "../parse/ast.ts";
import type { Checker } from "./checker.ts";
import type { FnSym } from "./symbol.ts";
import { alignOf, plain, rangeOf, sizeOf, type Type } from "./type.ts";

/** A compile-time value; its type lies beside it. A string is a byte string. */
export type Const =
  | bigint
  | number
  | boolean
  | string
  | null
  | { readonly list: readonly Const[]; readonly variant?: number }
  | { readonly fn: FnSym };

/** Value of a checked expression, or undefined where it is not constant. */
export function evalConst(c: Checker, e: Expr): Const | undefined {
  switch (e.kind) {
    case "Int":
      return e.ty?.kind === "float" ? Number(e.value) : e.value;
    case "Float":
      return e.ty?.bits === 32 ? Math.fround(e.value) : e.value;
    case "Str":
      return e.value;
    case "Bool":
      return e.value;
    case "Null":
      return null;
    case "Name":
      if (e.sym?.kind === "var") return e.sym.how === "const" ? e.sym.value : undefined;
      return e.sym?.kind === "fn" ? { fn: e.sym } : undefined;
    case "Member":
      if (e.sym?.kind === "var") return e.sym.how === "const" ? e.sym.value : undefined;
      if (e.sym?.kind === "fn") return { fn: e.sym };
      if (e.sym?.kind === "member") return e.sym.ty.members?.[e.sym.index].value;
      if (e.name === "len" && e.obj.ty?.kind === "array") return BigInt(e.obj.ty.len);
      if (e.sym?.kind === "field") {
        const obj = evalConst(c, e.obj);
        return isList(obj) ? obj.list[e.sym.index] : undefined;
      }
      return undefined;
    case "Unary":
      return evalUnary(c, e);
    case "Binary":
      return evalBinary(c, e);
    case "Cast":
      return evalCast(c, e);
    case "Conv": {
      const v = evalConst(c, e.e);
      return e.how === "some" || e.how === "same" || e.how === "fnval" ? v : undefined;
    }
    case "Builtin":
      if (e.name === "sizeof" && e.args[0].ty !== undefined) return BigInt(sizeOf(e.args[0].ty));
      if (e.name === "alignof" && e.args[0].ty !== undefined) return BigInt(alignOf(e.args[0].ty));
      if (e.name === "typeof") return e.args[0].ty?.name ?? "";
      return undefined;
    case "ArrayLit": {
      const list = e.items.map((item) => evalConst(c, item));
      return list.includes(undefined) || e.ty?.kind !== "array"
        ? undefined
        : { list: list as Const[] };
    }
    case "ArrayRep": {
      const item = evalConst(c, e.item);
      const count = e.ty?.kind === "array" ? e.ty.len : -1;
      if (item === undefined || count < 0 || count > 1 << 20) return undefined;
      return { list: new Array<Const>(count).fill(item) };
    }
    case "StructLit": {
      const list: Const[] = [];
      for (const f of e.fields) {
        const v = evalConst(c, f.value);
        if (v === undefined || f.index === undefined) return undefined;
        list[f.index] = v;
      }
      return e.variant === undefined ? { list } : { list, variant: e.variant };
    }
    case "Index": {
      const obj = evalConst(c, e.obj);
      const i = evalConst(c, e.index);
      if (!isList(obj) || typeof i !== "bigint") return undefined;
      return obj.list[Number(i)];
    }
    default:
      return undefined;
  }
}

export function isList(v: Const | undefined): v is { list: readonly Const[]; variant?: number } {
  return typeof v === "object" && v !== null && "list" in v;
}

function fit(c: Checker, e: Expr, v: bigint): bigint | undefined {
  const t = plain(e.ty as Type);
  if (t.kind !== "int") return v;
  const [low, high] = rangeOf(t);
  if (v >= low && v <= high) return v;
  c.error(
    "T0405",
    e,
    `this constant is ${v}, which does not fit in ${t.name}`,
    `${t.name} holds ${low} to ${high}`,
  );
  return undefined;
}

function wrap(t: Type, v: bigint): bigint {
  return t.signed ? BigInt.asIntN(t.bits, v) : asUint(t.bits, v);
}

function evalUnary(c: Checker, e: Expr & { kind: "Unary" }): Const | undefined {
  const v = evalConst(c, e.e);
  const t = plain(e.ty as Type);
  if (typeof v === "bigint") {
    if (e.op === "-") return fit(c, e, -v);
    if (e.op === "~") return wrap(t, ~v);
  }
  if (typeof v === "number" && e.op === "-") return -v;
  if (typeof v === "boolean" && e.op === "!") return !v;
  return undefined;
}

function evalBinary(c: Checker, e: Expr & { kind: "Binary" }): Const | undefined {
  const a = evalConst(c, e.left);
  if (a === undefined) return undefined;
  if (typeof a === "boolean") {
    if (e.op === "&&" && !a) return false;
    if (e.op === "||" && a) return true;
  }
  const b = evalConst(c, e.right);
  if (b === undefined) return undefined;
  const t = plain(e.ty as Type);
  if (typeof a === "bigint" && typeof b === "bigint") return intOp(c, e, t, a, b);
  if (typeof a === "number" && typeof b === "number") {
    const round = t.bits === 32 ? Math.fround : (x: number) => x;
    switch (e.op) {
      case "+":
        return round(a + b);
      case "-":
        return round(a - b);
      case "*":
        return round(a * b);
      case "/":
        return round(a / b);
    }
    return compare(e.op, a, b);
  }
  if (typeof a === "string" && typeof b === "string")
    return e.op === "+" ? undefined : compare(e.op, a, b);
  if (typeof a === "boolean" && typeof b === "boolean") {
    if (e.op === "&&" || e.op === "||") return b;
    return compare(e.op, a, b);
  }
  return undefined;
}

function compare<V extends bigint | number | string | boolean>(
  op: string,
  a: V,
  b: V,
): boolean | undefined {
  switch (op) {
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
    default:
      return undefined;
  }
}

function intOp(
  c: Checker,
  e: Expr & { kind: "Binary" },
  t: Type,
  a: bigint,
  b: bigint,
): Const | undefined {
  const clamp = (v: bigint): bigint => {
    const [low, high] = rangeOf(t);
    return v < low ? low : v > high ? high : v;
  };
  switch (e.op) {
    case "+":
      return fit(c, e, a + b);
    case "-":
      return fit(c, e, a - b);
    case "*":
      return fit(c, e, a * b);
    case "+%":
      return wrap(t, a + b);
    case "-%":
      return wrap(t, a - b);
    case "*%":
      return wrap(t, a * b);
    case "+|":
      return clamp(a + b);
    case "-|":
      return clamp(a - b);
    case "/":
    case "%":
      if (b === 0n) {
        c.error("T0406", e, "this constant divides by zero");
        return undefined;
      }
      return e.op === "/" ? fit(c, e, a / b) : a % b;
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case "<<":
      return wrap(t, a << (b & BigInt(t.bits - 1)));
    case ">>":
      return a >> (b & BigInt(t.bits - 1));
    default:
      return compare(e.op, a, b);
  }
}

function evalCast(c: Checker, e: Expr & { kind: "Cast" }): Const | undefined {
  const v = evalConst(c, e.e);
  const t = plain(e.ty as Type);
  if (v === undefined) return undefined;
  if (t.kind === "int") {
    if (typeof v === "bigint") return wrap(t, v);
    if (typeof v === "boolean") return v ? 1n : 0n;
    if (typeof v === "number") {
      if (!Number.isFinite(v)) return undefined;
      return fit(c, e, BigInt(Math.trunc(v)));
    }
  }
  if (t.kind === "float" && (typeof v === "bigint" || typeof v === "number")) {
    const n = typeof v === "bigint" ? Number(v) : v;
    return t.bits === 32 ? (typeof v === "bigint" ? froundInt(v) : Math.fround(n)) : n;
  }
  return undefined;
}

/** f32 of an integer with one rounding, where the way through f64 would round twice. */
export function froundInt(v: bigint): number {
  const sign = v < 0n ? -1 : 1;
  let m = v < 0n ? -v : v;
  const bits = m.toString(2).length;
  if (bits <= 24) return sign * Number(m);
  const drop = BigInt(bits - 24);
  const low = m & ((1n << drop) - 1n);
  const half = 1n << (drop - 1n);
  m >>= drop;
  if (low > half || (low === half && (m & 1n) === 1n)) m += 1n;
  return sign * Number(m << drop);
}
