/**
 * Vector operators, lane by lane: the portable meaning that native code must match.
 */
import { plain, type Type } from "../check/type.ts";
import type { Binary } from "../parse/ast.ts";
import { emitInt } from "./arith.ts";
import type { Fn, Val } from "./context.ts";
import { expr } from "./expr.ts";
import { addressOf, inMemory, inRegs, load, store, tempSlot } from "./value.ts";

export function lowerVector(f: Fn, e: Binary): Val {
  const t = plain(e.left.ty as Type);
  const lane = t.elem as Type;
  const left = addressOf(f, expr(f, e.left));
  const right = expr(f, e.right);
  const count =
    right.ty.kind === "int" || (right.ty.kind === "secret" && plain(right.ty).kind === "int")
      ? load(f, right)[0]
      : -1;
  const other = count < 0 ? addressOf(f, right) : -1;
  const out = tempSlot(f, t);
  f.at(e);
  let n = count;
  if (count >= 0 && f.b.regs[count] === "l") {
    n = f.b.reg("i");
    f.b.emit("narrow.i64", n, count);
  }
  for (let i = 0; i < t.len; i++) {
    const mark = f.b.mark();
    const a = load(f, inMemory(lane, left, i * lane.size))[0];
    const b = n >= 0 ? n : load(f, inMemory(lane, other, i * lane.size))[0];
    const d = f.b.reg(f.b.regs[a]);
    if (lane.kind === "float") {
      const names: Record<string, string> = { "+": "add", "-": "sub", "*": "mul", "/": "div" };
      f.b.emit(`${names[e.op]}.${lane.name}`, d, a, b);
    } else emitInt(f, e.op, lane, d, a, b);
    store(f, { ...out, ty: lane, off: out.off + i * lane.size }, inRegs(lane, [d]));
    f.b.release(mark);
  }
  return { ...out, ty: e.ty as Type };
}
