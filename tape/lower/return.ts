/**
 * Leaving a function: the value is safe before cleanups run, then the results go back.
 */
import { isManaged, type Type, VOID } from "../check/type.ts";
import type { VarSym } from "../check/symbol.ts";
import type { Expr } from "../parse/ast.ts";
import { Label } from "./builder.ts";
import { lowerFallible } from "./call.ts";
import type { Fn } from "./context.ts";
import { box } from "./dyn.ts";
import { constInt, expr, exprInto } from "./expr.ts";
import { leavesOf } from "./shape.ts";
import { inMemory, load, take, zeros } from "./value.ts";

function ret(f: Fn, regs: readonly number[]): void {
  f.b.emit("ret", regs.length, ...regs);
}

/** `return`, `return value`, `return Error.Kind`. */
export function lowerReturn(f: Fn, value: Expr | undefined, isError: boolean): void {
  const zero = (): number => constInt(f, "i", 0n);
  if (value === undefined || (f.ret === VOID && value.ty === VOID)) {
    if (value !== undefined) expr(f, value);
    f.leave(0, false);
    ret(f, f.err === undefined ? (f.boxed ? zeros(f, f.ret) : []) : [zero()]);
    return;
  }
  if (isError) {
    const inner = value.kind === "Conv" ? value.e : value;
    const v = load(f, expr(f, inner))[0];
    const tag = f.b.reg("i");
    if (f.b.regs[v] === "l") f.b.emit("narrow.i64", tag, v);
    f.b.emit("addi.i32", tag, f.b.regs[v] === "l" ? tag : v, 1);
    returnFailure(f, tag);
    return;
  }
  if (value.ty?.kind === "result" && value.kind === "Call") {
    passOn(f, value);
    return;
  }
  if (f.boxed && value.ty !== f.ret) {
    const out = load(f, take(f, box(f, value))).map((r) => (f.isVar(r) ? f.copyReg(r) : r));
    f.leave(0, false);
    ret(f, out);
    return;
  }
  const sym = movable(f, value);
  if (leavesOf(f.ret) === undefined) {
    if (sym !== undefined) exprRaw(f, value);
    else exprInto(f, value, inMemory(f.ret, f.sret, 0));
    f.leave(0, false, sym);
    ret(f, f.err === undefined ? [] : [zero()]);
    return;
  }
  const v = sym === undefined ? take(f, expr(f, value)) : expr(f, value);
  const regs = load(f, v).map((r) =>
    f.isVar(r) && f.scopes.some((s) => s.length > 0) ? f.copyReg(r) : r,
  );
  f.leave(0, false, sym);
  ret(f, f.err === undefined ? regs : [...regs, zero()]);
}

import { store } from "./value.ts";

function exprRaw(f: Fn, value: Expr): void {
  store(f, inMemory(f.ret, f.sret, 0), expr(f, value));
}

/** A managed local that a `return` moves out instead of copying. */
function movable(f: Fn, e: Expr): VarSym | undefined {
  if (e.kind !== "Name" || e.narrowed === true || e.sym?.kind !== "var" || !isManaged(e.ty as Type))
    return undefined;
  const sym = e.sym;
  const mine = f.scopes.some((list) => list.some((c) => c.sym === sym && c.live));
  return mine && !sym.captured ? sym : undefined;
}

/** Returns a failure whose tag (error + 1) is in a register. */
export function returnFailure(f: Fn, tag: number): void {
  if (f.err === undefined) {
    // A test: an error that is passed on fails it.
    const text = "an error was passed on";
    const p = f.b.reg("p");
    f.b.emit("const.ptr", p, f.p.data.text(text));
    f.b.emit("trap.text", p, constInt(f, "l", BigInt(text.length)), 15);
    return;
  }
  const kept = f.isVar(tag) ? f.copyReg(tag) : tag;
  f.leave(0, true);
  ret(f, leavesOf(f.ret) === undefined ? [kept] : [...zeros(f, f.ret), kept]);
}

/** `or return` on an optional: returns `null`, or nothing. */
export function returnNull(f: Fn): void {
  f.leave(0, false);
  if (leavesOf(f.ret) === undefined) {
    const z = constInt(f, "i", 0n);
    f.b.emit("st.8", f.sret, z, 0);
    ret(f, f.err === undefined ? [] : [z]);
    return;
  }
  const regs = f.ret === VOID ? [] : zeros(f, f.ret);
  ret(f, f.err === undefined ? regs : [...regs, constInt(f, "i", 0n)]);
}

/** `return call()` where the call can fail with the same errors. */
function passOn(f: Fn, call: Expr & { kind: "Call" }): void {
  const place = leavesOf(f.ret) === undefined ? inMemory(f.ret, f.sret, 0) : undefined;
  const { value, tag } = lowerFallible(f, call, undefined, place);
  const regs = place === undefined ? load(f, value) : [];
  if (f.hasErrDefer) {
    const good = new Label();
    f.b.jump("jf", good, tag);
    f.leave(0, true);
    ret(f, [...regs, tag]);
    f.b.place(good);
  }
  f.leave(0, false);
  ret(f, [...regs, tag]);
}
