/**
 * Calls: functions, methods, function values, dynamic calls; positional and named arguments with defaults.
 *
 * After the check `args` holds one expression per parameter, in parameter order (which is the order of
 * evaluation), without the receiver.
 */
import type { Arg, Call, Expr, Member } from "../parse/ast.ts";
import type { Checker } from "./checker.ts";
import type { Const } from "./constant.ts";
import { checkAs, coerce } from "./convert.ts";
import { signature } from "./declare.ts";
import { checkAny, checkCondition, checkExpr, checkPrintable, takeAddress } from "./expr.ts";
import { checkMember, spaceOf, typeOfPath } from "./name.ts";
import { isReading } from "./reading.ts";
import { checkCallRegions } from "./region.ts";
import { complete } from "./resolve.ts";
import { nearest } from "./suggest.ts";
import type { FnSym, ParamInfo } from "./symbol.ts";
import {
  BOOL,
  DYN,
  ERROR,
  F64,
  I64,
  optOf,
  plain,
  ptrTo,
  resultOf,
  secretOf,
  STRING,
  type Type,
} from "./type.ts";

export function checkCall(c: Checker, e: Call, expected: Type | undefined): Expr {
  if (e.target !== undefined) return e;
  const fn = e.fn;
  if (fn.kind === "Name" && c.lookup(fn.name) === undefined) {
    if (fn.name === "select" || fn.name === "declassify")
      return checkSecretCall(c, e, fn.name, expected);
  }
  if (fn.kind === "Member" && spaceOf(c, fn.obj) === undefined) {
    const owner = typeOfPath(c, fn.obj);
    if (owner !== undefined) {
      const done = checkEnumCall(c, e, fn, owner);
      if (done !== undefined) return done;
    } else {
      const done = checkMethodCall(c, e, fn);
      if (done !== undefined) return done;
    }
  }
  const callee = fn.kind === "Member" ? checkMember(c, fn) : checkExpr(c, fn);
  e.fn = callee;
  const t = callee.ty as Type;
  const sym = callee.kind === "Name" || callee.kind === "Member" ? callee.sym : undefined;
  if (sym?.kind === "fn") return callFn(c, e, sym, undefined);
  if (t.kind === "dyn") return callDyn(c, e);
  if (t.kind === "fn") {
    e.target = { how: "pointer" };
    const params = (t.params as Type[]).map(
      (ty, i): ParamInfo => ({
        name: `#${i + 1}`,
        ty,
        value: undefined,
        hasDefault: false,
        text: false,
      }),
    );
    bindArgs(c, e, params, "this function value");
    finish(e, t.ret as Type, t.err);
    return e;
  }
  for (const a of e.args) a.value = checkExpr(c, a.value);
  if (t !== ERROR) {
    const help = t.kind === "struct" ? "write `Name { field: value }` for a struct" : undefined;
    c.error("T0419", fn, `a \`${t}\` cannot be called`, help);
  }
  e.ty = ERROR;
  return e;
}

function finish(e: Call, ret: Type, err: Type | undefined): void {
  e.ty = ret === ERROR || err === undefined ? ret : resultOf(ret, err);
}

function callFn(c: Checker, e: Call, fn: FnSym, self: Expr | undefined): Expr {
  signature(c, fn);
  let params = fn.params;
  if (self !== undefined) params = params.slice(1);
  e.target = self === undefined ? { how: "fn", fn } : { how: "fn", fn, self };
  bindArgs(c, e, params, `\`${fn.name}\``);
  finish(e, fn.ret, fn.err);
  return e;
}

/** Puts arguments in parameter order and checks them. */
function bindArgs(c: Checker, e: Call, params: readonly ParamInfo[], callee: string): void {
  const slots: (Arg | undefined)[] = params.map(() => undefined);
  let named = false;
  let next = 0;
  for (const arg of e.args) {
    const at = { pos: arg.pos, end: arg.value.end };
    let index = next;
    if (arg.name === undefined) {
      if (named)
        c.error(
          "T0420",
          at,
          "a positional argument follows a named one",
          "put positional arguments first",
        );
      next++;
    } else {
      named = true;
      index = params.findIndex((p) => p.name === arg.name);
      if (index < 0) {
        c.error(
          "T0420",
          at,
          `${callee} has no parameter \`${arg.name}\``,
          nearest(
            arg.name,
            params.map((p) => p.name),
          ),
        );
        arg.value = checkExpr(c, arg.value);
        continue;
      }
    }
    if (index >= params.length) {
      c.error("T0421", at, `${callee} takes ${count(params.length)}, not ${e.args.length}`);
      arg.value = checkExpr(c, arg.value);
      continue;
    }
    if (slots[index] !== undefined)
      c.error("T0420", at, `argument \`${params[index].name}\` is given twice`);
    slots[index] = arg;
  }
  const missing = params.filter((p, i) => slots[i] === undefined && !p.hasDefault);
  if (missing.length > 0) {
    const list = missing.map((p) => `\`${p.name}\``).join(", ");
    c.error("T0421", e, `${callee} needs ${list}`, `it takes ${count(params.length)}`);
  }
  e.args = params.map((p, i) => {
    const arg = slots[i];
    if (arg === undefined)
      return { name: undefined, value: constExpr(p.value ?? null, p.ty, e), pos: e.pos };
    arg.value = p.text ? textArg(c, arg.value) : checkAs(c, arg.value, p.ty);
    arg.name = undefined;
    return arg;
  });
  const self = e.target?.how === "fn" ? e.target.self : undefined;
  const all = e.args.map((a) => a.value);
  checkCallRegions(c, self === undefined ? all : [self, ...all]);
}

function count(n: number): string {
  return n === 0 ? "no arguments" : n === 1 ? "1 argument" : `${n} arguments`;
}

/** An argument of a `@text` parameter: whatever prints becomes text. */
function textArg(c: Checker, e: Expr): Expr {
  const done = checkExpr(c, e, STRING);
  if (done.ty === STRING || done.ty === ERROR) return done;
  checkPrintable(c, done);
  return { kind: "Interp", parts: ["", done, ""], ty: STRING, pos: e.pos, end: e.end };
}

/** An expression for a constant, such as a default argument. */
export function constExpr(v: Const, ty: Type, at: { pos: number; end: number }): Expr {
  const where = { pos: at.pos, end: at.end, ty };
  const inner = v === null ? undefined : innerType(v, ty);
  if (inner !== undefined)
    return { kind: "Conv", e: constExpr(v, inner, at), how: ty === DYN ? "box" : "some", ...where };
  if (typeof v === "bigint") return { kind: "Int", value: v, ...where };
  if (typeof v === "number") return { kind: "Float", value: v, ...where };
  if (typeof v === "string") return { kind: "Str", value: v, ...where };
  if (typeof v === "boolean") return { kind: "Bool", value: v, ...where };
  if (ty.kind === "dyn")
    return { kind: "Conv", e: { kind: "Null", ...where }, how: "box", ...where };
  return { kind: "Null", ...where };
}

/** The type of a constant inside of an optional or dynamic value; undefined for the other types. */
function innerType(v: Const, ty: Type): Type | undefined {
  if (ty.kind === "opt") return ty.elem;
  if (ty !== DYN) return undefined;
  if (typeof v === "bigint") return I64;
  if (typeof v === "number") return F64;
  return typeof v === "string" ? STRING : typeof v === "boolean" ? BOOL : undefined;
}

function checkMethodCall(c: Checker, e: Call, fn: Member): Expr | undefined {
  fn.obj = checkExpr(c, fn.obj);
  const t = fn.obj.ty as Type;
  if (t === ERROR) {
    for (const a of e.args) a.value = checkExpr(c, a.value);
    e.ty = ERROR;
    return e;
  }
  const base = t.kind === "ptr" ? (t.elem as Type) : t;
  const method = base.methods.get(fn.name);
  if (method === undefined) {
    if (t.kind === "dyn") {
      e.fn = checkMember(c, fn);
      return callDyn(c, e);
    }
    complete(c, base);
    const field = (base.fields ?? []).some((f) => f.name === fn.name);
    if (base.kind === "struct" && !field) {
      const known = [...base.methods.keys()];
      c.error(
        "T0306",
        { pos: fn.nameAt, end: fn.end },
        `\`${base}\` has no method \`${fn.name}\``,
        nearest(fn.name, known),
      );
      for (const a of e.args) a.value = checkExpr(c, a.value);
      e.ty = ERROR;
      return e;
    }
    if (base.kind === "string" || base.kind === "slice") {
      const lib = `write \`string.${fn.name}(s)\` with \`import string from "string";\``;
      c.error("T0306", { pos: fn.nameAt, end: fn.end }, `\`${base}\` has no methods`, lib);
      e.ty = ERROR;
      return e;
    }
    return undefined;
  }
  if (!method.pub && method.module !== c.module && c.homeModule() !== method.module) {
    c.error(
      "T0304",
      { pos: fn.nameAt, end: fn.end },
      `\`${fn.name}\` is private to module \`${method.module.name}\``,
      "put `pub` before its declaration",
    );
  }
  if (c.world.uses === true) method.uses.push({ source: c.source, pos: fn.nameAt });
  if (method.decl?.tape === true) {
    const at = { pos: fn.nameAt, end: fn.end };
    c.error("T0802", at, `\`${fn.name}\` runs only at compile time`, "call it in `@tape { ... }`");
    for (const a of e.args) a.value = checkExpr(c, a.value);
    e.ty = ERROR;
    return e;
  }
  fn.sym = method;
  signature(c, method);
  if (method.self === "") {
    c.error("T0422", fn, `\`${fn.name}\` takes no \`self\``, `write \`${base}.${fn.name}(...)\``);
    for (const a of e.args) a.value = checkExpr(c, a.value);
    e.ty = ERROR;
    return e;
  }
  return callFn(c, e, method, receiver(c, fn.obj, method, base));
}

function receiver(c: Checker, obj: Expr, method: FnSym, base: Type): Expr {
  const t = obj.ty as Type;
  const at = { pos: obj.pos, end: obj.end };
  if (method.self === "copy") {
    if (t.kind !== "ptr") return obj;
    return checkExpr(c, { kind: "Unary", op: "*", e: obj, ...at });
  }
  const want = method.params[0].ty;
  if (t.kind === "ptr") return coerce(c, obj, want);
  const readOnly = takeAddress(c, obj, "a method with `*self`");
  if (readOnly && !want.isConst && !isReading(c, method)) {
    const name = obj.kind === "Name" ? obj.name : "it";
    c.error(
      "T0602",
      obj,
      `\`${method.name}\` may change \`${name}\`, which is immutable`,
      `declare \`${name}\` with \`var\``,
    );
  }
  return { kind: "Unary", op: "&", e: obj, ty: ptrTo(base, want.isConst, true), ...at };
}

/** `Enum.from(n)`, `Enum.desc(m)`, `Enum.name(m)`. */
function checkEnumCall(c: Checker, e: Call, fn: Member, t: Type): Expr | undefined {
  if (t.kind !== "enum" || t.methods.has(fn.name)) return undefined;
  if (fn.name !== "from" && fn.name !== "desc" && fn.name !== "name") return undefined;
  complete(c, t);
  if (e.args.length !== 1 || e.args[0].name !== undefined)
    c.error("T0421", e, `\`${fn.name}\` takes 1 argument`);
  const arg = e.args[0];
  e.target = { how: "builtin", name: fn.name };
  if (arg !== undefined)
    arg.value = checkAs(c, arg.value, fn.name === "from" ? (t.backing as Type) : t);
  e.fn = { ...fn, ty: t };
  e.ty = fn.name === "from" ? optOf(t) : STRING;
  return e;
}

function callDyn(c: Checker, e: Call): Expr {
  e.target = { how: "dyn" };
  for (const a of e.args) {
    if (a.name !== undefined)
      c.error(
        "T0420",
        { pos: a.pos, end: a.value.end },
        "a dynamic call takes positional arguments only",
      );
    a.value = checkAs(c, a.value, DYN);
  }
  if (e.args.length > 16) c.error("T0421", e, "a dynamic call takes at most 16 arguments");
  e.ty = DYN;
  return e;
}

/** `select(c, a, b)` and `declassify(x)`. */
function checkSecretCall(c: Checker, e: Call, name: string, expected: Type | undefined): Expr {
  e.target = { how: "builtin", name };
  const args = e.args;
  const want = name === "select" ? 3 : 1;
  e.ty = ERROR;
  if (args.length !== want) {
    c.error("T0421", e, `\`${name}\` takes ${count(want)}, not ${args.length}`);
    return e;
  }
  if (name === "declassify") {
    args[0].value = checkExpr(c, args[0].value);
    e.ty = plain(args[0].value.ty as Type);
    return e;
  }
  const cond = checkExpr(c, args[0].value, BOOL);
  args[0].value = cond.ty === secretOf(BOOL) ? cond : checkCondition(c, cond);
  const a = checkExpr(c, args[1].value, expected);
  let t = a.ty as Type;
  const b = checkExpr(c, args[2].value, t);
  const secret = cond.ty?.kind === "secret" || t.kind === "secret" || b.ty?.kind === "secret";
  if (t !== ERROR && secret) t = secretOf(plain(t));
  args[1].value = coerce(c, a, t);
  args[2].value = coerce(c, b, t);
  const base = plain(t);
  if (base.kind !== "int" && base !== BOOL && base.kind !== "float" && t !== ERROR) {
    c.error("T0404", e, `\`select\` chooses between numbers or bools, not \`${t}\``);
    return e;
  }
  e.ty = t;
  return e;
}

export { checkAny };
