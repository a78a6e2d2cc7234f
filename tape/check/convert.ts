/**
 * Implicit conversions, all of them: literals that fit, `T` to `?T`, pointers and slices that lose rights,
 * string to bytes, value to `secret`, value to `dyn` in scripts.
 */
import type { Conv, ConvHow, Expr } from "../parse/ast.ts";
import type { Checker } from "./checker.ts";
import { checkExpr } from "./expr.ts";
import {
  DYN,
  ERROR,
  F64,
  I64,
  NEVER,
  NULL,
  plain,
  rangeOf,
  STRING,
  type Type,
  U8,
  VOID,
} from "./type.ts";

function conv(e: Expr, how: ConvHow, ty: Type): Conv {
  return { kind: "Conv", e, how, ty, pos: e.pos, end: e.end };
}

/** `e` as a `want`; reports a mismatch and then gives an expression of type `ERROR`. */
export function coerce(c: Checker, e: Expr, want: Type): Expr {
  const done = tryCoerce(c, e, want);
  if (done !== undefined) return done;
  mismatch(c, e, want);
  return { ...e, ty: ERROR } as Expr;
}

/** `e` as a `want`, or undefined where no implicit conversion leads there. */
export function tryCoerce(c: Checker, e: Expr, want: Type): Expr | undefined {
  const have = e.ty as Type;
  if (have === want || have === NEVER) return e;
  if (have === ERROR || want === ERROR) return { ...e, ty: ERROR } as Expr;
  const literal = flexible(e);
  if (literal !== undefined) {
    const fitted = fitLiteral(c, literal, want);
    if (fitted !== undefined) return fitted;
  }
  if (want.kind === "opt") {
    if (have === NULL) return { ...e, ty: want } as Expr;
    const inner = tryCoerce(c, e, want.elem as Type);
    return inner === undefined ? undefined : conv(inner, "some", want);
  }
  if (want.kind === "dyn") {
    if (
      c.module.profile !== "t2" ||
      have === VOID ||
      have.kind === "secret" ||
      have.kind === "type"
    )
      return undefined;
    if (have.kind === "fn" && !((e.kind === "Name" || e.kind === "Member") && e.sym?.kind === "fn"))
      return undefined;
    return boxable(have) ? conv(e, "box", DYN) : undefined;
  }
  if (want.kind === "ptr") {
    if (have === NULL) return want.nonNull ? undefined : ({ ...e, ty: want } as Expr);
    if (have.kind === "ptr" && have.elem === want.elem) {
      if ((have.isConst && !want.isConst) || (want.nonNull && !have.nonNull)) return undefined;
      return conv(e, "same", want);
    }
    if (e.kind === "Str" && want.elem === U8) return conv(e, "cstr", want);
    return undefined;
  }
  if (want.kind === "slice") {
    if (have.kind === "slice" && have.elem === want.elem && want.isConst)
      return conv(e, "same", want);
    if (have === STRING && want.elem === U8 && want.isConst) return conv(e, "view", want);
    return undefined;
  }
  if (want.kind === "secret") {
    const inner = tryCoerce(c, e, want.elem as Type);
    return inner === undefined ? undefined : conv(inner, "same", want);
  }
  return undefined;
}

/** Types that can become dynamic values. */
export function boxable(t: Type): boolean {
  switch (t.kind) {
    case "int":
    case "float":
    case "bool":
    case "string":
    case "null":
    case "enum":
    case "fn":
    case "dyn":
      return true;
    case "opt":
    case "array":
    case "slice":
      return boxable(t.elem as Type);
    case "struct":
      return (t.fields ?? []).every((f) => boxable(f.ty));
    default:
      return false;
  }
}

/** The literal that an expression stands for, when its type may still adapt. */
function flexible(e: Expr): Expr | undefined {
  if (e.kind === "Int" || e.kind === "Float" || e.kind === "Str") return e;
  if ((e.kind === "Name" || e.kind === "Member") && e.sym?.kind === "var" && e.sym.flexible) {
    const v = e.sym.value;
    const at = { pos: e.pos, end: e.end, ty: e.ty } as { pos: number; end: number; ty: Type };
    if (typeof v === "bigint") return { kind: "Int", value: v, ...at };
    if (typeof v === "number") return { kind: "Float", value: v, ...at };
  }
  return undefined;
}

function fitLiteral(c: Checker, e: Expr, want: Type): Expr | undefined {
  const t = plain(want);
  if (e.kind === "Int" && t.kind === "int") {
    const [low, high] = rangeOf(t);
    if (e.value < low || e.value > high) {
      c.error(
        "T0405",
        e,
        `${e.value} does not fit in ${t.name}`,
        `${t.name} holds ${low} to ${high}`,
      );
      return { ...e, ty: ERROR };
    }
    return { ...e, ty: want };
  }
  if (e.kind === "Int" && t.kind === "float") {
    const v = Number(e.value);
    if (BigInt(t.bits === 32 ? Math.fround(v) : v) !== e.value) {
      c.error(
        "T0405",
        e,
        `${e.value} has no exact value in ${t.name}`,
        "write a float literal or a cast",
      );
      return { ...e, ty: ERROR };
    }
    return { kind: "Float", value: v, pos: e.pos, end: e.end, ty: want };
  }
  if (e.kind === "Float" && t.kind === "float") return { ...e, ty: want };
  return undefined;
}

/** Type of a literal that nothing constrains. */
export function defaultType(e: Expr): Type {
  if (e.kind === "Float") return F64;
  return I64;
}

/** The message for a value of the wrong type, with the cure that fits the pair. */
export function mismatch(c: Checker, e: Expr, want: Type): void {
  const have = e.ty as Type;
  if (have === ERROR || want === ERROR) return;
  let code = "T0401";
  let help: string | undefined;
  if (have === NULL && want.kind === "ptr") {
    code = "T0601";
    help = "`*!T` is never null; use `*T` or `?*T`";
  } else if (have === NULL) help = `declare it \`?${want}\` to allow null`;
  else if (have.kind === "ptr" && want.kind === "ptr" && have.elem === want.elem) {
    if (have.isConst && !want.isConst) {
      code = "T0602";
      help = "a `*const` pointer gives no right to write; take `*const` here too";
    } else {
      code = "T0601";
      help = "test it against null first, or write `p!` to trap on null";
    }
  } else if (have.kind === "slice" && want.kind === "slice" && have.elem === want.elem) {
    code = "T0602";
    help = "a `[]const` slice gives no right to write; take `[]const` here too";
  } else if (have.kind === "opt" && have.elem === want) {
    help = "test it against null, write `x!` to trap on null, or `x or { default }`";
  } else if (have.kind === "secret" && have.elem === want) {
    code = "T0702";
    help = "a secret stays secret; `declassify(x)` makes it public on purpose";
  } else if (have.kind === "array" && want.kind === "slice" && have.elem === want.elem)
    help = "write `a[..]` for a slice of it";
  else if (want.kind === "bool")
    help =
      have.kind === "int"
        ? "write `x != 0`"
        : have.kind === "dyn"
          ? "write `x as bool`"
          : undefined;
  else if (want === STRING)
    help =
      have.kind === "slice"
        ? "`string.from(s)` makes a string of bytes"
        : 'write `"{x}"` to make text of it';
  else if (
    (have.kind === "int" || have.kind === "float") &&
    (want.kind === "int" || want.kind === "float")
  )
    help = `write \`x as ${want}\``;
  else if (have.kind === "dyn") help = `write \`x as ${want}\` for a checked conversion`;
  else if (have.kind === "enum" && want.kind === "int") help = `write \`x as ${want}\``;
  else if (have.kind === "int" && want.kind === "enum")
    help = `write \`${want}.from(n)\`, which gives \`?${want}\``;
  else if (want.kind === "ptr" && want.elem === have) help = "write `&x` for its address";
  else if (have.kind === "ptr" && have.elem === want) help = "write `*p` for what it points to";
  c.error(code, e, `expected \`${want}\`, found \`${have}\``, help);
}

/** Checks `e` against a type and converts it. */
export function checkAs(c: Checker, e: Expr, want: Type): Expr {
  return coerce(c, checkExpr(c, e, want), want);
}
