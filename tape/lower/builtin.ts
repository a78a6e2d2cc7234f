/** `@name(...)` in function bodies: sizes, traps, test assertions, and single instructions for the library. */
import { newVar } from "../check/symbol.ts";
import { alignOf, isManaged, sizeOf, STRING, type Type, VOID } from "../check/type.ts";
import { printable } from "../check/expr.ts";
import type { Builtin, Expr } from "../parse/ast.ts";
import { toByteString } from "../source/utf8.ts";
import { opByName } from "../bytecode/op-table.ts";
import { Label } from "./builder.ts";
import { lowerFallible } from "./call.ts";
import { branch } from "./cond.ts";
import type { Fn, Val } from "./context.ts";
import { constInt, expr, literal } from "./expr.ts";
import { leavesOf } from "./shape.ts";
import { append } from "./text.ts";
import {
  callRt,
  inMemory,
  inRegs,
  load,
  ownedRegs,
  tempSlot,
  zero,
  zeros,
  newRegs,
} from "./value.ts";

const FAILED = 15;
const SKIPPED = 16;

export function lowerBuiltin(f: Fn, e: Builtin, want: readonly number[] | undefined): Val {
  const ty = e.ty as Type;
  f.at(e);
  switch (e.name) {
    case "sizeof":
      return inRegs(ty, [constInt(f, "l", BigInt(sizeOf(e.args[0].ty as Type)), want)]);
    case "alignof":
      return inRegs(ty, [constInt(f, "l", BigInt(alignOf(e.args[0].ty as Type)), want)]);
    case "typeof":
      return literal(f, STRING, toByteString(e.args[0].ty?.name ?? ""));
    case "zero": {
      if (leavesOf(ty) !== undefined) return inRegs(ty, zeros(f, ty));
      const slot = tempSlot(f, ty);
      zero(f, slot);
      return slot;
    }
    case "trap": {
      const [at, n] = load(f, expr(f, e.args[0]));
      f.b.emit("trap.text", at, n, 13);
      return inRegs(ty, []);
    }
    case "assert":
      assertion(f, e);
      return inRegs(VOID, []);
    case "fail": {
      const [at, n] = load(f, expr(f, e.args[0]));
      f.b.emit("trap.text", at, n, FAILED);
      return inRegs(ty, []);
    }
    case "skip": {
      const go = new Label();
      branch(f, e.args[0], false, go);
      stop(f, `skipped: ${e.text ?? ""}`, SKIPPED);
      f.b.place(go);
      return inRegs(VOID, []);
    }
    case "assert_err": {
      const call = e.args[0];
      if (call.kind !== "Call") return inRegs(VOID, []);
      const { tag } = lowerFallible(f, call);
      const good = new Label();
      f.b.jump("jt", good, tag);
      stop(f, `no error: ${e.text ?? ""}`, FAILED);
      f.b.place(good);
      return inRegs(VOID, []);
    }
    case "assert_trap": {
      const trapped = new Label();
      f.b.jump("try", trapped);
      const arg = e.args[0];
      f.scope(() => {
        if (arg.ty?.kind === "result" && arg.kind === "Call") lowerFallible(f, arg);
        else expr(f, arg);
      });
      f.b.emit("tryend");
      stop(f, `no trap: ${e.text ?? ""}`, FAILED);
      f.b.place(trapped);
      return inRegs(VOID, []);
    }
    case "op":
      return lowerOp(f, e, want);
    case "raw": {
      const v = expr(f, e.args[1]);
      if (v.owned !== undefined) v.owned.live = false;
      if (leavesOf(ty) === undefined) return inMemory(ty, v.addr, v.off);
      const regs = load(f, v);
      return isManaged(ty) ? ownedRegs(f, ty, regs) : inRegs(ty, regs);
    }
    default: {
      const v = expr(f, e.args[0]);
      return { ...v, owned: undefined };
    }
  }
}

function stop(f: Fn, text: string, kind: number): void {
  const bytes = toByteString(text);
  const p = f.b.reg("p");
  f.b.emit("const.ptr", p, f.p.data.text(bytes));
  f.b.emit("trap.text", p, constInt(f, "l", BigInt(bytes.length)), kind);
}

/** A failed comparison prints both sides. */
function assertion(f: Fn, e: Builtin): void {
  const cond = e.args[0];
  const good = new Label();
  const sides = cond.kind === "Binary" && cond.op !== "&&" && cond.op !== "||" ? cond : undefined;
  const shown =
    sides !== undefined &&
    printable(sides.left.ty as Type) &&
    sides.left.ty?.kind !== "null" &&
    sides.right.ty?.kind !== "null" &&
    leavesOf(sides.left.ty as Type) !== undefined;
  if (sides === undefined || !shown) {
    const r = load(f, expr(f, cond))[0];
    f.b.jump("jt", good, r);
    stop(f, `assertion failed: ${e.text ?? ""}`, FAILED);
    f.b.place(good);
    return;
  }
  const hold = (side: Expr): Expr => {
    if (side.kind === "Int" || side.kind === "Null" || side.kind === "Conv") return side;
    const v = expr(f, side);
    const regs = load(f, v).map((r) => (f.isVar(r) ? f.copyReg(r) : r));
    const sym = newVar("side", side.ty as Type, "let", f.source, side.pos);
    f.bind(sym, { how: "regs", regs });
    return { kind: "Name", name: "side", sym, ty: side.ty as Type, pos: side.pos, end: side.end };
  };
  const left = hold(sides.left);
  const right = hold(sides.right);
  const r = load(f, expr(f, { ...sides, left, right }))[0];
  f.b.jump("jt", good, r);
  const text = `assertion failed: ${e.text ?? ""} (left: `;
  for (const part of [text, left, ", right: ", right, ")"]) {
    if (typeof part === "string") {
      const lit = literal(f, STRING, toByteString(part));
      callRt(f, "text_bytes", load(f, lit).slice(0, 2));
    } else append(f, expr(f, part));
  }
  const [at, n] = callRt(f, "text_take", []);
  f.b.emit("trap.text", at, n, FAILED);
  f.b.place(good);
}

function lowerOp(f: Fn, e: Builtin, want: readonly number[] | undefined): Val {
  const ty = e.ty as Type;
  const name = e.args[0].kind === "Str" ? e.args[0].value : "";
  const op = opByName.get(name);
  if (op === undefined) return inRegs(ty, []);
  const args = e.args.slice(1).map((a) => load(f, expr(f, a))[0]);
  const dest = op.operands.some((o) => o.role === "def") ? [want?.[0] ?? newRegs(f, ty)[0]] : [];
  // Operands in order; an immediate (an offset) is 0.
  const uses = [...args];
  f.b.emit(
    name,
    ...op.operands.map((o) =>
      o.role === "def" ? dest[0] : o.role === "use" ? (uses.shift() as number) : 0,
    ),
  );
  return inRegs(ty, dest);
}
