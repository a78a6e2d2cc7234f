/**
 * Literals of structs, variants and arrays.
 */
import { used } from "./uses.ts";
import type { ArrayLit, ArrayRep, Expr, StructLit } from "../parse/ast.ts";
import type { Checker } from "./checker.ts";
import { evalConst } from "./constant.ts";
import { checkAs, coerce } from "./convert.ts";
import { checkExpr } from "./expr.ts";
import { typeOfPath } from "./name.ts";
import { complete } from "./resolve.ts";
import { nearest } from "./suggest.ts";
import {
  arrayOf,
  DYN,
  ERROR,
  type FieldInfo,
  I64,
  plain,
  secretOf,
  sliceOf,
  type Type,
  VOID,
} from "./type.ts";

export function checkStructLit(c: Checker, e: StructLit): Expr {
  if (e.ty !== undefined) return e;
  const path = e.path;
  let t = typeOfPath(c, path);
  let fields: FieldInfo[] | undefined;
  let name = t?.name ?? "";
  if (t === undefined && path.kind === "Member") {
    const owner = typeOfPath(c, path.obj);
    if (owner?.kind === "tagged") {
      complete(c, owner);
      const index = (owner.variants ?? []).findIndex((v) => v.name === path.name);
      if (index >= 0) {
        t = owner;
        e.variant = index;
        fields = owner.variants?.[index].fields;
        name = `${owner}.${path.name}`;
      }
    }
  } else if (t?.kind === "struct" || t?.kind === "union") {
    complete(c, t);
    fields = t.fields;
  }
  if (t === undefined || fields === undefined) {
    const shown = c.source.text.slice(path.pos, path.end);
    c.error(
      "T0303",
      path,
      `\`${shown}\` is no struct or variant`,
      path.kind === "Name" ? nearest(path.name, [...c.module.types.keys()]) : undefined,
    );
    for (const f of e.fields) f.value = checkExpr(c, f.value);
    e.ty = ERROR;
    return e;
  }
  if (
    t.home !== c.module &&
    c.homeModule() !== t.home &&
    t.decl?.attrs.some((a) => a.name === "opaque") === true
  ) {
    c.error(
      "T0304",
      path,
      `the fields of \`${t}\` are hidden outside its module`,
      "use a function of its module that makes one",
    );
  }
  e.ty = t;
  const given = new Set<string>();
  for (const f of e.fields) {
    const index = fields.findIndex((x) => x.name === f.name);
    const at = { pos: f.pos, end: f.pos + f.name.length };
    if (index < 0) {
      c.error(
        "T0306",
        at,
        `\`${name}\` has no field \`${f.name}\``,
        nearest(
          f.name,
          fields.map((x) => x.name),
        ),
      );
      f.value = checkExpr(c, f.value);
      continue;
    }
    if (given.has(f.name)) c.error("T0301", at, `field \`${f.name}\` is given twice`);
    given.add(f.name);
    f.index = index;
    used(c, fields[index], f.pos);
    f.value = checkAs(c, f.value, fields[index].ty);
  }
  const missing = fields.filter((f) => !given.has(f.name)).map((f) => `\`${f.name}\``);
  if (t.kind === "union" ? given.size !== 1 : missing.length > 0) {
    const message =
      t.kind === "union"
        ? "a union literal gives exactly one field"
        : `${missing.join(", ")} of \`${name}\` ${missing.length > 1 ? "are" : "is"} missing`;
    c.error("T0416", e, message, "give every field a value");
  }
  return e;
}

/** Type of an element; lanes of a secret vector are secret. */
function laneOf(whole: Type, base: Type): Type {
  const elem = base.elem as Type;
  return whole.kind === "secret" && elem.kind !== "secret" ? secretOf(elem) : elem;
}

export function checkArrayLit(c: Checker, e: ArrayLit, expected: Type | undefined): Expr {
  if (
    expected?.kind === "dyn" ||
    (c.module.profile === "t2" && expected === undefined && e.items.length === 0)
  ) {
    e.items = e.items.map((item) => checkAs(c, item, DYN));
    e.ty = DYN;
    return e;
  }
  const want = expected === undefined ? undefined : plain(expected);
  let elem =
    want?.kind === "array" || want?.kind === "slice" || want?.kind === "vec"
      ? laneOf(expected as Type, want)
      : undefined;
  if (e.items.length === 0) {
    if (elem === undefined) {
      c.error(
        "T0417",
        e,
        "the type of an empty array is unknown",
        "write the type: `let a: [0]i64 = [];`",
      );
      e.ty = ERROR;
      return e;
    }
    e.ty = arrayOf(elem, 0);
    return e;
  }
  e.items = e.items.map((item, i) => {
    const done = checkExpr(c, item, elem);
    if (elem === undefined && i === 0) {
      elem = done.ty as Type;
      if (elem.kind === "null" || elem === VOID) {
        c.error(
          "T0417",
          item,
          "the type of the elements is unknown",
          "write the type of the array",
        );
        elem = ERROR;
      }
      return done;
    }
    return coerce(c, done, elem as Type);
  });
  if (want?.kind === "vec") {
    e.ty = expected;
    if (e.items.length !== want.len)
      c.error(
        "T0418",
        e,
        `a \`${want}\` takes ${want.len} lanes, not ${e.items.length}`,
        `\`[x; ${want.len}]\` gives every lane one value`,
      );
    return e;
  }
  e.ty = elem === ERROR || elem === undefined ? ERROR : arrayOf(elem, e.items.length);
  return e;
}

export function checkArrayRep(c: Checker, e: ArrayRep, expected: Type | undefined): Expr {
  const want = expected?.kind === "array" || expected === undefined ? expected : plain(expected);
  const elem =
    want?.kind === "array" || want?.kind === "vec" ? laneOf(expected as Type, want) : undefined;
  const item = checkExpr(c, e.item, elem);
  e.item = elem === undefined ? item : coerce(c, item, elem);
  e.count = checkExpr(c, e.count, I64);
  const n = evalConst(c, e.count);
  e.ty = ERROR;
  if (typeof n !== "bigint" || n < 0n || n > 1n << 24n) {
    if (e.count.ty !== ERROR)
      c.error(
        "T0407",
        e.count,
        "the count of an array is a constant from 0 to 2^24",
        "for a length known at run time, use `mem.make` or a list",
      );
    return e;
  }
  if (e.item.ty === ERROR) return e;
  if (want?.kind === "vec" && Number(n) === want.len) e.ty = expected;
  else e.ty = arrayOf(e.item.ty as Type, Number(n));
  return e;
}

export { sliceOf };
