/**
 * Narrowing: after a test against `null`, an immutable local of type `?T` or `*T` is a `T` or `*!T`.
 *
 * Only `let`, parameters and loop variables narrow, since a `var` may change between test and use.
 */
import type { Expr } from "../parse/ast.ts";
import type { Checker, Scope } from "./checker.ts";
import type { VarSym } from "./symbol.ts";
import { ptrTo, type Type } from "./type.ts";

/** Adds to the current scope what `cond` proves when it is `outcome`. */
export function narrow(c: Checker, cond: Expr, outcome: boolean): void {
  if (cond.kind === "Unary" && cond.op === "!") {
    narrow(c, cond.e, !outcome);
    return;
  }
  if (cond.kind !== "Binary") return;
  if ((cond.op === "&&" && outcome) || (cond.op === "||" && !outcome)) {
    narrow(c, cond.left, outcome);
    narrow(c, cond.right, outcome);
    return;
  }
  if (cond.op !== (outcome ? "!=" : "==")) return;
  const tested = nullSide(cond.right) ? cond.left : nullSide(cond.left) ? cond.right : undefined;
  const name = tested?.kind === "Conv" ? tested.e : tested;
  if (name?.kind !== "Name" || name.sym?.kind !== "var") return;
  const sym = name.sym;
  if (sym.how === "var" || sym.module !== undefined) return;
  const t = sym.ty;
  if (t.kind === "opt") set(c.scope, sym, t.elem as Type);
  else if (t.kind === "ptr" && !t.nonNull)
    set(c.scope, sym, ptrTo(t.elem as Type, t.isConst, true));
}

function set(scope: Scope | undefined, sym: VarSym, type: Type): void {
  if (scope === undefined) return;
  scope.narrowed ??= new Map();
  scope.narrowed.set(sym, type);
}

function nullSide(e: Expr): boolean {
  return e.kind === "Null" || (e.kind === "Conv" && nullSide(e.e));
}
