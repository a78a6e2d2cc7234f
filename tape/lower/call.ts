/**
 * Calls: arguments into registers, results out of them; memory results are built where the caller wants them.
 */
import { isManaged, plain, STRING, type Type, U8 } from "../check/type.ts";
import type { Call, Expr } from "../parse/ast.ts";
import { mayChange } from "./arith.ts";
import type { Fn, Val } from "./context.ts";
import { callDyn } from "./dyn.ts";
import { constInt, expr } from "./expr.ts";
import { placeOf, spill } from "./place.ts";
import { classesOf, leavesOf, signatureOf } from "./shape.ts";
import { enumText, enumTable } from "./text.ts";
import {
  addressOf,
  callRt,
  copy,
  inRegs,
  load,
  newRegs,
  ownedMemory,
  ownedRegs,
  tempSlot,
} from "./value.ts";

/** A call's value and, when it can fail, the register of its tag (0 for success, else error + 1). */
export interface Called {
  readonly value: Val;
  readonly tag: number;
}

/** Calls that cannot fail. */
export function lowerCall(f: Fn, e: Call, want?: readonly number[], into?: Val): Val {
  const target = e.target;
  if (target?.how === "builtin") return lowerEnumOrSelect(f, e, target.name, want);
  if (target?.how === "dyn") return callDyn(f, e);
  return lowerFallible(f, e, want, into).value;
}

/** Calls that may fail, and those that cannot. */
export function lowerFallible(f: Fn, e: Call, want?: readonly number[], into?: Val): Called {
  const fnTy = e.fn.ty as Type;
  const direct = e.target?.how === "fn" ? e.target.fn : undefined;
  const ret = direct?.ret ?? (fnTy.ret as Type);
  const err = direct !== undefined ? direct.err : fnTy.err;
  const self = e.target?.how === "fn" ? e.target.self : undefined;
  const pointer = direct === undefined ? load(f, expr(f, e.fn))[0] : -1;
  const list =
    self === undefined ? e.args.map((a) => a.value) : [self, ...e.args.map((a) => a.value)];
  const args: number[] = [];
  let place: Val | undefined;
  if (leavesOf(ret) === undefined) {
    place = into ?? tempSlot(f, ret);
    args.push(addressOf(f, place));
  }
  list.forEach((arg, i) => args.push(...argument(f, arg, list.slice(i + 1).some(mayChange))));
  const leaves = leavesOf(ret) ?? [];
  const useWant =
    want !== undefined && want.length === leaves.length && leaves.length === 1 && !isManaged(ret);
  const out: number[] = useWant ? [...want] : leaves.map((l) => f.b.reg(l.cls));
  const tag = err === undefined ? -1 : f.b.reg("i");
  const results = err === undefined ? out : [...out, tag];
  f.at(e);
  const outside = direct?.decl?.body === undefined ? direct?.decl?.extern : undefined;
  const provided = outside === undefined ? undefined : f.p.provided.get(outside);
  if (direct !== undefined && provided !== undefined) {
    f.b.emit("call", f.p.fnIndex(provided), args.length, results.length, ...args, ...results);
  } else if (direct !== undefined && outside !== undefined) {
    const sig = signatureOf(
      direct.params.map((p) => p.ty),
      ret,
      err,
    );
    f.b.emit(
      "host",
      f.p.importIndex(outside, sig.params, sig.results),
      args.length,
      results.length,
      ...args,
      ...results,
    );
  } else if (direct !== undefined) {
    f.b.emit("call", f.p.fnIndex(direct), args.length, results.length, ...args, ...results);
  } else {
    const sig = signatureOf(fnTy.params as Type[], ret, err);
    f.b.emit(
      "calli",
      pointer,
      f.p.sigIndex(sig.params, sig.results),
      args.length,
      results.length,
      ...args,
      ...results,
    );
  }
  if (err !== undefined) {
    // The handler decides who owns the value: on failure there is none.
    return { value: place ?? inRegs(ret, out), tag };
  }
  if (place !== undefined)
    return { value: into === undefined ? ownedMemory(f, place) : place, tag };
  return { value: ownedRegs(f, ret, out), tag };
}

/** Registers of one argument: borrowed, or copied when something later may free or change it. */
export function argument(f: Fn, e: Expr, later: boolean): readonly number[] {
  const t = e.ty as Type;
  const v = expr(f, e);
  if (isManaged(t) && v.owned === undefined && !stable(f, e)) {
    const own = copy(f, v);
    const held = own.regs === undefined ? ownedMemory(f, own) : ownedRegs(f, t, own.regs);
    return leavesOf(t) === undefined ? [addressOf(f, held)] : load(f, held);
  }
  if (leavesOf(t) === undefined) return [addressOf(f, v)];
  const regs = load(f, v);
  return later ? regs.map((r) => (f.isVar(r) ? f.copyReg(r) : r)) : regs;
}

/** Whether a managed value stays alive during a call that borrows it. */
function stable(f: Fn, e: Expr): boolean {
  switch (e.kind) {
    case "Str":
    case "Null":
      return true;
    case "Name":
      if (e.sym?.kind !== "var") return true;
      if (e.sym.how === "const" || e.sym.how === "param") return !e.sym.captured;
      return (
        e.sym.module === undefined && !e.sym.captured && !(e.sym.addressed && e.sym.how === "var")
      );
    case "Member":
      return e.index !== undefined && e.obj.ty?.kind !== "ptr" && stable(f, e.obj);
    case "Conv":
    case "Unwrap":
      return stable(f, e.e);
    default:
      return false;
  }
}

function lowerEnumOrSelect(f: Fn, e: Call, name: string, want: readonly number[] | undefined): Val {
  const ty = e.ty as Type;
  const args = e.args.map((a) => a.value);
  if (name === "declassify") return { ...expr(f, args[0], want), ty };
  if (name === "select") {
    const c = load(f, expr(f, args[0]))[0];
    const a = load(f, expr(f, args[1]))[0];
    const b = load(f, expr(f, args[2]))[0];
    const cls = f.b.regs[a];
    const d = want?.[0] ?? f.b.reg(cls);
    const names: Record<string, string> = { i: "i32", l: "i64", f: "f32", d: "f64", p: "ptr" };
    f.b.emit(`select.${names[cls]}`, d, c, a, b);
    return inRegs(ty, [d]);
  }
  const t = e.fn.ty as Type;
  const value = load(f, expr(f, args[0]))[0];
  if (name === "from") {
    const table = enumTable(f, t, "name");
    let wide = value;
    if (f.b.regs[value] === "i") {
      wide = f.b.reg("l");
      f.b.emit(plain(t.backing ?? U8).signed ? "widen.i32" : "widen.u32", wide, value);
    }
    const flag = callRt(f, "enum_has", [...table, wide])[0];
    return inRegs(ty, [flag, value]);
  }
  const text = enumText(f, t, value, name === "desc" ? "desc" : "name");
  return inRegs(STRING, [...text, constInt(f, "l", 0n)]);
}

export { classesOf, newRegs, placeOf, spill };
