/**
 * Closures, in scripts only: `fn(p) => e` and `fn(a: i64) -> i64 { ... }`. A closure is a dynamic value; it
 * captures variables by reference, in counted cells.
 */
import type { Closure, Expr } from "../parse/ast.ts";
import type { Checker, FnContext } from "./checker.ts";
import { coerce } from "./convert.ts";
import { resolveType } from "./resolve.ts";
import { checkBlock } from "./stmt.ts";
import { newFn, newVar } from "./symbol.ts";
import { DYN, ERROR, type Type, VOID } from "./type.ts";

export function checkClosure(c: Checker, e: Closure, _expected: Type | undefined): Expr {
  if (e.ty !== undefined) return e;
  e.ty = DYN;
  if (c.module.profile !== "t2") {
    c.error(
      "T0704",
      e,
      `profile ${c.module.profile} has no closures`,
      "write a function at top level and use its name",
    );
    e.ty = ERROR;
    return e;
  }
  if (c.context === undefined) {
    c.error("T0407", e, "a closure is no constant");
    e.ty = ERROR;
    return e;
  }
  const fn = newFn("closure", c.module, undefined, e.pos);
  fn.closure = e;
  fn.state = 2;
  fn.locals = e.params;
  fn.body = e.body;
  const ret = e.ret === undefined ? DYN : resolveType(c, e.ret.type);
  if (e.ret?.err !== undefined)
    c.error(
      "T0509",
      e,
      "a closure cannot return an error",
      "return an optional or a dynamic value",
    );
  fn.ret = ret;
  const context: FnContext = {
    fn,
    up: c.context,
    ret,
    err: undefined,
    infer: false,
    captures: [],
    inDefer: 0,
    isTest: false,
  };
  c.context = context;
  c.push();
  fn.params = e.params.map((p) => {
    const ty = p.type === undefined ? DYN : resolveType(c, p.type);
    if (p.self !== "" || p.value !== undefined)
      c.error("T0423", { pos: p.pos }, "a closure has plain parameters only");
    const sym = newVar(p.name, ty, "param", c.source, p.pos);
    p.sym = sym;
    c.declare(sym);
    return { name: p.name, ty, value: undefined, hasDefault: false, text: false };
  });
  checkBlock(c, e.body, true);
  const value = e.body.value;
  if (value !== undefined && value.ty !== VOID)
    e.body.value = coerce(c, value, ret === VOID ? DYN : ret);
  c.pop();
  c.context = context.up;
  e.captures = context.captures;
  e.fn = fn;
  fn.state = 2;
  return e;
}
