/**
 * `@name(...)`: sizes, tests, embedding, and the operations that the library is built from.
 */
import type { Builtin, Expr } from "../parse/ast.ts";
import { opByName, type OperandClass } from "../bytecode/op-table.ts";
import type { Checker } from "./checker.ts";
import { evalConst } from "./constant.ts";
import { checkAs, coerce } from "./convert.ts";
import { checkAny, checkCondition, checkExpr } from "./expr.ts";
import { complete, resolveType } from "./resolve.ts";
import {
  arrayOf,
  BOOL,
  ERROR,
  F32,
  F64,
  I32,
  I64,
  isManaged,
  NEVER,
  plain,
  ptrTo,
  sliceOf,
  STRING,
  type Type,
  U8,
  VOID,
} from "./type.ts";

export function checkBuiltin(c: Checker, e: Builtin, expected: Type | undefined): Expr {
  if (e.ty !== undefined) return e;
  const inTest = c.context?.isTest === true;
  switch (e.name) {
    case "sizeof":
    case "alignof":
      typeArg(c, e);
      e.ty = I64;
      return e;
    case "typeof":
      if (!arity(c, e, 1)) return e;
      e.args[0] = checkAny(c, e.args[0]);
      e.ty = STRING;
      return e;
    case "zero": {
      const t = typeArg(c, e);
      e.ty = t;
      return e;
    }
    case "embed":
      return checkEmbed(c, e);
    case "compile_error": {
      if (!arity(c, e, 1)) return e;
      const text = evalConst(c, checkExpr(c, e.args[0], STRING));
      c.error("T0803", e, typeof text === "string" ? text : "`@compile_error` takes constant text");
      e.ty = ERROR;
      return e;
    }
    case "assert":
      if (!arity(c, e, 1)) return e;
      e.args[0] = checkCondition(c, e.args[0]);
      e.ty = VOID;
      if (inTest) return e;
      if (evalConst(c, e.args[0]) === false) c.error("T0803", e, `this is false: ${e.text}`);
      else if (e.args[0].ty !== ERROR && evalConst(c, e.args[0]) === undefined) {
        c.error(
          "T0804",
          e,
          "outside a test, `@assert` takes a constant",
          'at run time, write `if (!...) { @trap("..."); }`',
        );
      }
      return e;
    case "assert_err":
    case "assert_trap":
    case "skip":
    case "fail":
      return checkTestBuiltin(c, e, inTest);
    case "trap":
      if (!arity(c, e, 1)) return e;
      e.args[0] = checkAs(c, e.args[0], sliceOf(U8, true));
      e.ty = NEVER;
      return e;
    case "op":
      return checkOp(c, e, expected);
    case "raw":
      return checkRaw(c, e);
    case "own":
      // `@own(x)`: takes a managed value out of a place without copying or dropping it; library only.
      if (!arity(c, e, 1) || !library(c, e)) return e;
      e.args[0] = checkExpr(c, e.args[0]);
      e.ty = e.args[0].ty as Type;
      return e;
    default:
      c.error("T0307", e, `there is no built-in \`@${e.name}\``);
      e.ty = ERROR;
      return e;
  }
}

function arity(c: Checker, e: Builtin, n: number): boolean {
  if (e.args.length === n) return true;
  c.error("T0421", e, `\`@${e.name}\` takes ${n === 1 ? "1 argument" : `${n} arguments`}`);
  e.ty = ERROR;
  return false;
}

function typeArg(c: Checker, e: Builtin): Type {
  const arg = e.args[0];
  if (e.args.length !== 1 || arg?.kind !== "TypeExpr") {
    c.error("T0421", e, `\`@${e.name}\` takes a type`);
    e.ty = ERROR;
    return ERROR;
  }
  const t = resolveType(c, arg.type);
  complete(c, t);
  arg.ty = t;
  return t;
}

function checkTestBuiltin(c: Checker, e: Builtin, inTest: boolean): Expr {
  e.ty = e.name === "fail" ? NEVER : VOID;
  if (!inTest) {
    c.error("T0805", e, `\`@${e.name}\` belongs into a \`test\``);
    return e;
  }
  if (!arity(c, e, 1)) return e;
  if (e.name === "fail") e.args[0] = checkAs(c, e.args[0], STRING);
  else if (e.name === "skip") e.args[0] = checkCondition(c, e.args[0]);
  else {
    const arg = checkAny(c, e.args[0]);
    e.args[0] = arg;
    if (e.name === "assert_err" && arg.ty?.kind !== "result" && arg.ty !== ERROR) {
      c.error("T0504", arg, "`@assert_err` takes a call that can fail");
    }
  }
  return e;
}

function checkEmbed(c: Checker, e: Builtin): Expr {
  e.ty = sliceOf(U8, true);
  if (!arity(c, e, 1)) return e;
  const path = evalConst(c, checkExpr(c, e.args[0], STRING));
  if (typeof path !== "string" || path.startsWith("/") || path.split("/").includes("..")) {
    c.error("T0806", e, "`@embed` takes the constant path of a file beside or below this one");
    return e;
  }
  const bytes = c.world.embed(c.module, path);
  if (bytes === undefined)
    c.error("T0806", e, `there is no file \`${path}\` of at most 1 MiB beside this one`);
  else {
    let text = "";
    for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]);
    return { kind: "Str", value: text, ty: e.ty, pos: e.pos, end: e.end };
  }
  return e;
}

function library(c: Checker, e: Builtin): boolean {
  if (c.module.key.startsWith("std:") || c.homeModule()?.key.startsWith("std:") === true)
    return true;
  c.error("T0307", e, `\`@${e.name}\` is reserved for the standard library`);
  e.ty = ERROR;
  return false;
}

function classMatches(cls: OperandClass, t: Type): boolean {
  const p = plain(t);
  switch (cls) {
    case "i":
      return (p.kind === "int" && p.bits <= 32) || p === BOOL;
    case "l":
      return p.kind === "int" && p.bits === 64;
    case "f":
      return p === F32;
    case "d":
      return p === F64;
    case "p":
      return p.kind === "ptr";
    default:
      return false;
  }
}

/** `@op("name", args)`: one instruction of the bytecode; its result type follows from its class or `expected`. */
function checkOp(c: Checker, e: Builtin, expected: Type | undefined): Expr {
  if (!library(c, e)) return e;
  const name = e.args[0]?.kind === "Str" ? e.args[0].value : "";
  const op = opByName.get(name);
  e.ty = ERROR;
  if (op === undefined) {
    c.error("T0307", e, `there is no operation \`${name}\``);
    return e;
  }
  const sources = op.operands.filter((o) => o.role === "use");
  const dest = op.operands.find((o) => o.role === "def");
  if (e.args.length !== sources.length + 1) {
    c.error("T0421", e, `operation \`${name}\` takes ${sources.length} arguments`);
    return e;
  }
  for (let i = 0; i < sources.length; i++) {
    const guess = sources[i].cls === "l" ? I64 : sources[i].cls === "i" ? I32 : undefined;
    const arg = checkExpr(c, e.args[i + 1], guess);
    e.args[i + 1] = arg;
    if (arg.ty !== ERROR && !classMatches(sources[i].cls, arg.ty as Type)) {
      c.error("T0401", arg, `operation \`${name}\` takes another class than \`${arg.ty}\` here`);
    }
  }
  const byClass: Record<string, Type> = {
    i: I32,
    l: I64,
    f: F32,
    d: F64,
    p: ptrTo(U8, false, true),
  };
  const natural = dest === undefined ? VOID : byClass[dest.cls];
  e.ty =
    expected !== undefined && dest !== undefined && classMatches(dest.cls, expected)
      ? expected
      : natural;
  return e;
}

/** `@raw(T, x)`: the same registers seen as another type; library only. */
function checkRaw(c: Checker, e: Builtin): Expr {
  if (!library(c, e)) return e;
  e.ty = ERROR;
  const target = e.args[0];
  if (e.args.length !== 2) {
    c.error("T0421", e, "`@raw` takes a type and a value");
    return e;
  }
  const t =
    target.kind === "TypeExpr"
      ? resolveType(c, target.type)
      : target.kind === "Name"
        ? resolveType(c, { kind: "TName", path: [target.name], pos: target.pos, end: target.end })
        : ERROR;
  complete(c, t);
  e.args[1] = checkExpr(c, e.args[1]);
  e.ty = t;
  return e;
}

export { arrayOf, coerce, isManaged };
