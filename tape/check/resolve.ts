/**
 * Type syntax to types, and completion of named types.
 *
 * A named type is completed when its size or fields are first needed; a type that contains itself by value is
 * reported once. Invariant: after `complete(t)` every field of `t` has a type, `ERROR` at worst.
 */
import { used } from "./uses.ts";
import type { Field, TypeNode } from "../parse/ast.ts";
import type { Checker } from "./checker.ts";
import { expandStruct } from "../comptime/expand.ts";
import { checkExpr } from "./expr.ts";
import { evalConst } from "./constant.ts";
import { nearest } from "./suggest.ts";
import {
  arrayOf,
  builtinTypes,
  ERROR,
  type FieldInfo,
  fnOf,
  I32,
  I64,
  optOf,
  ptrTo,
  rangeOf,
  secretOf,
  sliceOf,
  type Type,
  VOID,
} from "./type.ts";

/** Resolves type syntax; wrong syntax is reported and gives `ERROR`. */
export function resolveType(c: Checker, node: TypeNode): Type {
  switch (node.kind) {
    case "TGiven":
      return node.ty;
    case "TName":
      return resolveName(c, node.path, node);
    case "TPtr":
      return ptrTo(resolveType(c, node.elem), node.isConst, node.nonNull);
    case "TSlice":
      return sliceOf(sized(c, resolveType(c, node.elem), node.elem), node.isConst);
    case "TArray": {
      const elem = sized(c, resolveType(c, node.elem), node.elem);
      complete(c, elem);
      const len = checkExpr(c, node.len, I64);
      const value = len.ty === ERROR ? undefined : evalConst(c, len);
      if (len.ty === ERROR) return ERROR;
      if (typeof value !== "bigint" || value < 0n || value > 1n << 30n) {
        c.error(
          "T0407",
          node.len,
          "the length of an array is a constant from 0 to 2^30",
          "use `[]T` for a length known only at run time",
        );
        return ERROR;
      }
      return elem === ERROR ? ERROR : arrayOf(elem, Number(value));
    }
    case "TOpt": {
      const elem = sized(c, resolveType(c, node.elem), node.elem);
      return optOf(elem);
    }
    case "TSecret": {
      const elem = resolveType(c, node.elem);
      const base = elem.kind === "array" || elem.kind === "slice" ? elem.elem : elem;
      if (base?.kind !== "int" && base?.kind !== "bool" && base?.kind !== "vec" && elem !== ERROR) {
        c.error(
          "T0701",
          node,
          `\`secret ${elem}\` is not possible`,
          "`secret` goes with integers, bool and vectors",
        );
        return ERROR;
      }
      return secretOf(elem);
    }
    case "TFn": {
      const params = node.params.map((p) => sized(c, resolveType(c, p), p));
      const ret = node.ret === undefined ? VOID : resolveType(c, node.ret.type);
      const err = node.ret?.err === undefined ? undefined : resolveType(c, node.ret.err);
      return params.includes(ERROR) || ret === ERROR ? ERROR : fnOf(params, ret, err);
    }
  }
}

function sized(c: Checker, t: Type, at: TypeNode): Type {
  if (t === VOID) {
    c.error("T0408", at, "`void` has no values to hold here");
    return ERROR;
  }
  return t;
}

function resolveName(c: Checker, path: string[], at: { pos: number; end: number }): Type {
  if (path.length === 1) {
    const name = path[0];
    const t = c.lookupType(name) ?? builtinTypes.get(name);
    if (t?.decl !== undefined) used(c, t, at.pos);
    if (t !== undefined) return allowed(c, t, at);
    const known = [...c.module.types.keys(), ...builtinTypes.keys()];
    c.error("T0303", at, `there is no type \`${name}\``, typeHelp(name) ?? nearest(name, known));
    return ERROR;
  }
  const space = c.lookup(path[0]);
  if (path.length === 2 && space?.kind === "space") {
    space.used = true;
    const t = space.module.types.get(path[1]);
    if (t === undefined) {
      c.error(
        "T0303",
        at,
        `module \`${path[0]}\` has no type \`${path[1]}\``,
        nearest(path[1], [...space.module.typePub]),
      );
      return ERROR;
    }
    if (!space.module.typePub.has(path[1])) {
      c.error(
        "T0304",
        at,
        `\`${path[1]}\` is private to module \`${path[0]}\``,
        "put `pub` before its declaration",
      );
    }
    used(c, t, at.end - path[1].length);
    return t;
  }
  c.error("T0303", at, `there is no type \`${path.join(".")}\``);
  return ERROR;
}

function typeHelp(name: string): string | undefined {
  const known: Record<string, string> = {
    usize: "lengths and indices are `i64`",
    String: "the type is `string`",
    str: "the type is `string`",
    boolean: "the type is `bool`",
    double: "the type is `f64`",
    char: "a byte is `u8`",
    number: "write `i64` or `f64`",
    long: "the type is `i64`",
    self: "write the name of the type",
  };
  return known[name];
}

function allowed(c: Checker, t: Type, at: { pos: number; end: number }): Type {
  const profile = c.module.profile;
  if (profile !== "t2" && t.kind === "dyn") {
    c.error(
      "T0704",
      at,
      `profile ${profile} has no dynamic values`,
      "use a `tagged` union, or `@profile(t2)`",
    );
    return ERROR;
  }
  if (profile === "t0" && t.kind === "string") {
    c.error("T0704", at, "profile t0 has no `string`", "use `[]const u8`, or `@profile(t1)`");
    return ERROR;
  }
  return t;
}

/** Makes fields, members and variants of a named type (and of what it holds by value) known. */
export function complete(c: Checker, t: Type): void {
  if (t.kind === "array" || t.kind === "opt" || t.kind === "result") {
    complete(c, t.elem as Type);
    return;
  }
  if (t.state === 2 || t.decl === undefined || t.home === undefined) return;
  const decl = t.decl;
  if (t.state === 1) {
    c.within(t.home, decl.origin, () => {
      c.error(
        "T0409",
        { pos: decl.nameAt, end: decl.nameAt + decl.name.length },
        `\`${t}\` contains itself`,
        "hold it through a pointer: `?*T`",
      );
    });
    return;
  }
  t.state = 1;
  c.within(t.home, decl.origin, () => {
    if (decl.kind === "Struct") {
      const fields = expandStruct(c, decl);
      t.fields = completeFields(c, fields, t);
      if (t.kind === "union" && c.module.profile === "t2") {
        c.error(
          "T0704",
          decl,
          "profile t2 has no untagged `union`",
          "use `tagged`, or `@profile(t1)`",
        );
      }
    } else if (decl.kind === "Tagged") {
      const seen = new Set<string>();
      t.variants = decl.variants.map((v) => {
        if (seen.has(v.name))
          c.error("T0301", { pos: v.pos }, `variant \`${v.name}\` is declared twice`);
        seen.add(v.name);
        return { name: v.name, fields: completeFields(c, v.fields, t), size: 0, attrs: v.attrs };
      });
    } else completeEnum(c, t);
  });
  t.state = 2;
}

function completeFields(c: Checker, fields: readonly Field[], owner: Type): FieldInfo[] {
  const seen = new Set<string>();
  return fields.map((f) => {
    if (seen.has(f.name))
      c.error(
        "T0301",
        { pos: f.pos, end: f.pos + f.name.length },
        `field \`${f.name}\` is declared twice`,
      );
    seen.add(f.name);
    let ty = resolveType(c, f.type);
    if (ty === VOID) {
      c.error("T0408", f.type, "a field cannot be `void`");
      ty = ERROR;
    }
    complete(c, ty);
    const inner = valueOf(ty);
    if (inner.state === 1) ty = ERROR;
    if (owner.kind === "union" && (ty.kind === "string" || ty.kind === "dyn")) {
      c.error("T0410", f.type, "a `union` cannot hold a managed field", "use `tagged`");
    }
    return { name: f.name, ty, offset: 0, attrs: f.attrs };
  });
}

function valueOf(t: Type): Type {
  return t.kind === "array" || t.kind === "opt" ? valueOf(t.elem as Type) : t;
}

function completeEnum(c: Checker, t: Type): void {
  const decl = t.decl;
  if (decl?.kind !== "Enum") return;
  const backing = decl.backing === undefined ? I32 : resolveType(c, decl.backing);
  t.backing = backing.kind === "int" ? backing : I32;
  if (backing.kind !== "int" && backing !== ERROR) {
    c.error(
      "T0411",
      decl.backing as TypeNode,
      `an enum is backed by an integer type, not by \`${backing}\``,
    );
  }
  let next = 0n;
  const seen = new Map<string, bigint>();
  t.members = decl.members.map((m) => {
    if (m.value !== undefined) {
      const e = checkExpr(c, m.value, t.backing);
      const v = evalConst(c, e);
      if (typeof v === "bigint") next = v;
      else if (e.ty !== ERROR)
        c.error("T0407", m.value, "the value of a member is a constant integer");
    }
    const [low, high] = rangeOf(t.backing as Type);
    if (next < low || next > high)
      c.error(
        "T0405",
        { pos: m.pos, end: m.pos + m.name.length },
        `${next} does not fit in ${t.backing}`,
      );
    if (seen.has(m.name))
      c.error(
        "T0301",
        { pos: m.pos, end: m.pos + m.name.length },
        `member \`${m.name}\` is declared twice`,
      );
    seen.set(m.name, next);
    return { name: m.name, value: next++, desc: m.desc };
  });
}
