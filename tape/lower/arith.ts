/**
 * Unary and binary operators. Small integers compute in 32 bits and are then checked, wrapped or clamped.
 */
import { BOOL, plain, STRING, type Type } from "../check/type.ts";
import type { Binary, Expr, Unary } from "../parse/ast.ts";
import { condValue } from "./cond.ts";
import type { Fn, Val } from "./context.ts";
import { lowerDynBinary, lowerDynUnary } from "./dyn.ts";
import { constInt, expr } from "./expr.ts";
import { lowerAddress, placeOf } from "./place.ts";
import { lowerVector } from "./vector.ts";
import { callRt, copy, inRegs, load, ownedRegs } from "./value.ts";

const comparing = new Set(["==", "!=", "<", "<=", ">", ">="]);

export function lowerUnary(f: Fn, e: Unary, want: readonly number[] | undefined): Val {
  const ty = e.ty as Type;
  const t = plain(ty);
  if (e.op === "&") return { ...lowerAddress(f, e.e), ty };
  if (e.op === "*") return placeOf(f, e);
  if (t.kind === "dyn") return lowerDynUnary(f, e);
  const a = load(f, expr(f, e.e))[0];
  const cls = f.b.regs[a];
  const d = want?.[0] ?? f.b.reg(cls);
  f.at(e);
  if (e.op === "!") {
    const one = constInt(f, "i", 1n);
    f.b.emit("xor.i32", d, a, one);
  } else if (e.op === "~") {
    f.b.emit(cls === "l" ? "xor.i64" : "xor.i32", d, a, constInt(f, cls, -1n));
    if (t.bits < 32) f.b.emit(`ext.${t.name}`, d, d);
  } else if (t.kind === "float") f.b.emit(`neg.${t.name}`, d, a);
  else {
    f.b.emit(cls === "l" ? "sub.i64" : "sub.i32", d, constInt(f, cls, 0n), a);
    if (t.bits < 32) f.b.emit(`fit.${t.name}`, d, d);
  }
  return inRegs(ty, [d]);
}

/** Whether evaluating `e` may change variables that were read before it. */
export function mayChange(e: Expr): boolean {
  switch (e.kind) {
    case "Int":
    case "Float":
    case "Str":
    case "Bool":
    case "Null":
    case "Name":
      return false;
    case "Member":
      return mayChange(e.obj);
    case "Index":
      return mayChange(e.obj) || mayChange(e.index);
    case "Unary":
    case "Cast":
    case "Conv":
    case "Unwrap":
      return mayChange(e.e);
    case "Binary":
      return mayChange(e.left) || mayChange(e.right);
    default:
      return true;
  }
}

/** Evaluates both operands; the left one is kept safe from what the right one may do. */
export function operands(f: Fn, left: Expr, right: Expr): [readonly number[], readonly number[]] {
  let a = load(f, expr(f, left));
  if (mayChange(right)) {
    if (
      plain(left.ty as Type) === STRING &&
      left.kind !== "Str" &&
      left.kind !== "Interp" &&
      left.kind !== "Call"
    ) {
      a = load(f, ownedRegs(f, STRING, load(f, copy(f, inRegs(STRING, a)))));
    } else a = a.map((r) => (f.isVar(r) ? f.copyReg(r) : r));
  }
  return [a, load(f, expr(f, right))];
}

export function lowerBinary(f: Fn, e: Binary, want: readonly number[] | undefined): Val {
  const ty = e.ty as Type;
  const operand = plain(e.left.ty as Type);
  if (operand.kind === "dyn")
    return comparing.has(e.op) ? condValue(f, e, want) : lowerDynBinary(f, e);
  if (operand.kind === "vec") return lowerVector(f, e);
  if (comparing.has(e.op)) return condValue(f, e, want);
  if (operand === STRING) {
    const [a, b] = operands(f, e.left, e.right);
    f.at(e);
    return ownedRegs(f, STRING, callRt(f, "str_concat", [a[0], a[1], b[0], b[1]]));
  }
  const fast = immediate(f, e, want);
  if (fast !== undefined) return fast;
  const [ra, rb] = operands(f, e.left, e.right);
  f.at(e);
  const a = ra[0];
  let b = rb[0];
  const cls = f.b.regs[a];
  if ((e.op === "<<" || e.op === ">>") && f.b.regs[b] === "l") {
    const n = f.b.reg("i");
    f.b.emit("narrow.i64", n, b);
    b = n;
  }
  const d = want?.[0] ?? f.b.reg(cls);
  if (operand.kind === "float") {
    const names: Record<string, string> = { "+": "add", "-": "sub", "*": "mul", "/": "div" };
    f.b.emit(`${names[e.op]}.${operand.name}`, d, a, b);
    return inRegs(ty, [d]);
  }
  emitInt(f, e.op, operand === BOOL ? BOOL : operand, d, a, b);
  return inRegs(ty, [d]);
}

/** `x + 3`, `i += 1`: additions of small constants. */
function immediate(f: Fn, e: Binary, want: readonly number[] | undefined): Val | undefined {
  const t = plain(e.left.ty as Type);
  if ((e.op !== "+" && e.op !== "-") || e.right.kind !== "Int" || t.kind !== "int" || !t.signed)
    return undefined;
  const n = e.op === "+" ? e.right.value : -e.right.value;
  if (n < -2147483648n || n > 2147483647n) return undefined;
  const a = load(f, expr(f, e.left))[0];
  const d = want?.[0] ?? f.b.reg(f.b.regs[a]);
  f.at(e);
  f.b.emit(t.bits === 64 ? "addi.i64" : "addi.i32", d, a, Number(n));
  if (t.bits < 32) f.b.emit(`fit.${t.name}`, d, d);
  return inRegs(e.ty as Type, [d]);
}

const trapNames: Record<string, string> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "%": "rem",
};
const plainNames: Record<string, string> = {
  "&": "and",
  "|": "or",
  "^": "xor",
  "+%": "wadd",
  "-%": "wsub",
  "*%": "wmul",
};

/** Emits an integer operation of type `t`. */
export function emitInt(f: Fn, op: string, t: Type, d: number, a: number, b: number): void {
  const wide = t.bits === 64 ? "64" : "32";
  const small = t.kind === "int" && t.bits < 32;
  const s = t.signed || small ? "i" : "u";
  if (trapNames[op] !== undefined) {
    f.b.emit(`${trapNames[op]}.${s}${wide}`, d, a, b);
    if (small && op !== "%") f.b.emit(`fit.${t.name}`, d, d);
  } else if (plainNames[op] !== undefined) {
    f.b.emit(`${plainNames[op]}.i${wide}`, d, a, b);
    if (small && op.endsWith("%")) f.b.emit(`ext.${t.name}`, d, d);
  } else if (op === "+|" || op === "-|") {
    f.b.emit(`sat${op === "+|" ? "add" : "sub"}.${s}${wide}`, d, a, b);
    if (small) f.b.emit(`clamp.${t.name}`, d, d);
  } else {
    let count = b;
    if (small) {
      count = f.b.reg("i");
      f.b.emit("and.i32", count, b, constInt(f, "i", BigInt(t.bits - 1)));
    }
    f.b.emit(`${op === "<<" ? "shl.i" : t.signed ? "shr.i" : "shr.u"}${wide}`, d, a, count);
    if (small && op === "<<") f.b.emit(`ext.${t.name}`, d, d);
  }
}
