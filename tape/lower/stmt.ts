/** Statements to instructions. */
import { DYN, isManaged, plain, sizeOf, STRING, type Type, U8, alignOf } from "../check/type.ts";
import type { VarSym } from "../check/symbol.ts";
import type { Assign, Bind, Expr, For, Stmt } from "../parse/ast.ts";
import { Label } from "./builder.ts";
import { releaseCell, newCell } from "./closure.ts";
import { branch } from "./cond.ts";
import type { Fn, Val } from "./context.ts";
import { setDyn } from "./dyn.ts";
import { constInt, expr, exprInto } from "./expr.ts";
import { lowerMatch } from "./match.ts";
import { placeOf, spill } from "./place.ts";
import { lowerReturn } from "./return.ts";
import { leavesOf } from "./shape.ts";
import {
  addressOf,
  callRt,
  copy,
  drop,
  inMemory,
  inRegs,
  jumpIfNull,
  load,
  moveRegs,
  newRegs,
  someOf,
  store,
  take,
  tempSlot,
  zero,
} from "./value.ts";

/** The statements of a block; the caller holds the scope. */
export function lowerBlockBody(f: Fn, body: readonly Stmt[]): void {
  for (const s of body) {
    if (f.b.dead) return;
    lowerStmt(f, s);
  }
}

function block(f: Fn, body: readonly Stmt[]): void {
  const mark = f.b.mark();
  const before = f.bound;
  f.scope(() => lowerBlockBody(f, body));
  f.unbind(before);
  f.b.release(mark, (r) => f.isVar(r));
}

/** One statement; its temporaries are dropped and its registers freed at the end. */
export function lowerStmt(f: Fn, s: Stmt): void {
  f.at(s);
  const mark = f.b.mark();
  switch (s.kind) {
    case "Block":
      block(f, s.body);
      break;
    case "Bind":
      if (s.how !== "const") lowerBind(f, s);
      break;
    case "Assign":
      f.scope(() => lowerAssign(f, s));
      break;
    case "ExprStmt":
      f.scope(() => void expr(f, s.e));
      break;
    case "If": {
      const other = new Label();
      condition(f, s.cond, false, other);
      block(f, s.then.body);
      if (s.other === undefined) f.b.place(other);
      else {
        const end = new Label();
        f.b.jump("jmp", end);
        f.b.place(other);
        if (!f.b.dead) lowerStmt(f, s.other);
        f.b.place(end);
      }
      break;
    }
    case "While":
      loop(f, s.cond, () => block(f, s.body.body), undefined);
      break;
    case "ForC":
      f.scope(() => {
        lowerBind(f, s.init);
        loop(
          f,
          s.cond,
          () => block(f, s.body.body),
          () => lowerStmt(f, s.step),
        );
      });
      break;
    case "For":
      f.scope(() => lowerFor(f, s));
      break;
    case "Match":
      lowerMatch(f, s);
      break;
    case "Return":
      lowerReturn(f, s.value, s.isError === true);
      break;
    case "Jump": {
      const l = f.loops[f.loops.length - 1];
      f.leave(l.depth, false);
      f.b.jump("jmp", s.how === "break" ? l.breakTo : l.continueTo);
      break;
    }
    case "Defer":
      f.addCleanup((g) => g.scope(() => lowerBlockBody(g, [s.body])), undefined, s.onError);
      break;
    case "TapeBlock":
      lowerBlockBody(f, s.out ?? []);
      break;
    case "Emit":
      break;
  }
  f.b.release(mark, (r) => f.isVar(r));
}

/** A condition of a statement: temporaries are gone before either branch goes on. */
function condition(f: Fn, cond: Expr, when: boolean, target: Label): void {
  f.scopes.push([]);
  const list = f.scopes[f.scopes.length - 1];
  const probe = f.b.code.length;
  void probe;
  if (simple(cond)) branch(f, cond, when, target);
  else {
    const r = load(f, expr(f, cond))[0];
    f.runCleanups(list, false, undefined);
    f.b.jump(when ? "jt" : "jf", target, r);
  }
  f.scopes.pop();
}

/** Conditions that make no temporaries. */
function simple(e: Expr): boolean {
  switch (e.kind) {
    case "Int":
    case "Float":
    case "Bool":
    case "Null":
    case "Name":
    case "Str":
      return true;
    case "Member":
      return e.obj.ty?.kind !== "dyn" && simple(e.obj);
    case "Index":
      return e.obj.ty?.kind !== "dyn" && simple(e.obj) && simple(e.index);
    case "Unary":
    case "Unwrap":
    case "Conv":
      return e.ty?.kind !== "dyn" && simple(e.e);
    case "Cast":
      return e.e.ty?.kind !== "dyn" && simple(e.e);
    case "Binary":
      return (
        e.left.ty?.kind !== "dyn" && e.ty?.kind !== "string" && simple(e.left) && simple(e.right)
      );
    case "Call":
      return (
        e.ty?.kind === "bool" &&
        e.target?.how === "fn" &&
        (e.target.self === undefined || simple(e.target.self)) &&
        e.args.every((a) => !isManaged(a.value.ty as Type) && simple(a.value))
      );
    default:
      return false;
  }
}

/** A loop with its test at the bottom. */
function loop(f: Fn, cond: Expr, body: () => void, step: (() => void) | undefined): void {
  const head = new Label();
  const next = new Label();
  const end = new Label();
  const test = new Label();
  const endless = cond.kind === "Bool" && cond.value;
  if (!endless) f.b.jump("jmp", test);
  f.b.placeLoop(head);
  // The head is reached from the test below.
  f.b.dead = false;
  f.loops.push({ breakTo: end, continueTo: next, depth: f.scopes.length });
  body();
  f.loops.pop();
  f.b.place(next);
  if (step !== undefined && !f.b.dead) step();
  f.b.place(test);
  if (endless) f.b.jump("jmp", head);
  else condition(f, cond, true, head);
  f.b.place(end);
}

/** Gives a variable its home and first value, which it owns from here. */
export function bindLocal(f: Fn, sym: VarSym, v: Val): void {
  const t = sym.ty;
  if (sym.captured) {
    const cell = newCell(f, t);
    f.bind(sym, { how: "at", addr: cell, off: 16 });
    store(f, inMemory(t, cell, 16), v);
    f.addCleanup((g) => releaseCell(g, cell), sym);
    return;
  }
  if (leavesOf(t) === undefined || sym.addressed) {
    const off = f.b.slot(sizeOf(t), alignOf(t));
    f.bind(sym, { how: "slot", off });
    store(f, inMemory(t, -1, off), v);
  } else {
    const regs = load(f, v).map((r) => (f.isVar(r) ? f.copyReg(r) : r));
    f.own(regs);
    f.bind(sym, { how: "regs", regs });
  }
  if (isManaged(t)) f.addCleanup((g) => drop(g, placeOfSym(g, sym)), sym);
}

function placeOfSym(f: Fn, sym: VarSym): Val {
  const loc = f.vars.get(sym);
  if (loc?.how === "regs") return inRegs(sym.ty, loc.regs);
  if (loc?.how === "slot") return inMemory(sym.ty, -1, loc.off);
  return inMemory(sym.ty, loc?.addr ?? -1, loc?.off ?? 0);
}

function lowerBind(f: Fn, s: Bind): void {
  const sym = s.sym;
  if (sym === undefined) return;
  const t = sym.ty;
  const init = s.init;
  if (!sym.captured && (leavesOf(t) === undefined || sym.addressed)) {
    const off = f.b.slot(sizeOf(t), alignOf(t));
    const place = inMemory(t, -1, off);
    if (init === undefined) zero(f, place);
    else f.scope(() => exprInto(f, init, place));
    f.bind(sym, { how: "slot", off });
    if (isManaged(t)) f.addCleanup((g) => drop(g, place), sym);
    return;
  }
  if (init === undefined) {
    const slot = leavesOf(t) === undefined ? tempSlot(f, t) : inRegs(t, newRegs(f, t));
    zero(f, slot);
    bindLocal(f, sym, slot);
    return;
  }
  f.scopes.push([]);
  let v = take(f, expr(f, init));
  if (leavesOf(t) !== undefined) {
    // Registers that a variable or a pending temporary holds are copied; fresh ones become the variable's.
    v = inRegs(
      t,
      load(f, v).map((r) => (f.isVar(r) ? f.copyReg(r) : r)),
    );
    f.own(v.regs as number[]);
  }
  f.endScope();
  if (f.b.dead) return;
  if (v.regs !== undefined) f.disown(v.regs);
  bindLocal(f, sym, v);
}

function lowerAssign(f: Fn, s: Assign): void {
  const place = s.place;
  const t = place.ty as Type;
  if ((place.kind === "Member" || place.kind === "Index") && place.obj.ty?.kind === "dyn") {
    setDyn(f, place, s.value);
    return;
  }
  if (place.kind === "Name" && place.sym?.kind === "var" && !isManaged(t)) {
    const loc = f.vars.get(place.sym);
    if (loc?.how === "regs") {
      const v = expr(f, s.value, s.value.kind === "Or" ? undefined : loc.regs);
      moveRegs(f, loc.regs, load(f, v));
      return;
    }
  }
  const v = take(f, expr(f, s.value));
  const held = v.regs === undefined ? v : { ...v, regs: v.regs };
  const to = placeOf(f, place);
  if (isManaged(t)) drop(f, to);
  store(f, to, held);
}

function lowerFor(f: Fn, s: For): void {
  const item = s.item;
  if (item === undefined) return;
  const t = s.over.ty as Type;
  if (s.next !== undefined) {
    lowerIterator(f, s, item);
    return;
  }
  if (t === DYN) {
    lowerDynFor(f, s, item);
    return;
  }
  if (t.kind === "int") {
    lowerRange(f, s, item, t);
    return;
  }
  const base = plain(t.kind === "ptr" ? (t.elem as Type) : t);
  const elem = base === STRING ? U8 : (base.elem as Type);
  let start: number;
  let n: number;
  if (t.kind === "ptr") {
    const v = inMemory(base, load(f, expr(f, s.over))[0], 0);
    [start, n] =
      base.kind === "array"
        ? [addressOf(f, v), constInt(f, "l", BigInt(base.len))]
        : load(f, v).slice(0, 2);
  } else if (base.kind === "array") {
    start = addressOf(f, spill(f, placeOf(f, s.over)));
    n = constInt(f, "l", BigInt(base.len));
  } else {
    const v = expr(f, s.over);
    const keep =
      base === STRING && v.owned === undefined && !lasting(s.over) ? holdString(f, v) : load(f, v);
    [start, n] = keep;
  }
  // The body may assign the variable that the loop runs over.
  if (f.isVar(start)) start = f.copyReg(start);
  if (f.isVar(n)) n = f.copyReg(n);
  const i = f.b.reg("l");
  f.b.emit("const.i64", i, 0, 0);
  f.own([start, n, i]);
  const head = new Label();
  const next = new Label();
  const end = new Label();
  const test = new Label();
  f.b.jump("jmp", test);
  f.b.placeLoop(head);
  f.b.dead = false;
  f.loops.push({ breakTo: end, continueTo: next, depth: f.scopes.length });
  const mark = f.b.mark();
  f.scope(() => {
    const p = f.b.reg("p");
    f.b.emit("pindex", p, start, i, sizeOf(elem));
    const at = inMemory(elem, p, 0);
    bindLocal(f, item, isManaged(elem) ? copy(f, at) : at);
    if (s.index !== undefined) bindLocal(f, s.index, inRegs(s.index.ty, [i]));
    lowerBlockBody(f, s.body.body);
  });
  f.loops.pop();
  forget(f, item, s.index);
  f.b.release(mark, (r) => f.isVar(r));
  f.b.place(next);
  f.b.emit("addi.i64", i, i, 1);
  f.b.place(test);
  f.b.jump("jlts.i64", head, i, n);
  f.b.place(end);
  f.disown([start, n, i]);
}

function forget(f: Fn, ...syms: (VarSym | undefined)[]): void {
  for (const sym of syms) {
    const loc = sym === undefined ? undefined : f.vars.get(sym);
    if (loc?.how === "regs") f.disown(loc.regs);
    if (loc?.how === "at") f.disown([loc.addr]);
  }
}

/** Strings that nothing can free while the loop runs: literals, and locals that cannot change. */
function lasting(e: Expr): boolean {
  if (e.kind === "Str") return true;
  if (e.kind !== "Name" || e.sym?.kind !== "var") return false;
  return e.sym.how !== "var" && !e.sym.captured && e.sym.module === undefined;
}

function holdString(f: Fn, v: Val): readonly number[] {
  const own = copy(f, v);
  const regs = load(f, own);
  f.addCleanup((g) => drop(g, inRegs(STRING, regs)));
  f.own(regs);
  return regs;
}

/** `for (i in a..b)` and `for (i in n)`: the bounds are evaluated once. */
function lowerRange(f: Fn, s: For, item: VarSym, t: Type): void {
  const cls = t.bits === 64 ? "l" : "i";
  const w = t.bits === 64 ? "i64" : "i32";
  const sign = t.signed || t.bits < 32 ? "s" : "u";
  const i = f.b.reg(cls);
  if (s.to === undefined) f.b.emit(`const.${w}`, i, ...(cls === "l" ? [0, 0] : [0]));
  else moveRegs(f, [i], load(f, expr(f, s.over)));
  const last = load(f, expr(f, s.to ?? s.over))[0];
  const n = f.isVar(last) ? f.copyReg(last) : last;
  f.own([i, n]);
  const head = new Label();
  const next = new Label();
  const end = new Label();
  f.b.jump(s.inclusive ? `jlt${sign}.${w}` : `jle${sign}.${w}`, end, n, i);
  f.b.placeLoop(head);
  f.loops.push({ breakTo: end, continueTo: next, depth: f.scopes.length });
  const mark = f.b.mark();
  f.scope(() => {
    // The counter itself is the variable: it is immutable in the body.
    if (item.captured || item.addressed) bindLocal(f, item, inRegs(t, [i]));
    else f.bind(item, { how: "regs", regs: [i] });
    lowerBlockBody(f, s.body.body);
  });
  f.loops.pop();
  f.b.release(mark, (r) => f.isVar(r));
  f.b.place(next);
  if (s.inclusive) f.b.jump(`jeq.${w}`, end, i, n);
  const one = constInt(f, cls, 1n);
  if (sign === "s") f.b.emit(`addi.${w}`, i, i, 1);
  else f.b.emit(`wadd.${w}`, i, i, one);
  if (s.inclusive) f.b.jump("jmp", head);
  else f.b.jump(`jlt${sign}.${w}`, head, i, n);
  f.b.place(end);
  f.disown([i, n]);
}

function lowerIterator(f: Fn, s: For, item: VarSym): void {
  const fn = s.next;
  if (fn === undefined) return;
  const t = s.over.ty as Type;
  let self =
    t.kind === "ptr" ? load(f, expr(f, s.over))[0] : addressOf(f, spill(f, placeOf(f, s.over)));
  if (f.isVar(self)) self = f.copyReg(self);
  f.own([self]);
  const head = new Label();
  const end = new Label();
  f.b.placeLoop(head);
  f.loops.push({ breakTo: end, continueTo: head, depth: f.scopes.length });
  const mark = f.b.mark();
  f.scope(() => {
    const opt = fn.ret;
    let v: Val;
    if (leavesOf(opt) === undefined) {
      v = tempSlot(f, opt);
      f.b.emit("call", f.p.fnIndex(fn), 2, 0, addressOf(f, v), self);
    } else {
      const regs = newRegs(f, opt);
      f.b.emit("call", f.p.fnIndex(fn), 1, regs.length, self, ...regs);
      v = inRegs(opt, regs);
    }
    jumpIfNull(f, v, end);
    bindLocal(f, item, someOf(v));
    lowerBlockBody(f, s.body.body);
  });
  f.loops.pop();
  forget(f, item);
  f.b.release(mark, (r) => f.isVar(r));
  f.b.jump("jmp", head);
  f.b.place(end);
  f.disown([self]);
}

/** Over lists (items), maps (keys) and, with two variables, keys and values. */
function lowerDynFor(f: Fn, s: For, item: VarSym): void {
  const own = take(f, expr(f, s.over));
  const regs = load(f, own).map((r) => (f.isVar(r) ? f.copyReg(r) : r));
  f.own(regs);
  f.addCleanup((g) => drop(g, inRegs(DYN, regs)));
  const i = f.b.reg("l");
  f.b.emit("const.i64", i, 0, 0);
  f.own([i]);
  const head = new Label();
  const next = new Label();
  const end = new Label();
  f.b.placeLoop(head);
  const n = callRt(f, "dyn_len", regs)[0];
  f.b.jump("jles.i64", end, n, i);
  f.loops.push({ breakTo: end, continueTo: next, depth: f.scopes.length });
  const mark = f.b.mark();
  f.scope(() => {
    const pair = s.index !== undefined;
    bindLocal(f, item, inRegs(DYN, callRt(f, pair ? "dyn_value_at" : "dyn_item_at", [...regs, i])));
    if (s.index !== undefined)
      bindLocal(f, s.index, inRegs(DYN, callRt(f, "dyn_key_at", [...regs, i])));
    lowerBlockBody(f, s.body.body);
  });
  f.loops.pop();
  forget(f, item, s.index);
  f.b.release(mark, (r) => f.isVar(r));
  f.b.place(next);
  f.b.emit("addi.i64", i, i, 1);
  f.b.jump("jmp", head);
  f.b.place(end);
}
