/**
 * Expressions: from syntax to typed syntax.
 *
 * `checkExpr` returns the node to use in place of the one given, with its type set; `expected` guides literals
 * and is no promise. Invariant: after an error the type is `ERROR`, which every later rule accepts silently.
 */
import type { Expr } from "../parse/ast.ts";
import { checkBuiltin } from "./builtin.ts";
import { checkCall } from "./call.ts";
import type { Checker } from "./checker.ts";
import { checkClosure } from "./closure.ts";
import { checkArrayLit, checkArrayRep, checkStructLit } from "./literal.ts";
import { checkMember, checkName } from "./name.ts";
import { checkBinary, checkUnary } from "./operator.ts";
import { checkOr } from "./or.ts";
import { checkCast, checkIs } from "./cast.ts";
import { checkAs, coerce, tryCoerce } from "./convert.ts";
import {
  BOOL,
  DYN,
  ERROR,
  F64,
  I64,
  NULL,
  plain,
  rangeOf,
  secretOf,
  sliceOf,
  STRING,
  TYPE,
  type Type,
  U64,
  U8,
} from "./type.ts";

/** Checks an expression whose error, if it can fail, must be handled right here. */
export function checkExpr(c: Checker, e: Expr, expected?: Type): Expr {
  const done = checkAny(c, e, expected);
  if (done.ty?.kind === "result") {
    const message = `this call can fail with \`${done.ty.err}\`, and the error is ignored`;
    c.error("T0501", done, message, "add `or return`, `or value`, or `or { ... err ... }`");
    return { ...done, ty: ERROR } as Expr;
  }
  return done;
}

/** Checks an expression that may give `T or E`. */
export function checkAny(c: Checker, e: Expr, expected?: Type): Expr {
  switch (e.kind) {
    case "Int":
      return checkInt(c, e, expected);
    case "Float":
      e.ty = expected !== undefined && plain(expected).kind === "float" ? plain(expected) : F64;
      return e;
    case "Str":
      return checkStr(c, e, expected);
    case "Bool":
      e.ty = BOOL;
      return e;
    case "Null":
      e.ty = NULL;
      return e;
    case "Interp":
      return checkInterp(c, e);
    case "Name":
      return checkName(c, e);
    case "Member":
      return checkMember(c, e);
    case "Call":
      return checkCall(c, e, expected);
    case "Unary":
      return checkUnary(c, e, expected);
    case "Binary":
      return checkBinary(c, e, expected);
    case "Cast":
      return checkCast(c, e);
    case "Is":
      return checkIs(c, e);
    case "Or":
      return checkOr(c, e, expected);
    case "Index":
      return checkIndex(c, e);
    case "Slice":
      return checkSlice(c, e);
    case "Unwrap":
      return checkUnwrap(c, e);
    case "StructLit":
      return checkStructLit(c, e);
    case "ArrayLit":
      return checkArrayLit(c, e, expected);
    case "ArrayRep":
      return checkArrayRep(c, e, expected);
    case "Builtin":
      return checkBuiltin(c, e, expected);
    case "Closure":
      return checkClosure(c, e, expected);
    case "TypeExpr":
      c.error("T0402", e, "a type is no value here", "types are values only in `@tape` code");
      e.ty = ERROR;
      return e;
    case "Conv":
      return e;
  }
}

function inner(expected: Type | undefined): Type | undefined {
  if (expected?.kind === "opt") return inner(expected.elem);
  return expected === undefined ? undefined : plain(expected);
}

function checkInt(c: Checker, e: Expr & { kind: "Int" }, expected: Type | undefined): Expr {
  if (e.ty !== undefined) return e;
  const t = inner(expected);
  if (t?.kind === "int") {
    const [low, high] = rangeOf(t);
    e.ty = I64;
    if (e.value >= low && e.value <= high) e.ty = t;
    else {
      c.error(
        "T0405",
        e,
        `${e.value} does not fit in ${t.name}`,
        `${t.name} holds ${low} to ${high}`,
      );
      e.ty = ERROR;
    }
    return e;
  }
  const [low, high] = rangeOf(I64);
  if (e.value >= low && e.value <= high) e.ty = I64;
  else if (e.value > 0n && e.value <= rangeOf(U64)[1]) e.ty = U64;
  else {
    c.error("T0405", e, `${e.value} does not fit in any integer type`);
    e.ty = ERROR;
  }
  return t?.kind === "float" ? coerce(c, e, t) : e;
}

function checkStr(c: Checker, e: Expr & { kind: "Str" }, expected: Type | undefined): Expr {
  const t = inner(expected);
  if (c.module.profile === "t0" || (t?.kind === "slice" && t.elem === U8 && t.isConst)) {
    e.ty = sliceOf(U8, true);
    if (t?.kind === "ptr" && t.elem === U8) {
      e.ty = STRING;
      return coerce(c, e, t);
    }
  } else e.ty = STRING;
  return e;
}

/** Whether values of the type print in `{}`; `why` says what to do otherwise. */
export function printable(t: Type): boolean {
  switch (t.kind) {
    case "int":
    case "float":
    case "bool":
    case "string":
    case "enum":
    case "dyn":
    case "error":
    case "null":
      return true;
    case "slice":
      return t.elem === U8;
    case "opt":
      return printable(t.elem as Type);
    default:
      return false;
  }
}

function checkInterp(c: Checker, e: Expr & { kind: "Interp" }): Expr {
  if (c.module.profile === "t0")
    c.error("T0704", e, "profile t0 has no `string`, so it has no interpolation");
  e.ty = STRING;
  for (let i = 1; i < e.parts.length; i += 2) {
    const part = checkExpr(c, e.parts[i] as Expr);
    e.parts[i] = part;
    checkPrintable(c, part);
  }
  return e;
}

/** Reports a value that has no text. */
export function checkPrintable(c: Checker, e: Expr): void {
  const t = e.ty as Type;
  if (t.kind === "secret") {
    c.error(
      "T0703",
      e,
      "a secret cannot become text",
      "`declassify(x)` makes it public on purpose",
    );
  } else if (!printable(t)) {
    const help =
      t.kind === "struct" || t.kind === "tagged"
        ? "print its fields, or write a method that gives a string"
        : undefined;
    c.error("T0403", e, `a \`${t}\` has no text`, help);
  }
}

/** Checks an index or a bound: any integer of up to 64 bits, as i64 or u64. */
export function checkIndexValue(c: Checker, e: Expr): Expr {
  const i = checkExpr(c, e, I64);
  const t = i.ty as Type;
  if (t.kind === "secret") {
    c.error("T0703", i, "a secret cannot be an index", "addresses must not depend on secrets");
    return { ...i, ty: ERROR } as Expr;
  }
  if (t === ERROR || t.kind === "int") return i;
  return coerce(c, i, I64);
}

function checkIndex(c: Checker, e: Expr & { kind: "Index" }): Expr {
  e.obj = checkExpr(c, e.obj);
  const t = deref(c, e.obj);
  if (t.kind === "dyn") {
    e.index = checkAs(c, e.index, DYN);
    e.ty = DYN;
    return e;
  }
  e.index = checkIndexValue(c, e.index);
  if (t.kind === "array" || t.kind === "slice") e.ty = t.elem as Type;
  else if (t.kind === "string") e.ty = U8;
  else if (t.kind === "vec") e.ty = t.elem as Type;
  else if (t.kind === "secret" && t.elem?.kind === "vec") e.ty = secretOf(t.elem.elem as Type);
  else if (t.kind === "secret" && (t.elem?.kind === "array" || t.elem?.kind === "slice")) {
    e.ty = secretOf(t.elem.elem as Type);
  } else {
    if (t !== ERROR) {
      const help =
        t.kind === "ptr" ? "a pointer is no array; make a slice with `mem.slice(p, n)`" : undefined;
      c.error("T0412", e, `a \`${t}\` cannot be indexed`, help);
    }
    e.ty = ERROR;
  }
  const whole = plain(t);
  if (
    (whole.kind === "array" || whole.kind === "vec") &&
    e.index.kind === "Int" &&
    (e.index.value < 0n || e.index.value >= BigInt(whole.len))
  ) {
    c.error(
      "T0413",
      e.index,
      `index ${e.index.value} is outside \`${t}\``,
      `indices run from 0 to ${whole.len - 1}`,
    );
  }
  return e;
}

/** The type of `obj`, seen through non-null pointers. */
export function deref(c: Checker, obj: Expr): Type {
  const t = obj.ty as Type;
  if (t.kind === "ptr" && t.elem !== undefined) {
    if (!t.nonNull) {
      c.error(
        "T0601",
        obj,
        `this \`${t}\` may be null`,
        "test it against null first, or write `p!` to trap on null",
      );
      return ERROR;
    }
    return t.elem;
  }
  if (t.kind === "opt") {
    c.error(
      "T0502",
      obj,
      `this \`${t}\` may be null`,
      "test it against null, write `x!` to trap on null, or `x or { default }`",
    );
    return ERROR;
  }
  return t;
}

function checkSlice(c: Checker, e: Expr & { kind: "Slice" }): Expr {
  e.obj = checkExpr(c, e.obj);
  if (e.lo !== undefined) e.lo = checkIndexValue(c, e.lo);
  if (e.hi !== undefined) e.hi = checkIndexValue(c, e.hi);
  const t = deref(c, e.obj);
  if (t.kind === "array") {
    const readOnly = e.obj.ty?.kind === "ptr" ? e.obj.ty.isConst : takeAddress(c, e.obj, "a slice");
    e.ty = sliceOf(t.elem as Type, readOnly);
  } else if (t.kind === "slice") e.ty = t;
  else if (t.kind === "string") e.ty = sliceOf(U8, true);
  else {
    if (t !== ERROR) c.error("T0412", e, `a \`${t}\` cannot be sliced`);
    e.ty = ERROR;
  }
  return e;
}

/** Marks the variable of a place as living in memory; returns whether the place is read-only. */
export function takeAddress(c: Checker, place: Expr, what: string): boolean {
  switch (place.kind) {
    case "Name": {
      const sym = place.sym;
      if (sym?.kind !== "var") break;
      sym.addressed = true;
      return sym.how !== "var";
    }
    case "Member": {
      if (place.sym?.kind === "var") return place.sym.how !== "var";
      const t = place.obj.ty;
      if (t?.kind === "ptr") return t.isConst;
      return takeAddress(c, place.obj, what);
    }
    case "Index": {
      const t = place.obj.ty;
      if (t?.kind === "ptr") return t.isConst;
      if (t?.kind === "slice") return t.isConst;
      if (t?.kind === "string") return true;
      return takeAddress(c, place.obj, what);
    }
    case "Unary":
      if (place.op === "*" && place.e.ty?.kind === "ptr") return place.e.ty.isConst;
      break;
    case "Unwrap":
      return takeAddress(c, place.e, what);
    case "StructLit":
    case "ArrayLit":
    case "ArrayRep":
    case "Call":
      return false;
  }
  if (place.ty !== ERROR)
    c.error(
      "T0604",
      place,
      `${what} needs something that has a place in memory`,
      "store the value in a variable first",
    );
  return false;
}

function checkUnwrap(c: Checker, e: Expr & { kind: "Unwrap" }): Expr {
  e.e = checkExpr(c, e.e);
  const t = e.e.ty as Type;
  if (t.kind === "opt") e.ty = t.elem as Type;
  else if (t.kind === "ptr") {
    e.ty = t.nonNull ? t : nonNullOf(t);
    if (t.nonNull) c.error("T0503", e, "this pointer is never null", "remove the `!`");
  } else {
    if (t !== ERROR) c.error("T0503", e, `a \`${t}\` is never null`, "remove the `!`");
    e.ty = ERROR;
  }
  return e;
}

function nonNullOf(t: Type): Type {
  return ptrTo(t.elem as Type, t.isConst, true);
}

import { ptrTo } from "./type.ts";

/** Checks a condition: a `bool`, and no secret one. */
export function checkCondition(c: Checker, e: Expr): Expr {
  const done = checkExpr(c, e, BOOL);
  if (done.ty?.kind === "secret") {
    c.error(
      "T0703",
      done,
      "a secret cannot decide a branch",
      "use `select(c, a, b)`, which takes the same time either way",
    );
    return { ...done, ty: ERROR } as Expr;
  }
  return coerce(c, done, BOOL);
}

export { TYPE, tryCoerce };
