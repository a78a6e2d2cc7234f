/**
 * Declarations to symbols: names first, signatures and constants when they are first needed.
 *
 * Invariant: declaring a module needs no body; a signature or constant that needs itself is reported once.
 */
import { used } from "./uses.ts";
import type { Attr, Block, Decl, FnDecl, Import, Origin, Stmt } from "../parse/ast.ts";
import type { Checker } from "./checker.ts";
import { evalConst } from "./constant.ts";
import { checkAs, coerce } from "./convert.ts";
import { checkExpr } from "./expr.ts";
import { complete, resolveType } from "./resolve.ts";
import { nearest } from "./suggest.ts";
import { type FnSym, type Module, newFn, newVar, type VarSym } from "./symbol.ts";
import { builtinTypes, DYN, ERROR, NULL, ptrTo, STRING, Type, VOID } from "./type.ts";

const known = new Set([
  "export",
  "inline",
  "packed",
  "align",
  "opaque",
  "embed",
  "swizzle",
  "requires",
  "text",
  "intrinsic",
]);

/** Binds what an import names; the imported module is declared already. */
export function declareImport(c: Checker, m: Module, item: Import, from: Module): void {
  const rank = { t0: 0, t1: 1, t2: 2 };
  if (rank[from.profile] > rank[m.profile]) {
    c.error(
      "T0705",
      item,
      `a ${m.profile} module cannot import \`${item.path}\`, which is ${from.profile}`,
      `raise this module to \`@profile(${from.profile})\``,
    );
  }
  if (item.space !== undefined) {
    if (m.values.has(item.space)) c.error("T0301", item, `\`${item.space}\` is declared twice`);
    m.values.set(item.space, { kind: "space", name: item.space, module: from, used: false });
    return;
  }
  for (const n of item.names) {
    const at = { pos: n.pos, end: n.pos + n.name.length };
    const value = from.values.get(n.name);
    const type = from.types.get(n.name);
    if (type !== undefined) used(c, type, n.pos);
    const isPub =
      (value !== undefined && value.kind !== "space" && value.pub) || from.typePub.has(n.name);
    if ((value === undefined || value.kind === "space") && type === undefined) {
      const all = [...from.values.keys(), ...from.types.keys()];
      c.error("T0305", at, `module \`${item.path}\` has no \`${n.name}\``, nearest(n.name, all));
      continue;
    }
    if (!isPub)
      c.error(
        "T0304",
        at,
        `\`${n.name}\` is private to module \`${item.path}\``,
        "put `pub` before its declaration",
      );
    if (value !== undefined && value.kind !== "space") {
      if (m.values.has(n.as)) c.error("T0301", at, `\`${n.as}\` is declared twice`);
      m.values.set(n.as, value);
    }
    if (type !== undefined) m.types.set(n.as, type);
  }
}

function clash(c: Checker, at: { pos: number; end: number }, name: string): void {
  c.error(
    "T0301",
    at,
    `\`${name}\` is declared twice in this module`,
    "names of a module are unique; there is no overloading",
  );
}

/** Declares one top-level item, written or emitted. */
export function declareDecl(c: Checker, m: Module, decl: Decl, origin: Origin | undefined): void {
  if (decl.kind === "TapeBlock") return;
  if (decl.kind === "Refactor") {
    for (const d of decl.decls) declareDecl(c, m, d, origin);
    return;
  }
  if (origin !== undefined) decl.origin = origin;
  const at = { pos: decl.nameAt, end: decl.nameAt + decl.name.length };
  for (const a of decl.attrs) checkAttr(c, m, a);
  switch (decl.kind) {
    case "Fn":
      declareFn(c, m, decl, at);
      return;
    case "Bind": {
      if (m.values.has(decl.name)) clash(c, at, decl.name);
      const sym = newVar(decl.name, ERROR, decl.how, c.source, decl.nameAt);
      sym.pub = decl.pub;
      sym.module = m;
      sym.decl = decl;
      sym.state = 0;
      decl.sym = sym;
      m.values.set(decl.name, sym);
      m.globals.push(sym);
      return;
    }
    case "Test":
      m.tests.push(decl);
      return;
    case "AttrDecl":
      m.attrs.add(decl.name);
      return;
    default:
      declareType(c, m, decl, at);
  }
}

function declareType(c: Checker, m: Module, decl: Decl, at: { pos: number; end: number }): void {
  if (
    decl.kind !== "Struct" &&
    decl.kind !== "Enum" &&
    decl.kind !== "Tagged" &&
    decl.kind !== "TypeAlias"
  )
    return;
  if (m.types.has(decl.name)) clash(c, at, decl.name);
  if (builtinTypes.has(decl.name))
    c.error("T0301", at, `\`${decl.name}\` is a built-in type`, "choose another name");
  if (decl.pub) m.typePub.add(decl.name);
  if (decl.kind === "TypeAlias") {
    m.types.set(decl.name, ERROR);
    m.types.set(decl.name, resolveType(c, decl.type));
    return;
  }
  const kind =
    decl.kind === "Enum"
      ? "enum"
      : decl.kind === "Tagged"
        ? "tagged"
        : decl.isUnion
          ? "union"
          : "struct";
  const t = new Type(kind, decl.name);
  t.decl = decl;
  t.home = m;
  t.state = 0;
  t.packed = decl.attrs.some((a) => a.name === "packed");
  const align = decl.attrs.find((a) => a.name === "align")?.args[0];
  if (align?.kind === "Int") t.minAlign = Number(align.value);
  if (align !== undefined && ![1, 2, 4, 8, 16, 32, 64].includes(t.minAlign)) {
    c.error("T0407", align, "an alignment is a power of two from 1 to 64");
    t.minAlign = 1;
  }
  m.types.set(decl.name, t);
}

function checkAttr(c: Checker, m: Module, a: Attr): void {
  const dot = a.name.indexOf(".");
  if (dot < 0) {
    if (a.name === "requires") checkFeatures(c, a);
    if (known.has(a.name) || m.attrs.has(a.name)) return;
    if (m.file.decls.some((d) => d.kind === "AttrDecl" && d.name === a.name)) return;
  } else {
    const space = m.values.get(a.name.slice(0, dot));
    if (space?.kind === "space" && space.module.attrs.has(a.name.slice(dot + 1))) return;
  }
  c.error("T0308", a, `there is no attribute \`@${a.name}\``, `declare it: \`attr ${a.name};\``);
}

/** Processor features that `@requires` may name; native code may use their instructions. */
const features = "sse2 ssse3 sse41 avx2 bmi2 adx aes pclmul sha popcnt".split(" ");

function checkFeatures(c: Checker, a: Attr): void {
  for (const arg of a.args) {
    const name = arg.kind === "Name" ? arg.name : "";
    if (features.includes(name)) continue;
    const known = `the features are ${features.join(", ")}`;
    c.error("T0308", arg, `there is no processor feature \`${name}\``, known);
  }
}

function declareFn(c: Checker, m: Module, decl: FnDecl, at: { pos: number; end: number }): void {
  const fn = newFn(decl.name, m, decl, decl.nameAt);
  m.fns.push(fn);
  if (decl.owner === undefined) {
    if (m.values.has(decl.name)) clash(c, at, decl.name);
    m.values.set(decl.name, fn);
    return;
  }
  const owner = c.lookupType(decl.owner);
  if (owner === undefined || owner.home !== m) {
    const help =
      owner === undefined
        ? nearest(decl.owner, [...m.types.keys()])
        : "methods stand in the module of their type";
    c.error(
      "T0303",
      { pos: decl.pos, end: at.end },
      `\`${decl.owner}\` is no type of this module`,
      help,
    );
    return;
  }
  if (owner.methods.has(decl.name)) clash(c, at, `${decl.owner}.${decl.name}`);
  owner.methods.set(decl.name, fn);
  fn.owner = owner;
}

/** Whether a body returns a value anywhere (closures have bodies of their own). */
function returnsValue(s: Stmt | Block | undefined): boolean {
  if (s === undefined) return false;
  switch (s.kind) {
    case "Block":
      return s.body.some(returnsValue);
    case "Return":
      return s.value !== undefined;
    case "If":
      return returnsValue(s.then) || returnsValue(s.other);
    case "While":
    case "For":
    case "ForC":
      return returnsValue(s.body);
    case "Match":
      return s.arms.some((a) => returnsValue(a.body));
    default:
      return false;
  }
}

/** Resolves a function's parameters and result. */
export function signature(c: Checker, fn: FnSym): void {
  if (fn.state !== 0) return;
  fn.state = 1;
  const decl = fn.decl;
  if (decl === undefined) return;
  c.within(fn.module, decl.origin, () => {
    const t2 = c.module.profile === "t2";
    fn.params = decl.params.map((p, i) => {
      const at = { pos: p.pos, end: p.pos + p.name.length };
      for (const a of p.attrs) checkAttr(c, fn.module, a);
      let ty = ERROR;
      if (p.self !== "") {
        if (fn.owner === undefined || i !== 0)
          c.error(
            "T0423",
            at,
            "`self` is the first parameter of a method",
            "write `fn Type.method(*self) { ... }`",
          );
        else {
          fn.self = p.self;
          ty = p.self === "copy" ? fn.owner : ptrTo(fn.owner, false, true);
        }
      } else if (p.type !== undefined) ty = resolveType(c, p.type);
      else if (t2) ty = DYN;
      else
        c.error(
          "T0424",
          at,
          `parameter \`${p.name}\` needs a type`,
          `profile ${c.module.profile} has no dynamic values`,
        );
      if (ty === VOID) {
        c.error("T0408", at, "a parameter cannot be `void`");
        ty = ERROR;
      }
      complete(c, ty);
      const text = p.attrs.some((a) => a.name === "text") && ty === STRING;
      if (p.value === undefined) {
        if (i > 0 && decl.params[i - 1].value !== undefined)
          c.error("T0423", at, "parameters with defaults come last");
        return { name: p.name, ty, value: undefined, hasDefault: false, text };
      }
      const e = checkAs(c, p.value, ty);
      const value = e.ty === ERROR ? undefined : evalDefault(c, e);
      if (value === undefined && e.ty !== ERROR)
        c.error("T0407", p.value, "a default is a constant");
      return { name: p.name, ty, value, hasDefault: true, text };
    });
    fn.ret =
      decl.ret === undefined
        ? t2 && returnsValue(decl.body)
          ? DYN
          : VOID
        : resolveType(c, decl.ret.type);
    complete(c, fn.ret);
    if (decl.ret?.err !== undefined) fn.err = errorType(c, decl.ret.err);
  });
  fn.state = 2;
}

function evalDefault(c: Checker, e: ReturnType<typeof checkAs>): ReturnType<typeof evalConst> {
  if (e.kind === "Conv" && (e.how === "box" || e.how === "some")) return evalConst(c, e.e);
  return evalConst(c, e);
}

/** The E of `T or E`: an enum whose values fit beside a tag. */
export function errorType(c: Checker, node: Parameters<typeof resolveType>[1]): Type | undefined {
  const t = resolveType(c, node);
  if (t === ERROR) return undefined;
  complete(c, t);
  const fits = (t.members ?? []).every((x) => x.value >= 0n && x.value < 1n << 30n);
  if (t.kind === "enum" && fits) return t;
  c.error(
    "T0511",
    node,
    t.kind === "enum"
      ? "the members of an error enum lie between 0 and 2^30"
      : `an error is an enum, not a \`${t}\``,
    "declare `enum Problem { NotFound; Denied; }`",
  );
  return undefined;
}

/** Checks a global's initialiser and finds its value. */
export function resolveGlobal(c: Checker, sym: VarSym): void {
  if (sym.state === 2) return;
  const decl = sym.decl;
  if (decl === undefined || sym.module === undefined) return;
  if (sym.state === 1) {
    c.within(sym.module, decl.origin, () =>
      c.error(
        "T0425",
        { pos: decl.nameAt, end: decl.nameAt + decl.name.length },
        `\`${decl.name}\` needs its own value`,
      ),
    );
    return;
  }
  sym.state = 1;
  c.within(sym.module, decl.origin, () => {
    bindType(c, sym);
    if (decl.init !== undefined && sym.ty !== ERROR) {
      sym.value = evalConst(c, decl.init);
      if (sym.value === undefined) {
        c.error(
          "T0407",
          decl.init,
          `the value of a global \`${decl.how}\` is a constant`,
          "compute it in `main`, or in `@tape { ... }`",
        );
        sym.ty = ERROR;
      }
    }
  });
  sym.state = 2;
}

/** Type of a `let`, `var` or `const` from its annotation or initialiser, which is checked on the way. */
export function bindType(c: Checker, sym: VarSym): void {
  const decl = sym.decl;
  if (decl === undefined) return;
  const at = { pos: decl.nameAt, end: decl.nameAt + decl.name.length };
  const want = decl.type === undefined ? undefined : resolveType(c, decl.type);
  if (want === VOID) {
    c.error("T0408", at, "a variable cannot be `void`");
    sym.ty = ERROR;
    return;
  }
  if (want !== undefined) complete(c, want);
  if (decl.init === undefined) {
    sym.ty = want ?? ERROR;
    if (decl.how !== "var") {
      c.error(
        "T0426",
        at,
        `\`${decl.how} ${decl.name}\` needs a value`,
        "write `= value`, or use `var`",
      );
    } else if (want === undefined) {
      if (c.module.profile === "t2" && sym.module === undefined) sym.ty = DYN;
      else c.error("T0426", at, `\`${decl.name}\` needs a type or a value`);
    } else if (hasNoZero(want)) {
      c.error("T0426", at, `a \`${want}\` has no zero value, so \`${decl.name}\` needs one`);
    }
    return;
  }
  const isConst = decl.how === "const";
  const init = want === undefined ? checkExpr(c, decl.init) : checkAs(c, decl.init, want);
  decl.init = init;
  sym.ty = want ?? (init.ty as Type);
  if (sym.ty === VOID || sym.ty.kind === "never") {
    c.error("T0408", init, "this gives no value");
    sym.ty = ERROR;
  } else if (sym.ty === NULL) {
    if (c.module.profile === "t2") {
      decl.init = coerce(c, init, DYN);
      sym.ty = DYN;
    } else {
      c.error(
        "T0417",
        init,
        "the type of `null` is unknown",
        `write \`${decl.how} ${decl.name}: ?T = null;\``,
      );
      sym.ty = ERROR;
    }
  }
  if (isConst && want === undefined && (sym.ty.kind === "int" || sym.ty.kind === "float"))
    sym.flexible = init.kind !== "Cast";
}

/** Types without a zero: non-null pointers, function pointers, and what holds them. */
export function hasNoZero(t: Type): boolean {
  switch (t.kind) {
    case "ptr":
      return t.nonNull;
    case "fn":
      return true;
    case "array":
      return t.len > 0 && hasNoZero(t.elem as Type);
    case "struct":
      return (t.fields ?? []).some((f) => hasNoZero(f.ty));
    default:
      return false;
  }
}
