/**
 * Expressions to instructions.
 *
 * `expr` gives a value in registers or memory; `want` suggests result registers. A value read from a variable may
 * be the variable's own registers, so whoever keeps it copies it (`fresh`).
 */
import { lowerBinary, lowerUnary } from "./arith.ts";
import { lowerCall } from "./call.ts";
import { lowerCast } from "./cast.ts";
import { lowerClosure } from "./closure.ts";
import { condValue } from "./cond.ts";
import type { Fn, Val } from "./context.ts";
import { box, dynGet, unbox } from "./dyn.ts";
import { leavesOf } from "./shape.ts";
import { indexPlace, placeOf, sliceOfPlace } from "./place.ts";
import { lowerBuiltin } from "./builtin.ts";
import { lowerInterp } from "./text.ts";
import { lowerOr } from "./or.ts";
import {
  addressOf,
  inMemory,
  inRegs,
  jumpIfNull,
  load,
  newRegs,
  ownedMemory,
  ownedRegs,
  someOf,
  store,
  take,
  tempSlot,
  zeros,
} from "./value.ts";
import { isManaged, isThinOpt, plain, sizeOf, tagSize, type Type } from "../check/type.ts";
import type { Conv, Expr, StructLit } from "../parse/ast.ts";
import { evalSimple } from "./constants.ts";

/** Bits of an f64 as two words. */
const f64 = new Float64Array(1);
const words = new Int32Array(f64.buffer);
const f32 = new Float32Array(1);
const word = new Int32Array(f32.buffer);

/** Emits an integer constant of a register class. */
export function constInt(f: Fn, cls: string, v: bigint, want?: readonly number[]): number {
  const r = want?.[0] ?? f.b.reg(cls);
  if (cls === "l")
    f.b.emit("const.i64", r, Number(BigInt.asIntN(32, v)), Number(BigInt.asIntN(32, v >> 32n)));
  else f.b.emit("const.i32", r, Number(BigInt.asIntN(32, v)));
  return r;
}

export function constFloat(f: Fn, bits: number, v: number, want?: readonly number[]): number {
  const r = want?.[0] ?? f.b.reg(bits === 32 ? "f" : "d");
  if (bits === 32) {
    f32[0] = v;
    f.b.emit("const.f32", r, word[0]);
  } else {
    f64[0] = v;
    f.b.emit("const.f64", r, words[0], words[1]);
  }
  return r;
}

/** A borrowed string or slice of literal bytes. */
export function literal(f: Fn, ty: Type, s: string): Val {
  const p = f.b.reg("p");
  f.b.emit("const.ptr", p, f.p.data.text(s));
  const n = constInt(f, "l", BigInt(s.length));
  return inRegs(ty, ty.kind === "string" ? [p, n, constInt(f, "l", 0n)] : [p, n]);
}

export function expr(f: Fn, e: Expr, want?: readonly number[]): Val {
  const ty = e.ty as Type;
  switch (e.kind) {
    case "Int":
      return inRegs(ty, [constInt(f, (leavesOf(ty) ?? [{ cls: "l" }])[0].cls, e.value, want)]);
    case "Float":
      return inRegs(ty, [constFloat(f, plain(ty).bits, e.value, want)]);
    case "Bool":
      return inRegs(ty, [constInt(f, "i", e.value ? 1n : 0n, want)]);
    case "Str":
      return literal(f, ty, e.value);
    case "Null":
      if (leavesOf(ty) === undefined) {
        const slot = tempSlot(f, ty);
        const z = constInt(f, "i", 0n);
        f.b.emit("st.8", addressOf(f, slot), z, 0);
        return slot;
      }
      return inRegs(ty, zeros(f, ty));
    case "Interp":
      return lowerInterp(f, e);
    case "Name":
    case "Member":
    case "Index":
      return lowerPlaceExpr(f, e);
    case "Unwrap":
      return lowerUnwrap(f, e.e, ty);
    case "Slice":
      return sliceOfPlace(f, e);
    case "Call":
      return lowerCall(f, e, want);
    case "Unary":
      return lowerUnary(f, e, want);
    case "Binary":
      if (e.op === "&&" || e.op === "||") return condValue(f, e, want);
      return lowerBinary(f, e, want);
    case "Cast":
      return lowerCast(f, e, want);
    case "Is":
      return condValue(f, e, want);
    case "Or":
      return lowerOr(f, e);
    case "StructLit":
      return lowerStructLit(f, e, undefined);
    case "ArrayLit":
    case "ArrayRep":
      return lowerArray(f, e, undefined);
    case "Builtin":
      return lowerBuiltin(f, e, want);
    case "Closure":
      return lowerClosure(f, e);
    case "Conv":
      return lowerConv(f, e, want);
    case "TypeExpr":
      return inRegs(ty, []);
  }
}

function lowerPlaceExpr(f: Fn, e: Expr & { kind: "Name" | "Member" | "Index" }): Val {
  const simple = evalSimple(f, e);
  if (simple !== undefined) return simple;
  if (e.kind !== "Name" && e.obj.ty?.kind === "dyn") return dynGet(f, e);
  if (e.kind === "Member" && e.index === undefined) {
    const obj = e.obj.ty as Type;
    const base = plain(obj.kind === "ptr" ? (obj.elem as Type) : obj);
    if (base.kind === "array") return inRegs(e.ty as Type, [constInt(f, "l", BigInt(base.len))]);
    const v = placeOf(f, e.obj);
    const regs = load(f, obj.kind === "ptr" ? inMemory(base, load(f, v)[0], 0) : v);
    return inRegs(e.ty as Type, [regs[e.name === "len" ? 1 : 0]]);
  }
  if (e.kind === "Index") return indexPlace(f, e);
  return placeOf(f, e);
}

function lowerUnwrap(f: Fn, e: Expr, ty: Type): Val {
  const v = expr(f, e);
  if (v.ty.kind === "ptr" || isThinOpt(v.ty)) {
    const regs = load(f, v);
    f.b.emit("nonnull", regs[0]);
    return inRegs(ty, regs);
  }
  if (leavesOf(v.ty) === undefined) {
    const p = addressOf(f, v);
    const flag = f.b.reg("i");
    f.b.emit("ld.u8", flag, p, 0);
    trapUnless(f, flag);
    return { ...someOf({ ...v, addr: p, off: 0 }), owned: v.owned };
  }
  const regs = load(f, v);
  trapUnless(f, regs[0]);
  return inRegs(ty, regs.slice(1), v.owned);
}

import { Label } from "./builder.ts";

function trapUnless(f: Fn, flag: number): void {
  const ok = new Label();
  f.b.jump("jt", ok, flag);
  f.b.emit("trap", 5);
  f.b.place(ok);
}

/** A struct or variant, built in `into` or where it fits. */
export function lowerStructLit(f: Fn, e: StructLit, into: Val | undefined): Val {
  const ty = e.ty as Type;
  const leaves = leavesOf(ty);
  sizeOf(ty);
  if (leaves !== undefined && e.variant !== undefined) {
    return inRegs(ty, [constInt(f, "i", BigInt(e.variant))]);
  }
  if (leaves !== undefined) {
    const parts: (readonly number[])[] = [];
    for (const field of e.fields) {
      const v = take(f, expr(f, field.value));
      parts[field.index as number] = load(f, v).map((r) => (f.isVar(r) ? f.copyReg(r) : r));
    }
    return ownedRegs(f, ty, parts.flat());
  }
  const place = into ?? tempSlot(f, ty);
  const fields = e.variant === undefined ? ty.fields : ty.variants?.[e.variant].fields;
  if (e.variant !== undefined) {
    const tag = constInt(f, "i", BigInt(e.variant));
    const size = tagSize(ty);
    f.b.emit(size === 4 ? "st.32" : size === 2 ? "st.16" : "st.8", ...tagArgs(f, place, tag));
  }
  for (const field of e.fields) {
    const info = (fields as { ty: Type; offset: number }[])[field.index as number];
    exprInto(f, field.value, inMemory(info.ty, place.addr, place.off + info.offset));
  }
  return into === undefined ? ownedMemory(f, place) : place;
}

function tagArgs(f: Fn, place: Val, tag: number): [number, number, number] {
  if (place.addr >= 0) return [place.addr, tag, place.off];
  return [addressOf(f, place), tag, 0];
}

/** An array literal, built in `into` or the frame. */
export function lowerArray(
  f: Fn,
  e: Expr & { kind: "ArrayLit" | "ArrayRep" },
  into: Val | undefined,
): Val {
  const ty = plain(e.ty as Type);
  if (ty.kind === "dyn") return box(f, e);
  const elem = ty.elem as Type;
  const size = sizeOf(elem);
  const place = into ?? tempSlot(f, ty);
  if (e.kind === "ArrayLit") {
    e.items.forEach((item, i) => {
      const mark = f.b.mark();
      exprInto(f, item, inMemory(elem, place.addr, place.off + i * size));
      if (!isManaged(elem)) f.b.release(mark, (r) => f.isVar(r));
    });
  } else fillArray(f, e.item, ty, place);
  return into === undefined ? ownedMemory(f, place) : place;
}

function fillArray(f: Fn, item: Expr, ty: Type, place: Val): void {
  const elem = ty.elem as Type;
  if (ty.len === 0) return;
  const v = expr(f, item);
  const regs = leavesOf(elem) === undefined ? undefined : load(f, v);
  const i = f.b.reg("l");
  const n = f.b.reg("l");
  f.b.emit("const.i64", i, 0, 0);
  f.b.emit("const.i64", n, ty.len, 0);
  const start = addressOf(f, place);
  const head = new Label();
  f.b.placeLoop(head);
  const p = f.b.reg("p");
  f.b.emit("pindex", p, start, i, sizeOf(elem));
  const source = regs === undefined ? { ...v, owned: undefined } : inRegs(elem, regs);
  store(f, inMemory(elem, p, 0), take(f, source));
  f.b.emit("addi.i64", i, i, 1);
  f.b.jump("jlts.i64", head, i, n);
}

/** Evaluates into a place that holds nothing yet; the place owns the result. */
export function exprInto(f: Fn, e: Expr, place: Val): void {
  if (place.regs === undefined && leavesOf(place.ty) === undefined) {
    if (e.kind === "StructLit") {
      lowerStructLit(f, e, place);
      return;
    }
    if ((e.kind === "ArrayLit" || e.kind === "ArrayRep") && e.ty?.kind !== "dyn") {
      lowerArray(f, e, place);
      return;
    }
    if (e.kind === "Call" && e.target?.how !== "builtin" && e.ty?.kind !== "result") {
      lowerCall(f, e, undefined, place);
      return;
    }
    if (e.kind === "Conv" && e.how === "some" && !isThinOpt(place.ty)) {
      const flag = constInt(f, "i", 1n);
      f.b.emit("st.8", ...tagArgs(f, place, flag));
      exprInto(f, e.e, someOf(place));
      return;
    }
  }
  store(f, place, take(f, expr(f, e)));
}

function lowerConv(f: Fn, e: Conv, want: readonly number[] | undefined): Val {
  const ty = e.ty as Type;
  switch (e.how) {
    case "same": {
      const v = expr(f, e.e, want);
      return { ...v, ty };
    }
    case "some": {
      if (isThinOpt(ty)) return { ...expr(f, e.e), ty };
      if (leavesOf(ty) === undefined) {
        const slot = tempSlot(f, ty);
        exprInto(f, e, slot);
        return ownedMemory(f, slot);
      }
      const v = expr(f, e.e);
      const regs = load(f, v);
      return { ...inRegs(ty, [constInt(f, "i", 1n), ...regs]), owned: v.owned };
    }
    case "view": {
      const v = expr(f, e.e);
      return inRegs(ty, load(f, v).slice(0, 2));
    }
    case "cstr": {
      const r = f.b.reg("p");
      f.b.emit("const.ptr", r, f.p.data.text(e.e.kind === "Str" ? e.e.value : ""));
      return inRegs(ty, [r]);
    }
    case "box":
      return box(f, e.e);
    case "unbox":
      return unbox(f, expr(f, e.e), ty);
    default:
      return { ...expr(f, e.e, want), ty };
  }
}

export { newRegs, jumpIfNull };
