/**
 * A whole program: declares its modules in order of import, runs compile-time blocks, checks every body.
 *
 * Result: the functions to compile, in a fixed order (module order, then source order, closures after the
 * function that holds them), so that output is reproducible.
 */
import { expandModule } from "../comptime/expand.ts";
import type { Expr } from "../parse/ast.ts";
import { Checker, type FnContext, type World } from "./checker.ts";
import { checkAs } from "./convert.ts";
import { declareDecl, declareImport, resolveGlobal, signature } from "./declare.ts";
import { checkExpr } from "./expr.ts";
import { complete } from "./resolve.ts";
import { bodySteps, checkBlock, leaves } from "./stmt.ts";
import { type Steps, wholly } from "../source/steps.ts";
import { type FnSym, type Module, newFn, newVar } from "./symbol.ts";
import { ERROR, holdsRef, I32, I64, isManaged, type Type, VOID } from "./type.ts";

/** A checked program. */
export interface Program {
  readonly modules: readonly Module[];
  readonly fns: readonly FnSym[];
  readonly tests: readonly FnSym[];
  readonly main: FnSym | undefined;
  /** Checks a library function's signature and body at its first use; other modules are checked already. */
  readonly demand: (fn: FnSym) => void;
}

/** Checks modules given in order of import (imported ones first; the last one is the root). */
export function checkProgram(world: World, needsMain: boolean): Program {
  return wholly(checkSteps(world, needsMain));
}

/** The same in steps: one for each statement of a function of the program's own modules. */
export function* checkSteps(world: World, needsMain: boolean): Steps<Program> {
  const root = world.modules[world.modules.length - 1];
  const c = new Checker(world, root);
  const { kept } = world;
  const isKept = (m: Module): boolean => kept?.modules.get(m.key) === m;
  for (const m of world.modules) {
    if (kept?.declared.has(m)) continue;
    c.within(m, undefined, () => {
      m.file.imports.forEach((item, i) => {
        if (m.imports[i] !== undefined) declareImport(c, m, item, m.imports[i]);
      });
      const types = m.file.decls.filter((d) => d.kind !== "Fn");
      for (const d of types) if (d.kind !== "TypeAlias") declareDecl(c, m, d, undefined);
      for (const d of types) if (d.kind === "TypeAlias") declareDecl(c, m, d, undefined);
      for (const d of m.file.decls)
        if (d.kind === "Fn" && !isEmittedOwner(c, d.owner)) declareDecl(c, m, d, undefined);
      expandModule(c, m);
      const declared = new Set(m.fns.map((f) => f.decl));
      for (const d of m.file.decls)
        if (d.kind === "Fn" && !declared.has(d)) declareDecl(c, m, d, undefined);
    });
    if (isKept(m)) kept?.declared.add(m);
  }
  const tests: FnSym[] = [];
  const onDemand = (m: Module): boolean => m !== root && m.key.startsWith("std:");
  for (const m of world.modules) {
    if (kept?.completed.has(m)) continue;
    c.within(m, undefined, () => {
      for (const t of m.types.values()) complete(c, t);
      if (onDemand(m)) return;
      for (const g of m.globals) resolveGlobal(c, g);
      for (const f of m.fns) if (f.decl?.tape !== true) signature(c, f);
    });
    if (isKept(m)) kept?.completed.add(m);
  }
  for (const m of world.modules) {
    if (!onDemand(m)) for (const f of [...m.fns]) if (f.decl?.tape !== true) yield* fnSteps(c, f);
    if (m === root) tests.push(...checkTests(c, m));
  }
  const main = root.values.get("main");
  if (needsMain)
    c.within(root, undefined, () => checkMain(c, main?.kind === "fn" ? main : undefined));
  return {
    modules: world.modules,
    fns: c.fns,
    tests,
    main: main?.kind === "fn" && isEntry(main) ? main : undefined,
    demand: (fn) => {
      if (fn.decl === undefined || !onDemand(fn.module)) return;
      signature(c, fn);
      if (world.compiled?.(fn) === true) return;
      if (!c.checked.has(fn)) wholly(fnSteps(c, fn));
    },
  };
}

/** Methods of types that only compile-time code will declare wait until it has run. */
function isEmittedOwner(c: Checker, owner: string | undefined): boolean {
  return owner !== undefined && c.lookupType(owner) === undefined;
}

/** Whether a program can begin there; a module may have another `main`, which nobody enters. */
function isEntry({ decl, ret, err, params }: FnSym): boolean {
  if (decl?.tape === true || decl?.body === undefined) return false;
  const fine = ret === VOID || ret === I32 || ret === I64 || ret === ERROR;
  return fine && err === undefined && params.length === 0;
}

function checkMain(c: Checker, main: FnSym | undefined): void {
  if (main === undefined) {
    c.error("T0426", { pos: 0, end: 1 }, "there is no `fn main`", "write `fn main() { ... }`");
    return;
  }
  if (!isEntry(main)) {
    c.error(
      "T0426",
      { pos: main.pos, end: main.pos + 4 },
      "`main` takes nothing and returns nothing, `i32` or `i64`",
      "arguments come from `os.arg(i)`",
    );
  }
}

/** Checks a function's body. */
function* fnSteps(c: Checker, fn: FnSym): Steps<void> {
  const decl = fn.decl;
  if (decl === undefined) return;
  c.checked.add(fn);
  const before = c.enter(fn.module, decl.origin);
  if (decl.body === undefined) checkExtern(c, fn);
  else {
    const context: FnContext = {
      fn,
      up: undefined,
      ret: fn.ret,
      err: fn.err,
      infer: false,
      captures: [],
      inDefer: 0,
      isTest: false,
    };
    c.context = context;
    c.push();
    decl.params.forEach((p, i) => {
      const sym = newVar(p.name, fn.params[i].ty, "param", c.source, p.pos);
      if (holdsRef(sym.ty)) sym.region = 1;
      p.sym = sym;
      c.declare(sym);
    });
    c.push();
    yield* bodySteps(c, decl.body);
    c.pop();
    c.pop();
    if (fn.ret !== VOID && fn.ret !== ERROR && !leaves(decl.body)) {
      c.error(
        "T0515",
        { pos: decl.body.end - 1, end: decl.body.end },
        `\`${fn.name}\` can reach its end without returning a \`${fn.ret}\``,
        "return a value on every path",
      );
    }
  }
  c.leave(before);
  c.fns.push(fn);
}

function checkExtern(c: Checker, fn: FnSym): void {
  const at = { pos: fn.pos, end: fn.pos + fn.name.length };
  const plainType = (t: Type): boolean =>
    !isManaged(t) && t.kind !== "struct" && t.kind !== "array" && t.kind !== "tagged";
  if (!fn.params.every((p) => plainType(p.ty)) || !plainType(fn.ret) || fn.err !== undefined) {
    c.error(
      "T0427",
      at,
      "an `extern` function takes and returns numbers, pointers and slices only",
    );
  }
}

function checkTests(c: Checker, m: Module): FnSym[] {
  const out: FnSym[] = [];
  for (const t of m.tests) {
    c.within(m, t.origin, () => {
      const rows: (Expr[] | undefined)[] = t.rows.length === 0 ? [undefined] : t.rows;
      const types: Type[] = [];
      if (t.rows.length > 0) {
        t.rows.forEach((row, r) => {
          if (row.length !== t.names.length) {
            c.error(
              "T0421",
              row[0] ?? t,
              `this row has ${row.length} values for ${t.names.length} names`,
            );
          }
          t.rows[r] = row.map((e, i) => {
            const done = types[i] === undefined ? checkExpr(c, e) : checkAs(c, e, types[i]);
            types[i] ??= done.ty as Type;
            return done;
          });
        });
      }
      const fn = newFn(t.what === "test" ? t.name : t.what, m, undefined, t.nameAt);
      fn.test = t;
      fn.ret = VOID;
      fn.state = 2;
      fn.body = t.body;
      fn.params = t.names.map((name, i) => ({
        name,
        ty: types[i] ?? ERROR,
        value: undefined,
        hasDefault: false,
        text: false,
      }));
      fn.locals = t.names.map((name, i) => ({
        name,
        type: undefined,
        value: undefined,
        pos: t.nameAt,
        self: "",
        attrs: [],
        sym: newVar(name, types[i] ?? ERROR, "param", c.source, t.nameAt),
      }));
      c.context = {
        fn,
        up: undefined,
        ret: VOID,
        err: undefined,
        infer: false,
        captures: [],
        inDefer: 0,
        isTest: t.what === "test",
      };
      c.push();
      for (const p of fn.locals) if (p.sym !== undefined) c.declare(p.sym);
      c.push();
      checkBlock(c, t.body, false);
      c.pop();
      c.pop();
      out.push(fn);
      void rows;
    });
  }
  return out;
}
