/**
 * A checked program to bytecode: everything that its entries reach, in the order in which it is reached.
 */
import type { Code, ExportCode, FnCode, TestCode } from "../bytecode/program.ts";
import type { Program } from "../check/program.ts";
import type { FnSym, VarSym } from "../check/symbol.ts";
import { isManaged, type Type, VOID } from "../check/type.ts";
import { hex, sha256 } from "../source/sha256.ts";
import { bytesOf, toByteString } from "../source/utf8.ts";
import { closureCode } from "./closure.ts";
import { Fn, Lowering } from "./context.ts";
import type { LibraryCode } from "./library-code.ts";
import { runTimeOf } from "../module/load.ts";
import { type Steps, wholly } from "../source/steps.ts";
import { leavesOf } from "./shape.ts";
import { lowerReturn } from "./return.ts";
import { bindLocal, lowerStmt } from "./stmt.ts";
import { copy, inMemory, inRegs } from "./value.ts";

export interface CompileOptions {
  /** Compile `test` blocks of the root. */
  readonly tests?: boolean;
  /** Export every public function of the root. */
  readonly exports?: boolean;
  /** Compile every function of the program's own modules, reached or not: to check what needs finished code. */
  readonly whole?: boolean;
  /** The library precompiled; its modules may then be interfaces. `World.compiled` must tell the checker of it. */
  readonly library?: LibraryCode;
  /** Leaves the library's functions where they are: what the code holds of them is only what calls need (`LibraryCode`). */
  readonly beside?: boolean;
  /** Functions of the library that stand for `extern` ones, as [module, function] by the name of the import. */
  readonly provided?: Provided;
  /** Library functions to export beside the root's: name of the export, [module, function]. */
  readonly extra?: Provided;
}
export type Provided = Readonly<Record<string, readonly [string, string]>>;

/** Compiles a program that checked without errors. */
export function compileProgram(program: Program, options: CompileOptions = {}): Code {
  return wholly(compileSteps(program, options));
}

/** The same in steps: one for each statement of a function. */
export function* compileSteps(program: Program, options: CompileOptions = {}): Steps<Code> {
  const runTime = runTimeOf(program.modules);
  const library = ([module, name]: readonly [string, string]): FnSym => {
    const sym = program.modules.find((m) => m.key === `std:${module}`)?.values.get(name);
    if (sym?.kind !== "fn") throw new Error(`the library has no function ${module}.${name}`);
    return sym;
  };
  const provided = new Map(
    Object.entries(options.provided ?? {}).map(([name, at]) => [name, library(at)]),
  );
  const p = new Lowering(runTime, program.demand, options.library, provided, options.beside);
  const root = program.modules[program.modules.length - 1];
  const main = program.main === undefined ? -1 : p.fnIndex(program.main);
  const exports: ExportCode[] = [];
  if (options.exports === true) {
    for (const fn of root.fns) {
      if (
        !fn.pub ||
        fn.owner !== undefined ||
        fn.decl?.tape === true ||
        fn.decl?.body === undefined
      )
        continue;
      exports.push({ name: fn.name, fn: p.fnIndex(fn), type: typeText(fn) });
    }
  }
  for (const [name, at] of Object.entries(options.extra ?? {}))
    exports.push({ name, fn: p.fnIndex(library(at)), type: "" });
  if (options.whole === true) {
    const own = ({ module, decl }: FnSym) =>
      !module.key.startsWith("std:") && decl?.body !== undefined && !decl.tape;
    for (const module of program.modules) for (const fn of module.fns) if (own(fn)) p.fnIndex(fn);
  }
  const tests: TestCode[] = [];
  if (options.tests === true) {
    for (const fn of program.tests) addTests(p, fn, tests);
  }
  yield* queueSteps(p);
  return {
    files: p.files,
    fns: p.fns as FnCode[],
    imports: p.imports,
    sigs: p.sigs,
    data: p.data.bytes,
    exports,
    tests,
    main,
    source: hex(sha256(bytesOf(toByteString(program.modules.map((m) => m.hash).join("\n"))))),
  };
}

/** Compiles what is waiting, and what that reaches. */
export function compileQueue(p: Lowering): void {
  wholly(queueSteps(p));
}

function* queueSteps(p: Lowering): Steps<void> {
  // it grows while it is gone through
  for (let at = 0; at < p.queue.length; at++) {
    const { fn, index } = p.queue[at];
    if (typeof fn === "number") p.fns[index] = p.library?.take(fn, p);
    else p.fns[index] = "key" in fn ? fn.build(p, index) : yield* functionSteps(p, fn);
  }
  p.queue.length = 0;
}

function typeText(fn: FnSym): string {
  const params = fn.params.map((x) => `${x.name}: ${x.ty.name}`).join(", ");
  const ret = fn.ret === VOID ? "" : ` -> ${fn.ret.name}`;
  return `fn(${params})${ret}${fn.err === undefined ? "" : `${ret === "" ? " -> void" : ""} or ${fn.err.name}`}`;
}

function* functionSteps(p: Lowering, fn: FnSym): Steps<FnCode> {
  if (fn.closure?.kind === "Closure") return closureCode(p, fn, fn.closure);
  const source = fn.decl?.origin?.source ?? fn.module.source;
  const f = new Fn(p, source, fn.ret, fn.err);
  const sig = f.sigOf(fn);
  f.b.regs = sig.params;
  f.own([...sig.params].map((_, i) => i));
  f.at({ pos: fn.pos });
  let at = 0;
  if (leavesOf(fn.ret) === undefined) f.sret = at++;
  fn.locals.forEach((param, i) => {
    const sym = param.sym as VarSym;
    const ty = fn.params[i].ty;
    at += bindParam(f, sym, ty, at);
  });
  f.scopes.push([]);
  for (const s of fn.body?.body ?? []) {
    if (f.b.dead) break;
    lowerStmt(f, s);
    yield s.end - s.pos;
  }
  f.endScope();
  if (!f.b.dead) lowerReturn(f, undefined, false);
  const owner = fn.owner === undefined ? "" : `${fn.owner.name}.`;
  const name = fn.test === undefined ? `${fn.module.name}.${owner}${fn.name}` : `test "${fn.name}"`;
  return f.b.finish(name, sig.params, sig.results, p.file(source));
}

/** Gives a parameter its home; returns how many registers it came in. */
function bindParam(f: Fn, sym: VarSym, ty: Type, at: number): number {
  const leaves = leavesOf(ty);
  if (leaves === undefined) {
    if (sym.captured)
      bindLocal(f, sym, isManaged(ty) ? copy(f, inMemory(ty, at, 0)) : inMemory(ty, at, 0));
    else f.bind(sym, { how: "at", addr: at, off: 0 });
    return 1;
  }
  const regs = leaves.map((_, i) => at + i);
  if (sym.captured) bindLocal(f, sym, isManaged(ty) ? copy(f, inRegs(ty, regs)) : inRegs(ty, regs));
  else if (sym.addressed) {
    // Borrowed: the slot holds the bits, the caller keeps the ownership.
    bindBorrowed(f, sym, ty, regs);
  } else f.bind(sym, { how: "regs", regs });
  return leaves.length;
}

import { tempSlot, store } from "./value.ts";

function bindBorrowed(f: Fn, sym: VarSym, ty: Type, regs: readonly number[]): void {
  const slot = tempSlot(f, ty);
  store(f, slot, inRegs(ty, regs));
  f.bind(sym, { how: "slot", off: slot.off });
}

/** A test, or one function per row of a table test. */
function addTests(p: Lowering, fn: FnSym, out: TestCode[]): void {
  const test = fn.test;
  if (test === undefined) return;
  if (test.rows.length === 0) {
    out.push({ name: fn.name, fn: p.fnIndex(fn), kind: test.what });
    return;
  }
  test.rows.forEach((row, i) => {
    const index = p.made({
      key: `test ${fn.pos} row ${i}`,
      params: "",
      results: "",
      build: (q) => {
        const f = new Fn(q, fn.module.source, VOID, undefined);
        f.at(row[0] ?? test);
        f.scope(() => {
          const args = row.flatMap((e) => argument(f, e, true));
          f.b.emit("call", q.fnIndex(fn), args.length, 0, ...args);
        });
        f.b.emit("ret", 0);
        return f.b.finish(`test "${fn.name}" row ${i + 1}`, "", "", q.file(fn.module.source));
      },
    });
    out.push({ name: `${fn.name} (row ${i + 1})`, fn: index, kind: "test" });
  });
}

import { argument } from "./call.ts";
