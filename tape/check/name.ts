/**
 * Names and members: variables, functions, `module.name`, `Type.member`, fields, `.len` and `.ptr`.
 */
import { used } from "./uses.ts";
import type { Expr, Member, Name } from "../parse/ast.ts";
import type { Checker } from "./checker.ts";
import { resolveGlobal, signature } from "./declare.ts";
import { checkExpr, deref } from "./expr.ts";
import { complete } from "./resolve.ts";
import { nearest } from "./suggest.ts";
import type { FnSym, Module, Sym, VarSym } from "./symbol.ts";
import { builtinTypes, DYN, ERROR, fnOf, I64, ptrTo, secretOf, type Type, U8 } from "./type.ts";

/** The type of a function as a value. */
export function fnType(c: Checker, fn: FnSym): Type {
  signature(c, fn);
  return fn.params.some((p) => p.ty === ERROR) || fn.ret === ERROR
    ? ERROR
    : fnOf(
        fn.params.map((p) => p.ty),
        fn.ret,
        fn.err,
      );
}

function use(c: Checker, sym: VarSym | FnSym, pos: number): void {
  if (c.world.uses === true) sym.uses.push({ source: c.source, pos });
}

export function checkName(c: Checker, e: Name): Expr {
  const sym = c.lookup(e.name);
  if (sym === undefined) {
    e.ty = ERROR;
    unknownName(c, e);
    return e;
  }
  return bind(c, e, e, sym, e.pos);
}

function unknownName(c: Checker, e: Name): void {
  const known: string[] = [...c.module.values.keys()];
  for (let s = c.scope; s !== undefined; s = s.up) known.push(...s.vars.keys());
  const t = c.lookupType(e.name) ?? builtinTypes.get(e.name);
  if (t !== undefined) {
    const help =
      t.kind === "struct" ? `write \`${e.name} { field: value }\` for a value of it` : undefined;
    c.error("T0402", e, `\`${e.name}\` is a type and no value`, help);
    return;
  }
  const helps: Record<string, string> = {
    print: 'write `import io from "io";` and `io.print(...)`',
    println: 'write `import io from "io";` and `io.println(...)`',
    nil: "the value is `null`",
    None: "the value is `null`",
    undefined: "the value is `null`",
    this: "the receiver is `self`",
    True: "the value is `true`",
    False: "the value is `false`",
    console: 'write `import io from "io";` and `io.println(...)`',
    err: "`err` exists only inside an `or { ... }` block",
  };
  const library = [
    "io",
    "string",
    "math",
    "mem",
    "dyn",
    "list",
    "map",
    "json",
    "time",
    "os",
    "fs",
    "net",
  ].includes(e.name);
  const help =
    helps[e.name] ??
    (library ? `write \`import ${e.name} from "${e.name}";\`` : nearest(e.name, known));
  c.error("T0305", e, `there is no \`${e.name}\``, help);
}

/** Gives node `e` the meaning of `sym`. */
function bind(c: Checker, e: Name | Member, at: Expr, sym: Sym, pos: number): Expr {
  e.sym = sym;
  if (sym.kind === "space") {
    sym.used = true;
    c.error(
      "T0402",
      at,
      `\`${sym.name}\` is a module and no value`,
      `write \`${sym.name}.member\``,
    );
    e.ty = ERROR;
  } else if (sym.kind === "fn") {
    use(c, sym, pos);
    if (sym.decl?.tape === true) {
      c.error(
        "T0802",
        at,
        `\`${sym.name}\` runs only at compile time`,
        "call it in `@tape { ... }`",
      );
      e.ty = ERROR;
    } else e.ty = fnType(c, sym);
  } else if (sym.kind === "var") {
    use(c, sym, pos);
    if (sym.module !== undefined) resolveGlobal(c, sym);
    else capture(c, sym, at);
    e.ty = sym.ty;
    if (e.kind === "Name") {
      const narrowed = c.narrowedType(sym);
      if (narrowed !== undefined && narrowed !== sym.ty) {
        e.ty = narrowed;
        e.narrowed = true;
      }
    }
  } else e.ty = ERROR;
  return e;
}

/** Notes that closures between the use and the declaration capture the variable. */
function capture(c: Checker, sym: VarSym, at: Expr): void {
  if (sym.owner === undefined || sym.owner === c.context || sym.how === "const") return;
  for (let f = c.context; f !== undefined && f !== sym.owner; f = f.up) {
    if (!f.captures.includes(sym)) f.captures.push(sym);
  }
  if (sym.ty.kind === "ptr" || sym.ty.kind === "slice") {
    c.error(
      "T0605",
      at,
      `a closure cannot capture \`${sym.name}\`, a \`${sym.ty}\`, which may die before it`,
      "capture a string, a number or a `dyn`",
    );
  }
  sym.captured = true;
}

/** The type that a path of names stands for, or undefined where it is no type. */
export function typeOfPath(c: Checker, e: Expr): Type | undefined {
  if (e.kind === "TypeExpr") return undefined;
  if (e.kind === "Name") {
    if (e.given !== undefined) return e.given;
    if (c.lookup(e.name) !== undefined && c.lookup(e.name)?.kind !== "space") return undefined;
    if (c.lookup(e.name)?.kind === "space" && c.lookupType(e.name) === undefined) return undefined;
    const own = c.lookupType(e.name);
    if (own?.decl !== undefined) used(c, own, e.pos);
    return own ?? builtinTypes.get(e.name);
  }
  if (e.kind === "Member" && e.obj.kind === "Name") {
    const space = c.lookup(e.obj.name);
    if (space?.kind !== "space") return undefined;
    const t = space.module.types.get(e.name);
    if (t === undefined || !space.module.typePub.has(e.name)) return undefined;
    space.used = true;
    used(c, t, e.nameAt);
    return t;
  }
  return undefined;
}

/** The module that a name stands for in `module.member`. */
export function spaceOf(c: Checker, e: Expr): Module | undefined {
  if (e.kind !== "Name") return undefined;
  const sym = c.lookup(e.name);
  if (sym?.kind !== "space") return undefined;
  sym.used = true;
  return sym.module;
}

/** A public value of another module, reported when missing or private. */
export function spaceMember(c: Checker, e: Member, module: Module): Sym | undefined {
  const sym = module.values.get(e.name);
  const at = { pos: e.nameAt, end: e.nameAt + e.name.length };
  if (sym === undefined || sym.kind === "space") {
    const known = [...module.values].filter(([, s]) => s.kind !== "space" && s.pub).map(([n]) => n);
    c.error("T0305", at, `module \`${module.name}\` has no \`${e.name}\``, nearest(e.name, known));
    return undefined;
  }
  if (!sym.pub && module !== c.module) {
    c.error(
      "T0304",
      at,
      `\`${e.name}\` is private to module \`${module.name}\``,
      "put `pub` before its declaration",
    );
  }
  return sym;
}

export function checkMember(c: Checker, e: Member): Expr {
  if (e.ty !== undefined) return e;
  const module = spaceOf(c, e.obj);
  if (
    module !== undefined &&
    !(
      e.obj.kind === "Name" &&
      c.lookupType(e.obj.name) !== undefined &&
      module.values.get(e.name) === undefined
    )
  ) {
    if (module.types.has(e.name) && !module.values.has(e.name)) {
      c.error("T0402", e, `\`${e.name}\` is a type and no value`);
      e.ty = ERROR;
      return e;
    }
    const sym = spaceMember(c, e, module);
    if (sym === undefined) {
      e.ty = ERROR;
      return e;
    }
    return bind(c, e, e, sym, e.nameAt);
  }
  const owner = typeOfPath(c, e.obj);
  if (owner !== undefined) return checkStatic(c, e, owner);
  e.obj = checkExpr(c, e.obj);
  const t = deref(c, e.obj);
  const lengthy = t.kind === "secret" ? (t.elem as Type) : t;
  if (lengthy.kind === "array" || lengthy.kind === "slice" || lengthy.kind === "string") {
    if (e.name === "len") {
      e.ty = I64;
      return e;
    }
    if (e.name === "ptr" && lengthy.kind !== "array") {
      if (lengthy.kind === "string") e.ty = ptrTo(U8, true, true);
      else e.ty = ptrTo(lengthy.elem as Type, lengthy.isConst, true);
      return e;
    }
  }
  if (t.kind === "dyn") {
    e.ty = DYN;
    return e;
  }
  if (t.kind === "struct" || t.kind === "union") return checkField(c, e, t);
  if (t.kind === "vec") {
    c.error("T0306", e, `a \`${t}\` has no field \`${e.name}\``, "write `v[i]` for a lane");
  } else if (t !== ERROR) {
    const help =
      e.name === "length" || e.name === "size"
        ? "the length is `.len`"
        : t.kind === "tagged"
          ? "use `match` to reach the fields of a variant"
          : undefined;
    c.error("T0306", { pos: e.nameAt, end: e.end }, `a \`${t}\` has no member \`${e.name}\``, help);
  }
  e.ty = ERROR;
  return e;
}

function checkField(c: Checker, e: Member, t: Type): Expr {
  complete(c, t);
  const index = (t.fields ?? []).findIndex((f) => f.name === e.name);
  if (index < 0) {
    const known = [...(t.fields ?? []).map((f) => f.name), ...t.methods.keys()];
    const help = t.methods.has(e.name)
      ? `\`${e.name}\` is a method; write \`${e.name}()\``
      : nearest(e.name, known);
    c.error(
      "T0306",
      { pos: e.nameAt, end: e.nameAt + e.name.length },
      `\`${t}\` has no field \`${e.name}\``,
      help,
    );
    e.ty = ERROR;
    return e;
  }
  if (
    t.home !== c.module &&
    t.decl?.attrs.some((a) => a.name === "opaque") === true &&
    c.homeModule() !== t.home
  ) {
    c.error(
      "T0304",
      { pos: e.nameAt, end: e.end },
      `the fields of \`${t}\` are hidden outside its module`,
      "use its methods",
    );
  }
  used(c, (t.fields as object[])[index], e.nameAt);
  e.sym = { kind: "field", ty: t, index };
  e.index = index;
  e.ty = (t.fields as { ty: Type }[])[index].ty;
  return e;
}

/** `Enum.Member`, `Tagged.Variant`, `Type.method`. */
function checkStatic(c: Checker, e: Member, t: Type): Expr {
  complete(c, t);
  const at = { pos: e.nameAt, end: e.nameAt + e.name.length };
  if (t.kind === "enum") {
    const index = (t.members ?? []).findIndex((m) => m.name === e.name);
    if (index >= 0) {
      e.sym = { kind: "member", ty: t, index };
      e.ty = t;
      return e;
    }
  }
  if (t.kind === "tagged") {
    const index = (t.variants ?? []).findIndex((v) => v.name === e.name);
    if (index >= 0) {
      if ((t.variants as { fields: unknown[] }[])[index].fields.length > 0) {
        c.error("T0414", e, `variant \`${e.name}\` has fields`, `write \`${t}.${e.name} { ... }\``);
      }
      return {
        kind: "StructLit",
        path: e,
        fields: [],
        variant: index,
        ty: t,
        pos: e.pos,
        end: e.end,
      };
    }
  }
  const method = t.methods.get(e.name);
  if (method !== undefined) return bind(c, e, e, method, e.nameAt);
  const known = [
    ...(t.members ?? []).map((m) => m.name),
    ...(t.variants ?? []).map((v) => v.name),
    ...t.methods.keys(),
  ];
  const lib = t.kind === "string" ? 'write `import string from "string";` first' : undefined;
  c.error("T0306", at, `\`${t}\` has no member \`${e.name}\``, lib ?? nearest(e.name, known));
  e.ty = ERROR;
  return e;
}

export { secretOf };
