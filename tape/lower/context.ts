/**
 * State of lowering: the program under construction, and the function at hand with its variables and cleanups.
 *
 * Functions get their numbers when they are first used, so only what is reachable is compiled. Cleanups (drops of
 * managed values, `defer`) form a stack of scopes that every way out of a scope runs in reverse.
 */
import { DATA_BASE, type FnCode, type ImportCode } from "../bytecode/program.ts";
import type { FnSym, Module, Sym, VarSym } from "../check/symbol.ts";
import { alignOf, sizeOf, type Type } from "../check/type.ts";
import type { Stmt } from "../parse/ast.ts";
import type { Source } from "../source/position.ts";
import { Builder, type Label } from "./builder.ts";
import { Data } from "./data.ts";
import type { LibraryCode } from "./library-code.ts";
import { signatureOf } from "./shape.ts";

/** A function that the compiler makes itself, such as the drop of a type. */
export interface Made {
  readonly key: string;
  readonly params: string;
  readonly results: string;
  readonly build: (p: Lowering, index: number) => FnCode;
}

/** The whole program. */
export class Lowering {
  readonly fns: (FnCode | undefined)[] = [];
  readonly imports: ImportCode[];
  readonly sigs: string[];
  readonly files: string[];
  readonly data: Data;
  /** The first of the run-time modules: what the compiler makes itself stands in its file. */
  readonly rt: Module;
  readonly #runTime: readonly Module[];
  readonly #index = new Map<FnSym | string, number>();
  /** What is to be compiled; a number stands for a function of the precompiled library. */
  readonly queue: { index: number; fn: FnSym | Made | number }[] = [];
  readonly globals = new Map<VarSym, number>();
  readonly library: LibraryCode | undefined;
  readonly #linked: (number | undefined)[] = [];

  readonly demand: (fn: FnSym) => void;
  /** Functions that stand for `extern` ones, by the name of the import. */
  readonly provided: ReadonlyMap<string, FnSym>;
  /** Whether functions of the library keep their numbers, and lie elsewhere. */
  readonly beside: boolean;

  constructor(
    runTime: readonly Module[],
    demand: (fn: FnSym) => void,
    library?: LibraryCode,
    provided: ReadonlyMap<string, FnSym> = new Map(),
    beside = false,
  ) {
    this.beside = beside && library !== undefined;
    const start = this.beside ? library?.first() : undefined;
    this.imports = start?.imports ?? [];
    this.sigs = start?.sigs ?? [];
    this.files = start?.files ?? [];
    this.fns.length = start?.count ?? 0;
    this.provided = provided;
    this.#runTime = runTime;
    this.rt = runTime[0];
    this.demand = demand;
    this.library = library;
    this.data = new Data((fn) => this.fnIndex(fn), library?.bytes);
  }

  /** Number of a function, which is compiled sooner or later. */
  fnIndex(fn: FnSym): number {
    let index = this.#index.get(fn);
    if (index === undefined) {
      const number = this.library?.numberOf(fn);
      if (number !== undefined) return this.linked(number);
      index = this.fns.length;
      this.demand(fn);
      this.fns.push(undefined);
      this.#index.set(fn, index);
      this.queue.push({ index, fn });
    }
    return index;
  }

  /** Number of a function of the precompiled library. */
  linked(number: number): number {
    if (this.beside) {
      this.fns[number] ??= this.library?.own(number);
      return number;
    }
    let index = this.#linked[number];
    if (index === undefined) {
      index = this.fns.length;
      this.fns.push(undefined);
      this.#linked[number] = index;
      this.queue.push({ index, fn: number });
    }
    return index;
  }

  made(m: Made): number {
    let index = this.#index.get(m.key);
    if (index === undefined) {
      index = this.fns.length;
      this.fns.push(undefined);
      this.#index.set(m.key, index);
      this.queue.push({ index, fn: m });
    }
    return index;
  }

  importIndex(name: string, params: string, results: string): number {
    const found = this.imports.findIndex(
      (i) => i.name === name && i.params === params && i.results === results,
    );
    if (found >= 0) return found;
    this.imports.push({ name, params, results });
    return this.imports.length - 1;
  }

  sigIndex(params: string, results: string): number {
    const sig = `${params}:${results}`;
    const found = this.sigs.indexOf(sig);
    if (found >= 0) return found;
    this.sigs.push(sig);
    return this.sigs.length - 1;
  }

  file(source: Source): number {
    return this.fileIndex(source.path);
  }

  fileIndex(path: string): number {
    const found = this.files.indexOf(path);
    if (found >= 0) return found;
    this.files.push(path);
    return this.files.length - 1;
  }

  /** Address of a global, made with its first value. */
  global(sym: VarSym): number {
    let at = this.globals.get(sym) ?? this.library?.global(sym);
    if (at === undefined) {
      at = this.data.alloc(Math.max(1, sizeOf(sym.ty)), alignOf(sym.ty));
      this.globals.set(sym, at);
      if (sym.value !== undefined) this.data.write(sym.ty, sym.value, at);
    }
    return at;
  }

  /** A function of the run-time modules. */
  rtFn(name: string): FnSym {
    let sym: Sym | undefined;
    for (const module of this.#runTime) sym ??= module.values.get(name);
    if (sym?.kind !== "fn") throw new Error(`the run-time module has no function ${name}`);
    this.demand(sym);
    return sym;
  }
}

/** A value: in registers (its leaves), or in memory at `addr + off`. */
export interface Val {
  readonly ty: Type;
  readonly regs: readonly number[] | undefined;
  /** Register with an address, or -1 for the frame (then `off` counts from the frame's start). */
  readonly addr: number;
  readonly off: number;
  /** The cleanup that will drop it, when it is a temporary that owns storage. */
  readonly owned: Cleanup | undefined;
}

/** Something to do when a scope ends. */
export interface Cleanup {
  live: boolean;
  readonly onError: boolean;
  readonly sym: VarSym | undefined;
  readonly run: (f: Fn) => void;
}

/** A variable's home. */
export type Loc =
  | { readonly how: "regs"; readonly regs: readonly number[] }
  | { readonly how: "slot"; readonly off: number }
  /** Behind an address in a register: a memory parameter, or a counted cell. */
  | { readonly how: "at"; readonly addr: number; readonly off: number };

const moves: Record<string, string> = {
  i: "mov.i32",
  l: "mov.i64",
  f: "mov.f32",
  d: "mov.f64",
  p: "mov.ptr",
};

interface Loop {
  readonly breakTo: Label;
  readonly continueTo: Label;
  readonly depth: number;
}

/** One function under construction. */
export class Fn {
  readonly p: Lowering;
  readonly b = new Builder();
  readonly source: Source;
  readonly ret: Type;
  readonly err: Type | undefined;
  /** Register with the address for a memory result. */
  sret = -1;
  /** A closure returns a dynamic value whatever its body gives. */
  boxed = false;
  readonly vars = new Map<VarSym, Loc>();
  /** Variables in the order in which they were bound, for the ends of blocks. */
  readonly #bound: VarSym[] = [];
  readonly scopes: Cleanup[][] = [[]];
  readonly loops: Loop[] = [];

  constructor(p: Lowering, source: Source, ret: Type, err: Type | undefined) {
    this.p = p;
    this.source = source;
    this.ret = ret;
    this.err = err;
  }

  /** Registers that are variables: whoever keeps such a value copies it. */
  readonly #varRegs = new Set<number>();

  isVar(r: number): boolean {
    return this.#varRegs.has(r);
  }

  own(regs: readonly number[]): void {
    for (const r of regs) this.#varRegs.add(r);
  }

  disown(regs: readonly number[]): void {
    for (const r of regs) this.#varRegs.delete(r);
  }

  copyReg(r: number): number {
    const cls = this.b.regs[r];
    const to = this.b.reg(cls);
    this.b.emit(moves[cls], to, r);
    return to;
  }

  /** A register with the address of a byte of the frame. */
  frameReg(off: number): number {
    const r = this.b.reg("p");
    this.b.emit("frame", r, off);
    return r;
  }

  /** Gives a variable its place, until the block ends that is lowered now. */
  bind(sym: VarSym, loc: Loc): void {
    if (!this.vars.has(sym)) this.#bound.push(sym);
    this.vars.set(sym, loc);
  }

  /** How many variables are bound. */
  get bound(): number {
    return this.#bound.length;
  }

  /** Forgets all but the first `count` variables. */
  unbind(count: number): void {
    for (let k = count; k < this.#bound.length; k++) {
      const sym = this.#bound[k];
      const loc = this.vars.get(sym);
      if (loc?.how === "regs") this.disown(loc.regs);
      if (loc?.how === "at") this.disown([loc.addr]);
      this.vars.delete(sym);
    }
    this.#bound.length = count;
  }

  at(node: { pos: number }): void {
    this.b.line(this.source.lineAt(node.pos));
  }

  /** Runs `body` in a scope of cleanups and ends it. */
  scope(body: () => void): void {
    this.scopes.push([]);
    body();
    this.endScope();
  }

  /** Runs and forgets the cleanups of the innermost scope. */
  endScope(): void {
    const list = this.scopes[this.scopes.length - 1];
    if (!this.b.dead) this.runCleanups(list, false, undefined);
    this.scopes.pop();
  }

  runCleanups(list: readonly Cleanup[], error: boolean, skip: VarSym | undefined): void {
    for (let i = list.length - 1; i >= 0; i--) {
      const c = list[i];
      if (!c.live || (c.onError && !error) || (skip !== undefined && c.sym === skip)) continue;
      c.run(this);
    }
  }

  /** Runs the cleanups of all scopes down to `depth`, as a way out does, without ending them. */
  leave(depth: number, error: boolean, skip?: VarSym): void {
    for (let i = this.scopes.length - 1; i >= depth; i--) {
      const list = this.scopes[i];
      if (list.length === 0) continue;
      // While a scope's cleanups run, a `defer` in them must not run itself again.
      const saved = this.scopes.splice(i + 1);
      this.runCleanups(list, error, skip);
      this.scopes.push(...saved);
    }
  }

  addCleanup(run: (f: Fn) => void, sym?: VarSym, onError = false): Cleanup {
    const c: Cleanup = { live: true, onError, sym, run };
    this.scopes[this.scopes.length - 1].push(c);
    return c;
  }

  get hasErrDefer(): boolean {
    return this.scopes.some((list) => list.some((c) => c.live && c.onError));
  }

  sigOf(fn: FnSym): { params: string; results: string } {
    return signatureOf(
      fn.params.map((x) => x.ty),
      fn.ret,
      fn.err,
    );
  }
}

export { DATA_BASE, type Stmt };
