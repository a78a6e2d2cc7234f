/**
 * `or`: the way of failure beside the way of success, joined in one value.
 */
import { isThinOpt, NEVER, VOID, type Type } from "../check/type.ts";
import type { Expr, Or } from "../parse/ast.ts";
import { Label } from "./builder.ts";
import { lowerFallible } from "./call.ts";
import type { Fn, Val } from "./context.ts";
import { expr, exprInto } from "./expr.ts";
import { leavesOf } from "./shape.ts";
import { lowerReturn, returnFailure, returnNull } from "./return.ts";
import { lowerBlockBody } from "./stmt.ts";
import {
  inRegs,
  jumpIfNull,
  load,
  moveRegs,
  newRegs,
  ownedMemory,
  ownedRegs,
  someOf,
  store,
  take,
  tempSlot,
} from "./value.ts";

export function lowerOr(f: Fn, e: Or): Val {
  const from = e.e.ty as Type;
  const ty = e.ty as Type;
  const failed = new Label();
  const end = new Label();
  const inMem = leavesOf(ty) === undefined;
  let slot: Val | undefined;
  let good: Val;
  let tag = -1;
  if (from.kind === "result" && e.e.kind === "Call") {
    slot = inMem ? tempSlot(f, ty) : undefined;
    const called = lowerFallible(f, e.e, undefined, slot);
    good = called.value;
    tag = called.tag;
    f.b.jump("jt", failed, tag);
  } else {
    const v = expr(f, e.e);
    if (from.kind === "dyn") {
      const regs = load(f, v);
      f.b.jump("jeqi.i32", failed, regs[0], 0);
      good = take(f, { ...v, regs });
    } else {
      const held = isThinOpt(from) || leavesOf(from) === undefined ? v : { ...v, regs: load(f, v) };
      jumpIfNull(f, held, failed);
      const inner = { ...someOf(held), owned: held.owned };
      if (held.owned !== undefined) held.owned.live = false;
      good = held.owned === undefined ? take(f, inner) : { ...inner, owned: undefined };
    }
    if (inMem) {
      slot = tempSlot(f, ty);
      store(f, slot, good);
    }
  }
  const out = inMem ? [] : newRegs(f, ty);
  if (!inMem) moveRegs(f, out, load(f, good));
  f.b.jump("jmp", end);
  f.b.place(failed);
  f.scopes.push([]);
  failure(f, e, tag, (value) => {
    if (slot !== undefined) exprInto(f, value, slot);
    else moveRegs(f, out, load(f, take(f, expr(f, value))));
  });
  f.endScope();
  f.b.place(end);
  if (slot !== undefined) return ownedMemory(f, slot);
  return ownedRegs(f, ty, out);
}

function failure(f: Fn, e: Or, tag: number, give: (value: Expr) => void): void {
  switch (e.how) {
    case "pass":
      if (tag >= 0) returnFailure(f, tag);
      else returnNull(f);
      return;
    case "return":
      lowerReturn(f, e.value, e.value?.kind === "Conv" && e.value.how === "errvalue");
      return;
    case "value":
      if (e.ty === VOID) expr(f, e.value as Expr);
      else give(e.value as Expr);
      return;
    case "block": {
      const block = e.block;
      if (block === undefined) return;
      if (e.err !== undefined) f.bind(e.err, { how: "regs", regs: [errorValue(f, e.err.ty, tag)] });
      lowerBlockBody(f, block.body);
      if (block.value === undefined || f.b.dead) return;
      if (e.ty === VOID || block.value.ty === NEVER) expr(f, block.value);
      else give(block.value);
    }
  }
}

/** The error's enum value from its tag. */
export function errorValue(f: Fn, ty: Type, tag: number): number {
  const cls = leavesOf(ty)?.[0].cls ?? "i";
  const v = f.b.reg("i");
  f.b.emit("addi.i32", v, tag, -1);
  f.own([v]);
  if (cls === "i") return v;
  const wide = f.b.reg("l");
  f.b.emit("widen.i32", wide, v);
  f.own([wide]);
  return wide;
}

export { inRegs };
