/**
 * Closures and function values: a counted block {count, code, number of cells, cells...}.
 *
 * The code takes (block, arguments, number of arguments) and gives a dynamic value. A captured variable lives in a
 * counted cell {count, drop function, value}. Invariant: whoever holds a cell's address holds one count of it.
 */
import type { FnSym } from "../check/symbol.ts";
import { DYN, isManaged, sizeOf, type Type, VOID } from "../check/type.ts";
import type { FnCode } from "../bytecode/program.ts";
import type { Closure } from "../parse/ast.ts";
import { Label } from "./builder.ts";
import { Fn, type Lowering, type Val } from "./context.ts";
import { box, boxRegs, unbox } from "./dyn.ts";
import { constInt, expr } from "./expr.ts";
import { dropFn } from "./glue.ts";
import { leavesOf } from "./shape.ts";
import { bindLocal, lowerBlockBody } from "./stmt.ts";
import {
  addressOf,
  callRt,
  copy,
  inMemory,
  inRegs,
  load,
  ownedRegs,
  take,
  tempSlot,
  zeros,
  drop,
} from "./value.ts";

const CELLS = 24;

/** A new cell for a value of type `t`; its register belongs to the variable. */
export function newCell(f: Fn, t: Type): number {
  const code = f.b.reg("p");
  if (isManaged(t)) f.b.emit("fnptr", code, cellDrop(f.p, t));
  else f.b.emit("const.ptr", code, 0);
  const cell =
    t === DYN
      ? callRt(f, "cell_new_dyn", [code])[0]
      : callRt(f, "cell_new", [constInt(f, "l", BigInt(sizeOf(t))), code])[0];
  f.own([cell]);
  return cell;
}

export function releaseCell(f: Fn, cell: number): void {
  callRt(f, "cell_release", [cell]);
}

/** `fn(at)` that drops a value of type `t` behind an address, split types included. */
function cellDrop(p: Lowering, t: Type): number {
  if (leavesOf(t) === undefined) return dropFn(p, t);
  return p.made({
    key: `cell drop ${t.name}`,
    params: "p",
    results: "",
    build: (q) => {
      const f = new Fn(q, q.rt.source, VOID, undefined);
      f.b.regs = "p";
      drop(f, inMemory(t, 0, 0));
      f.b.emit("ret", 0);
      return f.b.finish(`drop ${t.name}`, "p", "", q.file(q.rt.source));
    },
  });
}

export function lowerClosure(f: Fn, e: Closure): Val {
  const fn = e.fn as FnSym;
  const code = f.b.reg("p");
  f.b.emit("fnptr", code, f.p.fnIndex(fn));
  const captures = e.captures ?? [];
  const block = callRt(f, "closure_new", [code, constInt(f, "l", BigInt(captures.length))])[0];
  captures.forEach((sym, i) => {
    const loc = f.vars.get(sym);
    if (loc?.how !== "at") return;
    callRt(f, "cell_retain", [loc.addr]);
    f.b.emit("st.ptr", block, loc.addr, CELLS + 8 * i);
  });
  const bits = f.b.reg("l");
  f.b.emit("ptr.i64", bits, block);
  return ownedRegs(f, DYN, [constInt(f, "i", 7n), bits]);
}

/** The body of a closure. */
export function closureCode(p: Lowering, fn: FnSym, e: Closure): FnCode {
  const f = new Fn(p, fn.module.source, DYN, undefined);
  f.b.regs = "ppl";
  f.boxed = true;
  f.own([0, 1, 2]);
  f.at(e);
  (e.captures ?? []).forEach((sym, i) => {
    const cell = f.b.reg("p");
    f.b.emit("ld.ptr", cell, 0, CELLS + 8 * i);
    f.own([cell]);
    f.bind(sym, { how: "at", addr: cell, off: 16 });
  });
  callRt(f, "check_count", [2, constInt(f, "l", BigInt(fn.params.length))]);
  e.params.forEach((param, i) => {
    if (param.sym === undefined) return;
    const arg = inMemory(DYN, 1, i * 16);
    const t = fn.params[i].ty;
    const v = t === DYN ? copy(f, arg) : unbox(f, arg, t);
    if (v.owned !== undefined) v.owned.live = false;
    bindLocal(f, param.sym, { ...v, owned: undefined });
  });
  const inner = new ClosureFn(f, fn.ret);
  inner.body(e);
  return f.b.finish(`closure in ${fn.module.name}`, "ppl", "il", p.file(fn.module.source));
}

/** Runs a body whose declared result is boxed on the way out. */
class ClosureFn {
  readonly f: Fn;
  readonly ret: Type;
  constructor(f: Fn, ret: Type) {
    this.f = f;
    this.ret = ret;
  }

  body(e: Closure): void {
    const f = this.f;
    lowerBlockBody(f, e.body.body);
    if (f.b.dead) return;
    const value = e.body.value;
    if (value === undefined) {
      f.leave(0, false);
      f.b.emit("ret", 2, ...zeros(f, DYN));
      return;
    }
    let out: readonly number[];
    if (value.ty === VOID) {
      expr(f, value);
      out = zeros(f, DYN);
    } else out = load(f, take(f, box(f, value)));
    const kept = out.map((r) => (f.isVar(r) ? f.copyReg(r) : r));
    f.leave(0, false);
    f.b.emit("ret", 2, ...kept);
  }
}

/** Code that makes a plain function callable as a dynamic value. */
export function fnThunk(p: Lowering, fn: FnSym): number {
  return p.made({
    key: `thunk ${fn.module.key} ${fn.owner?.name ?? ""}.${fn.name} ${fn.pos}`,
    params: "ppl",
    results: "il",
    build: (q) => {
      const f = new Fn(q, fn.module.source, DYN, undefined);
      f.b.regs = "ppl";
      f.own([0, 1, 2]);
      f.at({ pos: fn.pos });
      callRt(f, "check_count", [2, constInt(f, "l", BigInt(fn.params.length))]);
      const slot = leavesOf(fn.ret) === undefined ? tempSlot(f, fn.ret) : undefined;
      const args: number[] = slot === undefined ? [] : [addressOf(f, slot)];
      fn.params.forEach((param, i) => {
        const arg = inMemory(DYN, 1, i * 16);
        args.push(...load(f, param.ty === DYN ? arg : unbox(f, arg, param.ty)));
      });
      const sig = f.sigOf(fn);
      const out = [...sig.results].map((c) => f.b.reg(c));
      f.b.emit("call", p.fnIndex(fn), args.length, out.length, ...args, ...out);
      if (fn.err !== undefined) failIfError(f, out[out.length - 1]);
      const v = slot ?? inRegs(fn.ret, fn.err === undefined ? out : out.slice(0, -1));
      const result = fn.ret === VOID ? zeros(f, DYN) : fn.ret === DYN ? load(f, v) : boxRegs(f, v);
      if (isManaged(fn.ret) && fn.ret !== DYN) drop(f, v);
      f.leave(0, false);
      f.b.emit("ret", 2, ...result);
      return f.b.finish(fn.name, "ppl", "il", q.file(fn.module.source));
    },
  });
}

function failIfError(f: Fn, tag: number): void {
  const good = new Label();
  f.b.jump("jf", good, tag);
  const text = "a function called as a dynamic value returned an error";
  const at = f.b.reg("p");
  f.b.emit("const.ptr", at, f.p.data.text(text));
  f.b.emit("trap.text", at, constInt(f, "l", BigInt(text.length)), 13);
  f.b.place(good);
}
