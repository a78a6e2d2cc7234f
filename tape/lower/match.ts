/** `match`: a jump table over tags and members, comparisons for the rest. */
import { DYN, isManaged, STRING, sizeOf, tagSize, type Type } from "../check/type.ts";
import type { Match, Pattern } from "../parse/ast.ts";
import { Label } from "./builder.ts";
import type { Fn, Val } from "./context.ts";
import { isDyn, unbox } from "./dyn.ts";
import { constInt, expr } from "./expr.ts";
import { placeOf, spill } from "./place.ts";
import { leavesOf } from "./shape.ts";
import { bindLocal, lowerBlockBody } from "./stmt.ts";
import { callRt, copy, inMemory, inRegs, load } from "./value.ts";

/** The tag of a tagged union. */
export function tagOf(f: Fn, v: Val): number {
  if (leavesOf(v.ty) !== undefined) return load(f, v)[0];
  const size = tagSize(v.ty);
  const d = f.b.reg("i");
  const [base, off] = v.addr >= 0 ? [v.addr, v.off] : [f.frameReg(v.off), 0];
  f.b.emit(size === 4 ? "ld.i32" : size === 2 ? "ld.u16" : "ld.u8", d, base, off);
  return d;
}

export function lowerMatch(f: Fn, s: Match): void {
  f.scopes.push([]);
  let v =
    s.e.kind === "Name" || s.e.kind === "Member" || s.e.kind === "Index" || s.e.kind === "Unary"
      ? placeOf(f, s.e)
      : expr(f, s.e);
  const t = s.e.ty as Type;
  if (v.regs === undefined && leavesOf(t) !== undefined)
    v = { ...inRegs(t, load(f, v)), owned: v.owned };
  if (v.regs !== undefined) v = { ...v, regs: v.regs.map((r) => (f.isVar(r) ? f.copyReg(r) : r)) };
  if (v.regs !== undefined) f.own(v.regs);
  const end = new Label();
  const labels = s.arms.map(() => new Label());
  f.at(s);
  if (t.kind === "tagged") jumpByTag(f, s, v, labels);
  else
    s.arms.forEach((arm, i) => {
      for (const p of arm.patterns) test(f, p, v, t, labels[i]);
    });
  if (!f.b.dead) f.b.emit("trap", 1);
  s.arms.forEach((arm, i) => {
    f.b.place(labels[i]);
    if (f.b.dead) return;
    f.scopes.push([]);
    const mark = f.b.mark();
    bind(f, arm.patterns[0], v, t);
    lowerBlockBody(f, arm.body.body);
    f.endScope();
    f.b.release(mark);
    f.b.jump("jmp", end);
  });
  f.b.place(end);
  if (v.regs !== undefined) f.disown(v.regs);
  f.endScope();
}

function jumpByTag(f: Fn, s: Match, v: Val, labels: readonly Label[]): void {
  const t = s.e.ty as Type;
  const other = s.arms.findIndex((a) => a.patterns.some((p) => p.what === "any"));
  const stop = new Label();
  const fallback = other >= 0 ? labels[other] : stop;
  const table = (t.variants ?? []).map((_, i) => {
    const arm = s.arms.findIndex((a) => a.patterns.some((p) => p.variant === i));
    return arm >= 0 ? labels[arm] : fallback;
  });
  f.b.table(tagOf(f, v), [...table, fallback]);
  f.b.place(stop);
}

/** Jumps to `to` when a value matches. */
function test(f: Fn, p: Pattern, v: Val, t: Type, to: Label): void {
  if (p.what === "any") {
    f.b.jump("jmp", to);
    return;
  }
  const regs = load(f, v);
  if (p.what === "type") {
    f.b.jump("jt", to, isDyn(f, regs, p.ty as Type));
    return;
  }
  const cls = leavesOf(t)?.[0].cls ?? "i";
  if (p.value !== undefined) {
    f.b.jump(cls === "l" ? "jeq.i64" : "jeq.i32", to, regs[0], constInt(f, cls, p.value));
    return;
  }
  if (p.literal === undefined) return;
  f.scopes.push([]);
  const lit = load(f, expr(f, p.literal));
  if (t === STRING)
    f.b.jump("jt", to, callRt(f, "bytes_equal", [regs[0], regs[1], lit[0], lit[1]])[0]);
  else if (t === DYN) f.b.jump("jt", to, callRt(f, "dyn_equal", [...regs, ...lit])[0]);
  else if (p.hi === undefined) f.b.jump(cls === "l" ? "jeq.i64" : "jeq.i32", to, regs[0], lit[0]);
  else {
    const hi = load(f, expr(f, p.hi))[0];
    const skip = new Label();
    const s = t.signed || t.bits < 32 ? "s" : "u";
    const w = cls === "l" ? "i64" : "i32";
    f.b.jump(`jlt${s}.${w}`, skip, regs[0], lit[0]);
    f.b.jump(`jle${s}.${w}`, to, regs[0], hi);
    f.b.place(skip);
  }
  f.endScope();
}

function bind(f: Fn, p: Pattern, v: Val, t: Type): void {
  if (p.bound !== undefined) {
    const want = p.bound.ty;
    const value = want === DYN ? copy(f, v) : unbox(f, v, want);
    if (value.owned !== undefined) value.owned.live = false;
    bindLocal(f, p.bound, { ...value, owned: undefined });
  }
  if (p.variant === undefined || p.binds === undefined) return;
  sizeOf(t);
  const fields = t.variants?.[p.variant].fields ?? [];
  for (const b of p.binds) {
    if (b.sym === undefined || b.index === undefined) continue;
    const field = fields[b.index];
    const part = inMemory(field.ty, v.addr, v.off + field.offset);
    // The matched value may be changed or freed inside the arm, so what owns storage is copied.
    bindLocal(f, b.sym, isManaged(field.ty) ? copy(f, part) : part);
  }
}

export { spill };
