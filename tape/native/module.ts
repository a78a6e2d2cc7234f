/**
 * A program to position-independent machine code with its tables; `README.md` says how it is called.
 *
 * Order in the bytes: way out of traps, entries, helpers, functions, table of function pointers, constants.
 */
import type { Code } from "../bytecode/program.ts";
import { heapStart } from "../bytecode/program.ts";
import { Assembler, Label } from "../x86-64/encode.ts";
import type { FiberState, ModuleState, StackFrame } from "./emit.ts";
import { type FiberOptions, fiberState, writeFiber } from "./fiber.ts";
import { BASE_FEATURES } from "./processor.ts";
import { MOST_VALUES } from "./environment.ts";
import { Inliner, type Site } from "./inline.ts";
import { functionSteps } from "./function.ts";
import type { Steps } from "../source/steps.ts";
import { writeCopy, writeEntry, writeFill, writeWayOut } from "./support.ts";

export interface NativeOptions {
  /** Who checks addresses of accesses: the code, or the host by memory without access around. */
  readonly bounds?: "compare" | "guard";
  /** Writes the code at which an executable starts, in front of the entry of `main`. */
  readonly start?: (m: ModuleState, entries: ReadonlyMap<string, Label>) => void;
  /** Whether `machine.` imports are instructions, which reach all of the address space: for programs that own the machine. */
  readonly machine?: boolean;
  /** Features of the processor that may be used (`processor.ts`); at first those that all have. */
  readonly features?: number;
  /** Makes code that can be suspended (`fiber.ts`); with a library beside it, functions of that may be missing from the program. */
  readonly fiber?: FiberOptions;
}

export interface NativeModule {
  readonly bytes: Uint8Array;
  /** Offset of the entry of each export, of `main`, and of `start` where that was asked for. */
  readonly entries: ReadonlyMap<string, number>;
  /** Offset of the code of each function, -1 for one that lies in its callers only; those of a library beside it may be missing. */
  readonly fns: readonly number[];
  /** Offset of the table of function pointers. */
  readonly table: number;
  /** Where code ends and constants begin. */
  readonly codeEnd: number;
  /** Where a host sends a fault of the processor, with the faulting address plus 1 pushed. */
  readonly fault: number;
  /** Pairs: offset after the call of the way out, kind. */
  readonly traps: readonly number[];
  /** Triples: offset, function or site (-1 for code of neither), line; ascending. */
  readonly lines: readonly number[];
  /** Functions inside others: site `number of functions + i`. */
  readonly sites: readonly Site[];
  /** How each function's stack is undone; ascending. */
  readonly frames: readonly StackFrame[];
  /** Features of the processor that the code uses. */
  readonly features: number;
}

export type NativeBuilt =
  | { readonly ok: true; readonly module: NativeModule }
  | { readonly ok: false; readonly reason: string };

/** Compiles a verified program. */
export function buildNative(code: Code, options: NativeOptions = {}): NativeBuilt {
  const build = new NativeBuild(code, options);
  while (build.step() > 0) {
    // the next pass
  }
  return build.finish();
}

/** Instructions times passes of one turn: some functions, or a part of a pass of a long one. */
const TURN = 500;

/** A program on its way to machine code, at most a pass of a function at a time: for a compiler that others wait for. */
export class NativeBuild {
  readonly #code: Code;
  readonly #m: ModuleState;
  readonly #entries = new Map<string, number>();
  readonly #sites: Site[] = [];
  readonly #inliner: Inliner;
  readonly #shared: number;
  #reason: string | undefined;
  #next: number;
  #again = false;
  #function: { readonly index: number; readonly steps: Steps<void> } | undefined;

  constructor(code: Code, options: NativeOptions = {}) {
    const table = new Label();
    const { fiber, shared, fns } = fiberOf(code, options.fiber, table);
    const m: ModuleState = {
      a: new Assembler(),
      fns,
      traps: [],
      lines: [],
      common: new Label(),
      copy: new Label(),
      fill: new Label(),
      table,
      used: { copy: false, fill: false, table: false, features: BASE_FEATURES },
      features: options.features ?? BASE_FEATURES,
      pool: new Map(),
      guard: options.bounds === "guard",
      initial: heapStart(code),
      sigs: code.sigs,
      frames: [],
      machine: options.machine === true,
      fiber,
      library: options.fiber?.library,
    };
    this.#code = code;
    this.#m = m;
    this.#shared = shared;
    this.#next = shared;
    this.#inliner = new Inliner(code, this.#sites, shared);
    const many = [...code.fns.slice(shared), ...code.imports].find(
      (f) => f.params.length > MOST_VALUES || f.results.length > MOST_VALUES,
    );
    if (many !== undefined)
      this.#reason = `${many.name} has more than ${MOST_VALUES} arguments or results`;
    else this.#begin(options);
  }

  /** Way out, entries, and what suspends. */
  #begin(options: NativeOptions): void {
    const m = this.#m;
    const code = this.#code;
    const entries = this.#entries;
    writeWayOut(m);
    const labels = new Map<string, Label>();
    const entry = (name: string, fn: number): void => {
      const { params, results } = code.fns[fn];
      m.a.align(16, 0x90);
      entries.set(name, m.a.length);
      const label = labels.get(name) ?? new Label();
      labels.set(name, label);
      m.a.place(label);
      writeEntry(m, m.fns[fn], params, results);
    };
    for (const e of code.exports) if (e.name !== "main") entry(e.name, e.fn);
    if (options.start !== undefined) {
      m.a.align(16, 0x90);
      entries.set("start", m.a.length);
      labels.set("main", new Label());
      options.start(m, labels);
    }
    if (m.fiber !== undefined) {
      const main =
        code.main < 0
          ? undefined
          : { label: m.fns[code.main], results: code.fns[code.main].results };
      writeFiber(m, m.fiber, main, entries);
      // pointers to any function of a library may come from its programs
      m.used.table = true;
    } else if (code.main >= 0) entry("main", code.main);
  }

  /** Compiles all of it. @param turn resolves when somebody else had a turn */
  async inTurns(turn: () => Promise<void>): Promise<void> {
    let done = 0;
    for (let size = this.step(); size > 0; size = this.step()) {
      done += size;
      if (done < TURN) continue;
      done = 0;
      await turn();
    }
  }

  /** The next step of a function; how many instructions it went through, and one more; 0 when nothing is left. */
  step(): number {
    try {
      this.#function ??= this.#nextFunction();
      const fn = this.#function;
      if (fn === undefined) return 0;
      const { done, value } = fn.steps.next();
      if (done === true) this.#function = undefined;
      return (value ?? 0) + 1;
    } catch (e) {
      const { index } = this.#function ?? { index: this.#next - 1 };
      this.#reason = `function ${this.#code.fns[index].name}: ${(e as Error).message}`;
      this.#function = undefined;
      return 1;
    }
  }

  /** What no code calls was put into its callers; a pointer may name any function. */
  #nextFunction(): { readonly index: number; readonly steps: Steps<void> } | undefined {
    const m = this.#m;
    for (;;) {
      if (this.#reason !== undefined) return undefined;
      if (this.#next === this.#code.fns.length) {
        if (!this.#again) return undefined;
        this.#again = false;
        this.#next = this.#shared;
      }
      const i = this.#next++;
      const label = m.fns[i];
      if (label === undefined || label.at >= 0) continue;
      if (label.fields.length === 0 && !m.used.table) continue;
      this.#again = true;
      return { index: i, steps: functionSteps(m, this.#inliner, i) };
    }
  }

  /** Helpers, tables and constants behind the functions. */
  finish(): NativeBuilt {
    const m = this.#m;
    if (this.#reason !== undefined) return { ok: false, reason: this.#reason };
    if (m.used.copy) writeCopy(m);
    if (m.used.fill) writeFill(m);
    if (m.used.table) writeTable(m, this.#code, this.#shared);
    const codeEnd = m.a.length;
    m.a.align(8, 0x90);
    for (const { label, lo, hi } of m.pool.values()) {
      m.a.place(label);
      m.a.int32(lo);
      m.a.int32(hi);
    }
    return {
      ok: true,
      module: {
        bytes: m.a.bytes(),
        entries: this.#entries,
        fns: m.fns.map((l: Label | undefined) => l?.at ?? -1),
        table: m.table.at,
        codeEnd,
        fault: m.common.at,
        traps: m.traps,
        lines: m.lines,
        sites: this.#sites,
        frames: m.frames,
        features: m.used.features,
      },
    };
  }
}

/** For each function its distance from the table and the number of its signature; before it how many there are. */
function writeTable(m: ModuleState, code: Code, shared: number): void {
  m.a.align(8, 0x90);
  m.a.int32(code.fns.length - shared);
  m.a.int32(0);
  m.a.place(m.table);
  for (let i = shared; i < code.fns.length; i++) {
    const f = code.fns[i];
    m.a.int32(m.fns[i].at - m.table.at);
    m.a.int32(code.sigs.indexOf(`${f.params}:${f.results}`));
  }
}

/** What is suspended how: labels, the first function to be compiled, places of all. */
function fiberOf(
  code: Code,
  options: FiberOptions | undefined,
  table: Label,
): { fiber: FiberState | undefined; shared: number; fns: Label[] } {
  const library = options?.library;
  const shared = library === undefined ? 0 : (options?.shared ?? 0);
  // those of a library get theirs when they are called
  const fns: Label[] = new Array(code.fns.length).fill(undefined);
  for (let i = shared; i < fns.length; i++) fns[i] = new Label();
  return {
    fiber: options === undefined ? undefined : fiberState(options, table),
    shared,
    fns,
  };
}
