/**
 * Names that stand for values known at compile time: constants, functions as values, members of enums.
 */
import { isList } from "../check/constant.ts";
import type { Type } from "../check/type.ts";
import { plain } from "../check/type.ts";
import type { Expr } from "../parse/ast.ts";
import type { Fn, Val } from "./context.ts";
import { constFloat, constInt, literal } from "./expr.ts";
import { leavesOf } from "./shape.ts";
import { inMemory, inRegs, zeros } from "./value.ts";

/** The value of a name or member that needs no place, or undefined. */
export function evalSimple(
  f: Fn,
  e: Expr & { kind: "Name" | "Member" | "Index" },
): Val | undefined {
  if (e.kind === "Index") return undefined;
  const sym = e.sym;
  const ty = e.ty as Type;
  if (sym?.kind === "fn") {
    const r = f.b.reg("p");
    f.b.emit("fnptr", r, f.p.fnIndex(sym));
    return inRegs(ty, [r]);
  }
  if (sym?.kind === "member") {
    const v = sym.ty.members?.[sym.index].value ?? 0n;
    return inRegs(ty, [constInt(f, leavesOf(ty)?.[0].cls ?? "i", v)]);
  }
  if (sym?.kind !== "var" || sym.how !== "const" || sym.value === undefined) return undefined;
  const v = sym.value;
  const t = plain(ty);
  if (typeof v === "bigint") return inRegs(ty, [constInt(f, leavesOf(ty)?.[0].cls ?? "l", v)]);
  if (typeof v === "number") return inRegs(ty, [constFloat(f, t.bits, v)]);
  if (typeof v === "boolean") return inRegs(ty, [constInt(f, "i", v ? 1n : 0n)]);
  if (typeof v === "string" && (t.kind === "string" || t.kind === "slice"))
    return literal(f, ty, v);
  if (v === null && leavesOf(ty) !== undefined) return inRegs(ty, zeros(f, ty));
  const at = isList(v) && sym.module !== undefined ? f.p.global(sym) : f.p.data.constant(ty, v);
  const r = f.b.reg("p");
  f.b.emit("const.ptr", r, at);
  return inMemory(ty, r, 0);
}
