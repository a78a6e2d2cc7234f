/**
 * Places: where variables, fields and elements are.
 */
import { leavesOf } from "./shape.ts";
import type { Fn, Val } from "./context.ts";
import { constInt, expr } from "./expr.ts";
import { evalSimple } from "./constants.ts";
import { addressOf, fieldOf, inMemory, inRegs, load, someOf, store, tempSlot } from "./value.ts";
import { isThinOpt, plain, ptrTo, sizeOf, STRING, type Type, U8 } from "../check/type.ts";
import type { VarSym } from "../check/symbol.ts";
import type { Expr } from "../parse/ast.ts";

/** Where a variable is. */
export function varPlace(f: Fn, sym: VarSym): Val {
  if (sym.module !== undefined) {
    const r = f.b.reg("p");
    f.b.emit("const.ptr", r, f.p.global(sym));
    return inMemory(sym.ty, r, 0);
  }
  const loc = f.vars.get(sym);
  if (loc === undefined) return inRegs(sym.ty, []);
  if (loc.how === "regs") return inRegs(sym.ty, loc.regs);
  if (loc.how === "slot") return inMemory(sym.ty, -1, loc.off);
  return inMemory(sym.ty, loc.addr, loc.off);
}

/** The place of an expression; one that is no place is evaluated, into memory where it must have an address. */
export function placeOf(f: Fn, e: Expr): Val {
  switch (e.kind) {
    case "Name": {
      const simple = evalSimple(f, e);
      if (simple !== undefined) return simple;
      if (e.sym?.kind !== "var") return expr(f, e);
      const v = varPlace(f, e.sym);
      if (e.narrowed !== true) return v;
      if (v.ty.kind === "ptr" || isThinOpt(v.ty)) return { ...v, ty: e.ty as Type };
      return someOf(v);
    }
    case "Member": {
      const simple = evalSimple(f, e);
      if (simple !== undefined) return simple;
      if (e.sym?.kind === "var") return varPlace(f, e.sym);
      if (e.index === undefined) return expr(f, e);
      const t = e.obj.ty as Type;
      if (t.kind === "ptr")
        return fieldOf(
          inMemory(t.elem as Type, load(f, expr(f, e.obj))[0], 0),
          t.elem as Type,
          e.index,
        );
      const v = placeOf(f, e.obj);
      return { ...fieldOf(v, t, e.index) };
    }
    case "Index":
      return e.obj.ty?.kind === "dyn" ? expr(f, e) : indexPlace(f, e);
    case "Unary":
      if (e.op === "*") return inMemory(e.ty as Type, load(f, expr(f, e.e))[0], 0);
      return expr(f, e);
    case "Unwrap":
      return expr(f, e);
    case "Conv":
      return e.how === "same" ? { ...placeOf(f, e.e), ty: e.ty as Type } : expr(f, e);
    default:
      return expr(f, e);
  }
}

/** An index as a 64-bit register. */
export function indexReg(f: Fn, e: Expr): number {
  const t = plain(e.ty as Type);
  const regs = load(f, expr(f, e));
  if (f.b.regs[regs[0]] === "l") return regs[0];
  const r = f.b.reg("l");
  f.b.emit(t.signed ? "widen.i32" : "widen.u32", r, regs[0]);
  return r;
}

/** `a[i]` with its bounds check. */
export function indexPlace(f: Fn, e: Expr & { kind: "Index" }): Val {
  const objTy = e.obj.ty as Type;
  const t = plain(objTy.kind === "ptr" ? (objTy.elem as Type) : objTy);
  const elem = t === STRING ? U8 : (t.elem as Type);
  const ty = e.ty as Type;
  const obj = objTy.kind === "ptr" ? inMemory(t, load(f, expr(f, e.obj))[0], 0) : placeOf(f, e.obj);
  const size = sizeOf(elem);
  const constant = e.index.kind === "Int" ? Number(e.index.value) : -1;
  if (t.kind === "array" || t.kind === "vec") {
    const home = obj.regs === undefined ? obj : spill(f, obj);
    if (constant >= 0) return inMemory(ty, home.addr, home.off + constant * size);
    const i = indexReg(f, e.index);
    f.b.emit("boundi", i, t.len);
    const p = f.b.reg("p");
    f.b.emit("pindex", p, addressOf(f, home), i, size);
    return inMemory(ty, p, 0);
  }
  const regs = load(f, obj);
  const i = indexReg(f, e.index);
  f.b.emit("bound", i, regs[1]);
  const p = f.b.reg("p");
  f.b.emit("pindex", p, regs[0], i, size);
  return inMemory(ty, p, 0);
}

/** A copy of a value in the frame, for one that needs an address. */
export function spill(f: Fn, v: Val): Val {
  if (v.regs === undefined) return v;
  const slot = tempSlot(f, v.ty);
  store(f, slot, v);
  return { ...slot, owned: v.owned };
}

/** `a[i..j]` with its bounds check. */
export function sliceOfPlace(f: Fn, e: Expr & { kind: "Slice" }): Val {
  const objTy = e.obj.ty as Type;
  const t = objTy.kind === "ptr" ? (objTy.elem as Type) : objTy;
  const ty = e.ty as Type;
  const obj = objTy.kind === "ptr" ? inMemory(t, load(f, expr(f, e.obj))[0], 0) : placeOf(f, e.obj);
  let base: number;
  let len: number;
  if (t.kind === "array") {
    base = addressOf(f, obj.regs === undefined ? obj : spill(f, obj));
    len = constInt(f, "l", BigInt(t.len));
  } else {
    const regs = load(f, obj);
    base = regs[0];
    len = regs[1];
  }
  if (e.lo === undefined && e.hi === undefined) return inRegs(ty, [base, len]);
  const lo = e.lo === undefined ? constInt(f, "l", 0n) : indexReg(f, e.lo);
  const hi = e.hi === undefined ? len : indexReg(f, e.hi);
  f.b.emit("range", lo, hi, len);
  const p = f.b.reg("p");
  const n = f.b.reg("l");
  f.b.emit("pindex", p, base, lo, sizeOf(ty.elem as Type));
  f.b.emit("wsub.i64", n, hi, lo);
  return inRegs(ty, [p, n]);
}

/** `&place`. */
export function lowerAddress(f: Fn, e: Expr): Val {
  const v = placeOf(f, e);
  const home = v.regs === undefined ? v : spill(f, v);
  return inRegs(ptrTo(e.ty as Type, false, true), [addressOf(f, home)]);
}

export { leavesOf };
