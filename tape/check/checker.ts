/**
 * State of a check: the module and function at hand, scopes, errors.
 *
 * The checker is a set of functions over this state, one file for each part of the language. Scopes form a
 * chain; narrowing of optionals is kept in the scope where it holds. Invariant: every error goes through
 * `error`, which names the file of the code at hand and, for emitted code, the call that asked for it.
 */
import type { KeptModules } from "../module/kept.ts";
import type { Origin } from "../parse/ast.ts";
import type { Note, Report } from "../source/diagnostic.ts";
import type { Source } from "../source/position.ts";
import type { FnSym, Module, Sym, VarSym } from "./symbol.ts";
import type { Type } from "./type.ts";

/** Names of one block. */
export interface Scope {
  readonly up: Scope | undefined;
  readonly vars: Map<string, VarSym>;
  /** Made when something is narrowed. */
  narrowed: Map<VarSym, Type> | undefined;
  readonly depth: number;
  /** The function or closure that the block belongs to. */
  readonly owner: FnContext;
  /** An arena block: pointers made by its arena end here. */
  loop: boolean;
}

/** A function or closure under check. */
export interface FnContext {
  readonly fn: FnSym;
  readonly up: FnContext | undefined;
  ret: Type | undefined;
  err: Type | undefined;
  /** Return type to be found from the first `return` (closures, t2 functions). */
  infer: boolean;
  readonly captures: VarSym[];
  inDefer: number;
  isTest: boolean;
}

/** What to do when several modules are checked together. */
export interface World {
  readonly modules: Module[];
  readonly report: Report;
  /** Reads a file beside a module for `@embed`; undefined when it is not there. */
  readonly embed: (module: Module, path: string) => Uint8Array | undefined;
  readonly target: string;
  /** Whether a library function is compiled already, so that its body is not looked at. */
  readonly compiled?: (fn: FnSym) => boolean;
  /** Every local that is declared, for editors. */
  readonly locals?: VarSym[];
  /** Whether symbols, fields and types note where they are used, for editors. */
  readonly uses?: boolean;
  /** Library modules that earlier programs may have declared already. */
  readonly kept?: KeptModules;
  /** Text that compile-time `@print` wrote. */
  readonly printed: string[];
}

/** Where the checker is. */
export type Place = Pick<Checker, "module" | "origin" | "scope" | "context">;

/** The checker's state. */
export class Checker {
  readonly world: World;
  readonly report: Report;
  module: Module;
  scope: Scope | undefined;
  context: FnContext | undefined;
  origin: Origin | undefined;
  /** Functions whose bodies are checked. */
  readonly checked = new Set<FnSym>();
  /** All functions with bodies, in the order in which they were found. */
  readonly fns: FnSym[] = [];
  tapeSteps = 0;

  constructor(world: World, module: Module) {
    this.world = world;
    this.report = world.report;
    this.module = module;
  }

  get source(): Source {
    return this.origin?.source ?? this.module.source;
  }

  error(
    code: string,
    at: { pos: number; end?: number },
    message: string,
    help?: string,
    notes: Note[] = [],
  ): void {
    const all = [...notes];
    if (this.origin !== undefined) {
      all.push({
        source: this.origin.callSource,
        pos: this.origin.callPos,
        message: "in code emitted for this call",
      });
    }
    this.report.add({
      code,
      source: this.source,
      pos: at.pos,
      end: at.end ?? at.pos + 1,
      message,
      ...(help === undefined ? {} : { help }),
      ...(all.length === 0 ? {} : { notes: all }),
    });
  }

  push(): Scope {
    const up = this.scope;
    const owner = this.context as FnContext;
    const scope: Scope = {
      up,
      vars: new Map(),
      narrowed: undefined,
      depth: (up?.depth ?? 0) + 1,
      owner,
      loop: false,
    };
    this.scope = scope;
    return scope;
  }

  pop(): void {
    this.scope = this.scope?.up;
  }

  /** Declares a local; shadowing within a function is an error. */
  declare(sym: VarSym): void {
    const scope = this.scope as Scope;
    if (sym.name !== "_") {
      const found = this.local(sym.name);
      if (found !== undefined && found.owner === this.context) {
        const message = `\`${sym.name}\` is already declared in this function`;
        const note = { source: found.source, pos: found.pos, message: "first declared here" };
        this.error(
          "T0302",
          { pos: sym.pos, end: sym.pos + sym.name.length },
          message,
          "choose another name; names do not shadow",
          [note],
        );
      }
    }
    sym.owner = this.context;
    sym.depth = scope.depth;
    scope.vars.set(sym.name, sym);
    this.world.locals?.push(sym);
  }

  local(name: string): VarSym | undefined {
    for (let s = this.scope; s !== undefined; s = s.up) {
      const found = s.vars.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Resolves a value name: locals, the module, then the home of emitted code. */
  lookup(name: string): Sym | undefined {
    return this.local(name) ?? this.module.values.get(name) ?? this.homeModule()?.values.get(name);
  }

  homeModule(): Module | undefined {
    return this.origin?.home as Module | undefined;
  }

  lookupType(name: string): Type | undefined {
    return this.module.types.get(name) ?? this.homeModule()?.types.get(name);
  }

  narrowedType(sym: VarSym): Type | undefined {
    for (let s = this.scope; s !== undefined; s = s.up) {
      const found = s.narrowed?.get(sym);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Runs `body` in another module's and declaration's context. */
  within<R>(module: Module, origin: Origin | undefined, body: () => R): R {
    const saved = this.enter(module, origin);
    const result = body();
    this.leave(saved);
    return result;
  }

  /** Goes there; gives what `leave` takes to come back. */
  enter(module: Module, origin: Origin | undefined): Place {
    const { module: m, origin: o, scope, context } = this;
    this.module = module;
    this.origin = origin;
    this.scope = undefined;
    this.context = undefined;
    return { module: m, origin: o, scope, context };
  }

  leave({ module, origin, scope, context }: Place): void {
    this.module = module;
    this.origin = origin;
    this.scope = scope;
    this.context = context;
  }
}
