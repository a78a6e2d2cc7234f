/**
 * Operators: operands of one type, `bool` for conditions, and the rules for secrets.
 */
import type { Binary, Expr, Unary } from "../parse/ast.ts";
import { checkAs, coerce, tryCoerce } from "./convert.ts";
import type { Checker } from "./checker.ts";
import { checkExpr, takeAddress } from "./expr.ts";
import { narrow } from "./narrow.ts";
import {
  BOOL,
  DYN,
  ERROR,
  NULL,
  optOf,
  plain,
  ptrTo,
  secretOf,
  STRING,
  type Type,
} from "./type.ts";

const trapping = new Set(["+", "-", "*"]);
const comparing = new Set(["==", "!=", "<", "<=", ">", ">="]);
const wrapHelp: Record<string, string> = { "+": "+%", "-": "-%", "*": "*%" };

export function checkUnary(c: Checker, e: Unary, expected: Type | undefined): Expr {
  if (e.op === "&") return checkAddress(c, e);
  e.e = checkExpr(c, e.e, e.op === "*" ? undefined : expected);
  const t = e.e.ty as Type;
  const p = plain(t);
  e.ty = t;
  if (t === ERROR) return e;
  switch (e.op) {
    case "*":
      if (t.kind !== "ptr") return wrong(c, e, `a \`${t}\` is no pointer`, "T0404");
      if (!t.nonNull) {
        c.error(
          "T0601",
          e,
          `this \`${t}\` may be null`,
          "test it against null first, or write `*p!` to trap on null",
        );
      }
      e.ty = t.elem as Type;
      return e;
    case "!":
      if (p !== BOOL)
        return wrong(
          c,
          e,
          `\`!\` takes a \`bool\`, not a \`${t}\``,
          "T0404",
          p.kind === "int" ? "write `x == 0`" : p.kind === "opt" ? "write `x == null`" : undefined,
        );
      return e;
    case "~":
      if (p.kind !== "int") return wrong(c, e, `\`~\` takes an integer, not a \`${t}\``, "T0404");
      return e;
    default:
      if (p.kind === "dyn") return e;
      if (p.kind !== "int" && p.kind !== "float")
        return wrong(c, e, `\`-\` takes a number, not a \`${t}\``, "T0404");
      if (p.kind === "int" && !p.signed)
        return wrong(
          c,
          e,
          `\`-\` takes a signed number, not a \`${t}\``,
          "T0404",
          "write `0 -% x` to wrap around",
        );
      if (t.kind === "secret")
        return wrong(c, e, "`-` on a secret could trap", "T0703", "write `0 -% x`");
      return e;
  }
}

function wrong(c: Checker, e: Expr, message: string, code: string, help?: string): Expr {
  c.error(code, e, message, help);
  e.ty = ERROR;
  return e;
}

function checkAddress(c: Checker, e: Unary): Expr {
  e.e = checkExpr(c, e.e);
  const t = e.e.ty as Type;
  if (t === ERROR) {
    e.ty = ERROR;
    return e;
  }
  const readOnly = takeAddress(c, e.e, "`&`");
  e.ty = ptrTo(t, readOnly, true);
  return e;
}

function isLiteral(e: Expr): boolean {
  switch (e.kind) {
    case "Int":
    case "Float":
    case "Null":
      return true;
    case "Unary":
      return e.op !== "*" && e.op !== "&" && isLiteral(e.e);
    case "Binary":
      return isLiteral(e.left) && isLiteral(e.right);
    default:
      return false;
  }
}

/** Operands that adapt: literals, and constants without a written type. */
function adapts(c: Checker, e: Expr): boolean {
  if (isLiteral(e)) return true;
  if (e.kind !== "Name") return false;
  const sym = c.lookup(e.name);
  return sym?.kind === "var" && sym.how === "const" && sym.decl?.type === undefined;
}

export function checkBinary(c: Checker, e: Binary, expected: Type | undefined): Expr {
  const op = e.op;
  if (op === "&&" || op === "||") return checkLogic(c, e);
  const want = comparing.has(op) ? undefined : expected;
  if (op === "<<" || op === ">>") {
    e.left = checkExpr(c, e.left, want);
    e.right = checkExpr(
      c,
      e.right,
      plain(e.left.ty as Type).kind === "int" ? e.left.ty : undefined,
    );
    return shift(c, e);
  }
  if (adapts(c, e.left) && !adapts(c, e.right)) {
    e.right = checkExpr(c, e.right, want);
    e.left = checkExpr(c, e.left, e.right.ty);
  } else {
    e.left = checkExpr(c, e.left, want);
    e.right = checkExpr(c, e.right, e.left.ty);
  }
  const l = e.left.ty as Type;
  const r = e.right.ty as Type;
  if (l === ERROR || r === ERROR) {
    e.ty = comparing.has(op) ? BOOL : ERROR;
    return e;
  }
  if (l.kind === "dyn" || r.kind === "dyn") return dynamic(c, e);
  if (l !== r) unify(c, e);
  const t = e.left.ty as Type;
  if (e.left.ty !== e.right.ty) return mismatched(c, e, l, r);
  return comparing.has(op) ? compare(c, e, t) : arithmetic(c, e, t);
}

function unify(c: Checker, e: Binary): void {
  const right = tryCoerce(c, e.right, e.left.ty as Type);
  if (right !== undefined) {
    e.right = right;
    return;
  }
  const left = tryCoerce(c, e.left, e.right.ty as Type);
  if (left !== undefined) e.left = left;
  else if (
    e.left.ty?.kind === "ptr" &&
    e.right.ty?.kind === "ptr" &&
    e.left.ty.elem === e.right.ty.elem
  ) {
    const t = ptrTo(e.left.ty.elem as Type, true, false);
    e.left = coerce(c, e.left, t);
    e.right = coerce(c, e.right, t);
  }
}

function mismatched(c: Checker, e: Binary, l: Type, r: Type): Expr {
  let help: string | undefined;
  if ((l === STRING || r === STRING) && e.op === "+")
    help = 'write `"{a}{b}"` to join values as text';
  else if (
    (plain(l).kind === "int" || plain(l).kind === "float") &&
    (plain(r).kind === "int" || plain(r).kind === "float")
  ) {
    help = `convert one side: \`x as ${l}\` or \`x as ${r}\``;
  } else if (r === NULL || l === NULL) help = `a \`${l === NULL ? r : l}\` is never null`;
  else if (l.kind === "opt" || r.kind === "opt")
    help = "test it against null first, or write `x!` to trap on null";
  c.error("T0404", e, `\`${e.op}\` cannot join \`${l}\` and \`${r}\``, help);
  e.ty = comparing.has(e.op) ? BOOL : ERROR;
  return e;
}

function dynamic(c: Checker, e: Binary): Expr {
  e.left = coerce(c, e.left, DYN);
  e.right = coerce(c, e.right, DYN);
  if (/[%|]$/.test(e.op) && e.op.length === 2)
    return wrong(
      c,
      e,
      `\`${e.op}\` does not work on dynamic values`,
      "T0404",
      "convert them with `as i64`",
    );
  if ("&|^".includes(e.op))
    return wrong(
      c,
      e,
      `\`${e.op}\` does not work on dynamic values`,
      "T0404",
      "convert them with `as i64`",
    );
  e.ty = comparing.has(e.op) ? BOOL : DYN;
  return e;
}

function compare(c: Checker, e: Binary, t: Type): Expr {
  const p = plain(t);
  e.ty = t.kind === "secret" ? secretOf(BOOL) : BOOL;
  const equality = e.op === "==" || e.op === "!=";
  const ordered = p.kind === "int" || p.kind === "float" || p === STRING || p.kind === "enum";
  if (ordered) return e;
  if (equality) {
    if (p === BOOL || p.kind === "ptr" || p === NULL || p.kind === "fn") return e;
    if (p.kind === "opt") {
      const other = e.left.ty === optOf(p.elem as Type) && isNull(e.left) ? e.right : e.left;
      if (isNull(e.left) || isNull(e.right) || simple(p.elem as Type)) return e;
      return wrong(c, other, `\`${t}\` can only be compared with \`null\``, "T0404") && e;
    }
    if (p.kind === "slice" && (p.elem as Type).kind === "int") return e;
    if (p.kind === "tagged") {
      return wrong(c, e, `\`${t}\` has no \`${e.op}\``, "T0404", "use `match`, or `x is Variant`");
    }
  }
  return wrong(
    c,
    e,
    `\`${t}\` has no \`${e.op}\``,
    "T0404",
    p.kind === "struct" ? "compare its fields" : undefined,
  );
}

function simple(t: Type): boolean {
  return (
    t.kind === "int" ||
    t.kind === "bool" ||
    t.kind === "enum" ||
    t.kind === "ptr" ||
    t.kind === "float"
  );
}

function isNull(e: Expr): boolean {
  return e.kind === "Null" || (e.kind === "Conv" && isNull(e.e));
}

function arithmetic(c: Checker, e: Binary, t: Type): Expr {
  const p = plain(t);
  const op = e.op;
  e.ty = t;
  if (p === STRING && op === "+") return e;
  if (p.kind === "int" || (p.kind === "vec" && p.elem?.kind === "int")) {
    if (t.kind === "secret" && trapping.has(op)) {
      return wrong(
        c,
        e,
        `\`${op}\` on a secret could trap`,
        "T0703",
        `write \`${wrapHelp[op]}\`, which wraps around`,
      );
    }
    if (t.kind === "secret" && /[+-]\|/.test(op)) {
      return wrong(
        c,
        e,
        `\`${op}\` on a secret may branch`,
        "T0703",
        `write \`${op[0]}%\`, which wraps around`,
      );
    }
    if (p.kind === "vec" && (trapping.has(op) || op === "/" || op === "%" || /[+-]\|/.test(op))) {
      return wrong(
        c,
        e,
        `vectors have no \`${op}\``,
        "T0404",
        trapping.has(op) ? `write \`${wrapHelp[op]}\`, which wraps around` : undefined,
      );
    }
    if (t.kind === "secret" && (op === "/" || op === "%")) {
      return wrong(
        c,
        e,
        `\`${op}\` on a secret takes a time that depends on it`,
        "T0703",
        "use masks and shifts",
      );
    }
    return e;
  }
  if (p.kind === "float" || (p.kind === "vec" && p.elem?.kind === "float")) {
    if (op === "+" || op === "-" || op === "*" || op === "/") return e;
    const help = op === "%" ? "`math.fmod(a, b)` gives the remainder of floats" : undefined;
    return wrong(c, e, `floats have no \`${op}\``, "T0404", help);
  }
  if (p === BOOL && (op === "&" || op === "|" || op === "^")) return e;
  const help =
    p.kind === "ptr"
      ? "for address arithmetic, cast: `(p as i64 + n) as *T`"
      : p.kind === "enum"
        ? "convert it with `as`"
        : undefined;
  return wrong(c, e, `\`${t}\` has no \`${op}\``, "T0404", help);
}

function shift(c: Checker, e: Binary): Expr {
  const l = e.left.ty as Type;
  const r = e.right.ty as Type;
  e.ty = l;
  if (l === ERROR || r === ERROR) return e;
  const base = plain(l);
  const lanes = base.kind === "vec" && base.elem?.kind === "int";
  if ((base.kind !== "int" && !lanes) || plain(r).kind !== "int") {
    return wrong(c, e, `\`${e.op}\` cannot join \`${l}\` and \`${r}\``, "T0404");
  }
  if (r.kind === "secret") e.ty = secretOf(base);
  return e;
}

function checkLogic(c: Checker, e: Binary): Expr {
  e.left = logicSide(c, e.left, e.op);
  c.push();
  narrow(c, e.left, e.op === "&&");
  e.right = logicSide(c, e.right, e.op);
  c.pop();
  e.ty = BOOL;
  return e;
}

function logicSide(c: Checker, side: Expr, op: string): Expr {
  const e = checkExpr(c, side, BOOL);
  if (e.ty?.kind === "secret") {
    c.error("T0703", e, `\`${op}\` on a secret would branch`, `use \`${op[0]}\` on secret bools`);
    return { ...e, ty: ERROR } as Expr;
  }
  return coerce(c, e, BOOL);
}

export { checkAs };
