/**
 * `as` and `is`: explicit conversions and tests.
 */
import type { Cast, Expr, Is } from "../parse/ast.ts";
import type { Checker } from "./checker.ts";
import { tryCoerce } from "./convert.ts";
import { checkExpr } from "./expr.ts";
import { typeOfPath } from "./name.ts";
import { complete, resolveType } from "./resolve.ts";
import {
  BOOL,
  DYN,
  ERROR,
  plain,
  ptrTo,
  secretOf,
  sliceOf,
  STRING,
  type Type,
  U8,
} from "./type.ts";

export function checkCast(c: Checker, e: Cast): Expr {
  const want = resolveType(c, e.to);
  e.e = checkExpr(c, e.e, literalTarget(e.e, want));
  const have = e.e.ty as Type;
  e.ty = want;
  if (want === ERROR || have === ERROR) {
    e.ty = ERROR;
    return e;
  }
  const target =
    have.kind === "secret" && plain(want).kind === "int" ? secretOf(plain(want)) : want;
  if (plain(have) === plain(want)) {
    e.ty = target;
    return e;
  }
  if (castable(plain(have), plain(want))) {
    e.ty = target;
    return e;
  }
  const implicit = tryCoerce(c, e.e, want);
  if (implicit !== undefined) return implicit;
  let help: string | undefined;
  if (want.kind === "bool") help = "write `x != 0`";
  else if (want === STRING) help = 'write `"{x}"`';
  else if (want.kind === "enum") help = `write \`${want}.from(n)\`, which gives \`?${want}\``;
  else if (have === STRING && (want.kind === "int" || want.kind === "float"))
    help = `write \`string.to_${want.kind === "int" ? "i64" : "f64"}(s)\``;
  else if (have.kind === "opt") help = "unwrap it first: `x!`";
  c.error("T0415", e, `a \`${have}\` cannot be cast to \`${want}\``, help);
  e.ty = ERROR;
  return e;
}

/** A literal under a cast keeps its own type where it does not fit, so that `300 as u8` truncates. */
function literalTarget(e: Expr, want: Type): Type | undefined {
  if (e.kind === "Int" && plain(want).kind === "int") return undefined;
  if (e.kind === "Int" && want.kind === "float") return undefined;
  return want;
}

function castable(have: Type, want: Type): boolean {
  const number = (t: Type): boolean => t.kind === "int" || t.kind === "float";
  if (number(have) && number(want)) return true;
  if (want.kind === "int") {
    return (
      have.kind === "bool" ||
      have.kind === "enum" ||
      have.kind === "ptr" ||
      have.kind === "dyn" ||
      have.kind === "fn"
    );
  }
  if (have.kind === "dyn") return want.kind === "float" || want === BOOL || want === STRING;
  if (want.kind === "ptr") {
    if (have.kind === "int" && have.bits === 64) return !want.nonNull;
    return (
      have.kind === "ptr" && (!have.isConst || want.isConst) && (!want.nonNull || have.nonNull)
    );
  }
  return false;
}

/** `x is T` on dynamic values, `x is Variant` on tagged unions. */
export function checkIs(c: Checker, e: Is): Expr {
  e.e = checkExpr(c, e.e);
  const t = e.e.ty as Type;
  e.ty = BOOL;
  if (t === ERROR) return e;
  if (t.kind === "tagged") {
    complete(c, t);
    const path = e.to.kind === "TName" ? e.to.path : [];
    const name = path[path.length - 1];
    const index = (t.variants ?? []).findIndex((v) => v.name === name);
    const owner = path.length === 1 ? t : path.length >= 2 ? ownerOf(c, path, e) : undefined;
    if (index < 0 || owner !== t)
      c.error("T0306", e.to, `\`${t}\` has no variant \`${path.join(".")}\``);
    else e.variant = index;
    return e;
  }
  if (t.kind !== "dyn") {
    c.error(
      "T0404",
      e,
      `\`is\` tests dynamic values and tagged unions, not a \`${t}\``,
      "its type is known already",
    );
    return e;
  }
  e.want = isTarget(c, e.to);
  return e;
}

function ownerOf(c: Checker, path: string[], at: Is): Type | undefined {
  let node: Expr = { kind: "Name", name: path[0], pos: at.pos, end: at.end };
  for (const name of path.slice(1, -1))
    node = { kind: "Member", obj: node, name, nameAt: at.pos, pos: at.pos, end: at.end };
  return typeOfPath(c, node);
}

/** The type that a dynamic value is tested for. */
export function isTarget(c: Checker, node: Is["to"]): Type {
  if (node.kind === "TName" && node.path.length === 1) {
    const shape = dynShapes[node.path[0]];
    if (shape !== undefined && c.lookupType(node.path[0]) === undefined) return shape;
  }
  const t = resolveType(c, node);
  const fine =
    t.kind === "int" ||
    t.kind === "float" ||
    t === BOOL ||
    t === STRING ||
    t === ERROR ||
    t === DYN;
  if (!fine)
    c.error(
      "T0404",
      node,
      `a dynamic value is never a \`${t}\``,
      "it is an integer, `f64`, `bool`, `string`, `list`, `map`, `function` or `null`",
    );
  return t;
}

/** Shapes of dynamic values that have no static type; stand-ins that only `is` and `match` see. */
export const dynShapes: Readonly<Record<string, Type>> = {
  list: sliceOf(DYN, false),
  map: ptrTo(DYN, false, false),
  function: ptrTo(DYN, true, false),
  null: ptrTo(U8, true, false),
};
