/**
 * Dynamic values: a tag and 64 bits. Tags up to 3 (null, bool, int, float) hold their value, the rest a counted
 * heap block. The operations themselves are library code in the run-time module.
 */
import { BOOL, DYN, plain, rangeOf, sizeOf, STRING, type Type } from "../check/type.ts";
import { dynShapes } from "../check/cast.ts";
import type { Binary, Call, Expr, Unary } from "../parse/ast.ts";
import { Label } from "./builder.ts";
import { fnThunk } from "./closure.ts";
import type { Fn, Val } from "./context.ts";
import { constInt, expr } from "./expr.ts";
import { placeOf, spill } from "./place.ts";
import { enumText } from "./text.ts";
import {
  addressOf,
  callRt,
  copy,
  fieldOf,
  inMemory,
  inRegs,
  jumpIfNull,
  load,
  moveRegs,
  newRegs,
  ownedRegs,
  someOf,
  store,
  take,
  tempSlot,
  zeros,
} from "./value.ts";

const TAG = { null: 0n, bool: 1n, int: 2n, float: 3n, string: 4n, list: 5n, map: 6n, function: 7n };

function tagged(f: Fn, tag: keyof typeof TAG, bits: number): Val {
  return inRegs(DYN, [constInt(f, "i", TAG[tag]), bits]);
}

/** An expression as a dynamic value that the caller's statement owns. */
export function box(f: Fn, e: Expr): Val {
  if (e.kind === "ArrayLit" && e.ty?.kind === "dyn") {
    const list = callRt(f, "list_new", [constInt(f, "l", BigInt(e.items.length))])[0];
    const out = ownedRegs(f, DYN, load(f, tagged(f, "list", pointerBits(f, list))));
    for (const item of e.items) callRt(f, "list_push", [list, ...load(f, take(f, expr(f, item)))]);
    return out;
  }
  if ((e.kind === "Name" || e.kind === "Member") && e.sym?.kind === "fn") {
    const code = f.b.reg("p");
    f.b.emit("fnptr", code, fnThunk(f.p, e.sym));
    const block = callRt(f, "closure_new", [code, constInt(f, "l", 0n)])[0];
    return ownedRegs(f, DYN, load(f, tagged(f, "function", pointerBits(f, block))));
  }
  if (e.kind === "Null") return inRegs(DYN, zeros(f, DYN));
  const v = expr(f, e);
  if (v.ty.kind === "dyn") return v;
  return ownedRegs(f, DYN, boxRegs(f, v));
}

function pointerBits(f: Fn, p: number): number {
  const l = f.b.reg("l");
  f.b.emit("ptr.i64", l, p);
  return l;
}

/** Registers of a dynamic value made from `v`; the caller owns it. */
export function boxRegs(f: Fn, v: Val): readonly number[] {
  const t = v.ty;
  switch (t.kind) {
    case "int": {
      const r = load(f, v)[0];
      if (t.bits === 64) return load(f, tagged(f, "int", r));
      const wide = f.b.reg("l");
      f.b.emit(t.signed ? "widen.i32" : "widen.u32", wide, r);
      return load(f, tagged(f, "int", wide));
    }
    case "bool": {
      const wide = f.b.reg("l");
      f.b.emit("widen.u32", wide, load(f, v)[0]);
      return load(f, tagged(f, "bool", wide));
    }
    case "float": {
      let r = load(f, v)[0];
      if (t.bits === 32) {
        const wide = f.b.reg("d");
        f.b.emit("f64.f32", wide, r);
        r = wide;
      }
      const bits = f.b.reg("l");
      f.b.emit("bits.f64", bits, r);
      return load(f, tagged(f, "float", bits));
    }
    case "string":
      return callRt(f, "dyn_string", load(f, v).slice(0, 2));
    case "enum":
      return callRt(f, "dyn_string", enumText(f, t, load(f, v)[0], "name"));
    case "opt": {
      const out = newRegs(f, DYN);
      const isNull = new Label();
      const end = new Label();
      jumpIfNull(f, v, isNull);
      moveRegs(f, out, boxRegs(f, someOf(v)));
      f.b.jump("jmp", end);
      f.b.place(isNull);
      moveRegs(f, out, zeros(f, DYN));
      f.b.place(end);
      return out;
    }
    case "array":
    case "slice":
      return boxItems(f, v);
    case "struct":
      return boxFields(f, v);
    case "dyn":
      return load(f, copy(f, v));
    default:
      return zeros(f, DYN);
  }
}

function boxItems(f: Fn, v: Val): readonly number[] {
  const t = v.ty;
  const elem = t.elem as Type;
  let start: number;
  let n: number;
  if (t.kind === "array") {
    start = addressOf(f, spill(f, v));
    n = constInt(f, "l", BigInt(t.len));
  } else [start, n] = load(f, v);
  const list = callRt(f, "list_new", [n])[0];
  const i = f.b.reg("l");
  const head = new Label();
  const end = new Label();
  f.b.emit("const.i64", i, 0, 0);
  f.b.placeLoop(head);
  f.b.jump("jles.i64", end, n, i);
  const p = f.b.reg("p");
  f.b.emit("pindex", p, start, i, sizeOf(elem));
  callRt(f, "list_push", [list, ...boxRegs(f, inMemory(elem, p, 0))]);
  f.b.emit("addi.i64", i, i, 1);
  f.b.jump("jmp", head);
  f.b.place(end);
  return load(f, tagged(f, "list", pointerBits(f, list)));
}

function boxFields(f: Fn, v: Val): readonly number[] {
  const map = callRt(f, "map_new", [])[0];
  (v.ty.fields ?? []).forEach((field, i) => {
    const key = f.b.reg("p");
    f.b.emit("const.ptr", key, f.p.data.text(field.name));
    const n = constInt(f, "l", BigInt(field.name.length));
    callRt(f, "map_put", [map, key, n, ...boxRegs(f, fieldOf(v, v.ty, i))]);
  });
  return load(f, tagged(f, "map", pointerBits(f, map)));
}

/** A dynamic value as a `ty`; traps when it is something else. Strings are copies that the statement owns. */
export function unbox(f: Fn, v: Val, ty: Type): Val {
  const t = plain(ty);
  const regs = load(f, v);
  if (t.kind === "int") {
    const [low, high] = t.bits === 64 ? rangeOf({ ...t, signed: true } as Type) : rangeOf(t);
    const wide = callRt(f, "dyn_to_int", [
      ...regs,
      constInt(f, "l", low),
      constInt(f, "l", high),
    ])[0];
    if (t.bits === 64) return inRegs(ty, [wide]);
    const r = f.b.reg("i");
    f.b.emit("narrow.i64", r, wide);
    return inRegs(ty, [r]);
  }
  if (t.kind === "float") {
    const d = callRt(f, "dyn_to_f64", regs)[0];
    if (t.bits === 64) return inRegs(ty, [d]);
    const r = f.b.reg("f");
    f.b.emit("f32.f64", r, d);
    return inRegs(ty, [r]);
  }
  if (t === BOOL) return inRegs(ty, callRt(f, "dyn_to_bool", regs));
  if (t === STRING) return ownedRegs(f, STRING, callRt(f, "dyn_to_string", regs));
  return v;
}

/** Whether a dynamic value is a `want`, as 0 or 1. */
export function isDyn(f: Fn, regs: readonly number[], want: Type): number {
  const d = f.b.reg("i");
  if (want.kind === "int" && want.bits < 64) {
    const [low, high] = rangeOf(want);
    return callRt(f, "dyn_is_int", [...regs, constInt(f, "l", low), constInt(f, "l", high)])[0];
  }
  const shape = (Object.keys(dynShapes) as (keyof typeof TAG)[]).find((k) => dynShapes[k] === want);
  const name =
    shape ??
    (want.kind === "int"
      ? "int"
      : want.kind === "float"
        ? "float"
        : want === BOOL
          ? "bool"
          : want === STRING
            ? "string"
            : "null");
  if (want === DYN) f.b.emit("const.i32", d, 1);
  else f.b.emit("eq.i32", d, regs[0], constInt(f, "i", TAG[name]));
  return d;
}

function key(f: Fn, name: string): number[] {
  const p = f.b.reg("p");
  f.b.emit("const.ptr", p, f.p.data.text(name));
  return [p, constInt(f, "l", BigInt(name.length))];
}

/** `d.name`, `d[i]`. */
export function dynGet(f: Fn, e: Expr & { kind: "Member" | "Index" | "Name" }): Val {
  if (e.kind === "Name") return expr(f, e);
  const obj = load(f, expr(f, e.obj));
  f.at(e);
  if (e.kind === "Member")
    return ownedRegs(f, DYN, callRt(f, "dyn_field", [...obj, ...key(f, e.name)]));
  const safe = obj.map((r) => (f.isVar(r) ? f.copyReg(r) : r));
  const index = load(f, expr(f, e.index));
  f.at(e);
  return ownedRegs(f, DYN, callRt(f, "dyn_index", [...safe, ...index]));
}

/** `d.name = v`, `d[i] = v`. */
export function setDyn(f: Fn, place: Expr & { kind: "Member" | "Index" }, value: Expr): void {
  const v = load(f, take(f, expr(f, value)));
  const obj = load(f, expr(f, place.obj));
  if (place.kind === "Member") {
    f.at(place);
    callRt(f, "dyn_set_field", [...obj, ...key(f, place.name), ...v]);
  } else {
    const index = load(f, expr(f, place.index));
    f.at(place);
    callRt(f, "dyn_set_index", [...obj, ...index, ...v]);
  }
}

/** `d(args)`: arguments go through an array in the frame. */
export function callDyn(f: Fn, e: Call): Val {
  const callee = load(f, expr(f, e.fn));
  const n = e.args.length;
  const off = f.b.slot(Math.max(16, n * 16), 8);
  e.args.forEach((a, i) => store(f, inMemory(DYN, -1, off + i * 16), expr(f, a.value)));
  const args = f.frameReg(off);
  f.at(e);
  return ownedRegs(f, DYN, callRt(f, "dyn_call", [...callee, args, constInt(f, "l", BigInt(n))]));
}

const names: Record<string, string> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "%": "rem",
  "<<": "shl",
  ">>": "shr",
};

export function lowerDynBinary(f: Fn, e: Binary): Val {
  const a = load(f, expr(f, e.left)).map((r) => (f.isVar(r) ? f.copyReg(r) : r));
  const b = load(f, expr(f, e.right));
  f.at(e);
  return ownedRegs(f, DYN, callRt(f, `dyn_${names[e.op]}`, [...a, ...b]));
}

export function lowerDynUnary(f: Fn, e: Unary): Val {
  const a = load(f, expr(f, e.e));
  f.at(e);
  return ownedRegs(f, DYN, callRt(f, "dyn_neg", a));
}

/** A comparison of dynamic values as 0 or 1. */
export function dynCompare(f: Fn, e: Binary): number {
  const a = load(f, expr(f, e.left)).map((r) => (f.isVar(r) ? f.copyReg(r) : r));
  const b = load(f, expr(f, e.right));
  f.at(e);
  const one = (): number => constInt(f, "i", 1n);
  const not = (r: number): number => {
    const d = f.b.reg("i");
    f.b.emit("xor.i32", d, r, one());
    return d;
  };
  switch (e.op) {
    case "==":
      return callRt(f, "dyn_equal", [...a, ...b])[0];
    case "!=":
      return not(callRt(f, "dyn_equal", [...a, ...b])[0]);
    case "<":
      return callRt(f, "dyn_less", [...a, ...b])[0];
    case ">":
      return callRt(f, "dyn_less", [...b, ...a])[0];
    case "<=":
      return callRt(f, "dyn_at_most", [...a, ...b])[0];
    default:
      return callRt(f, "dyn_at_most", [...b, ...a])[0];
  }
}

export { placeOf, tempSlot };
