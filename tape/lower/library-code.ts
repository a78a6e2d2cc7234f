/**
 * The library precompiled: its functions' bytecode, from which each program takes what it reaches. `make-library-code.ts` makes it
 * when the system is built; sources of the library are then needed as interfaces only (`module/interface-text.ts`).
 *
 * Invariant: addresses of data are those of the library, whose data stands first in each program; numbers of functions, imports,
 * signatures and files are the library's own, and are put in place when a function is taken. A program **beside** the library
 * (`CompileOptions.beside`) keeps them instead: its own functions, imports and signatures come behind, and those of the library are
 * called where they lie as machine code (`native/fiber.ts`).
 */
import type { Code, FnCode, ImportCode } from "../bytecode/program.ts";
import type { FnSym, VarSym } from "../check/symbol.ts";

/** What stands at a place of a function's code that depends on the program. */
export const PLACE_FN = 0;
export const PLACE_IMPORT = 1;
export const PLACE_SIG = 2;

/** A function: name, parameters, results, registers, frame, file, code, lines, places (word and kind in turn). */
export type PackedFn = readonly [
  string,
  string,
  string,
  string,
  number,
  number,
  readonly number[],
  readonly number[],
  readonly number[],
];

/** The library as plain data. */
export interface LibraryData {
  /** JSON of a `PackedFn` each, read when it is first reached. */
  readonly fns: readonly string[];
  /** Number of each function by `fnKey`. */
  readonly index: { readonly [key: string]: number | undefined };
  /** Address of each global by `globalKey`. */
  readonly globals: { readonly [key: string]: number | undefined };
  /** JSON of the bytes from DATA_BASE on. */
  readonly bytes: string;
  /** Name, parameters, results. */
  readonly imports: readonly (readonly [string, string, string])[];
  /** Parameters, results. */
  readonly sigs: readonly (readonly [string, string])[];
  readonly files: readonly string[];
  /** Hash of all this, hexadecimal. */
  readonly source: string;
}

/** Names a function of the library. */
export const fnKey = (fn: FnSym) => `${fn.module.key} ${fn.owner?.name ?? ""}.${fn.name}`;

/** Names a global of the library; undefined for a local. */
export const globalKey = (sym: VarSym) =>
  sym.module === undefined ? undefined : `${sym.module.key} ${sym.name}`;

/** Numbers of a program, by what they stand for in the library. */
export interface Numbers {
  linked(fn: number): number;
  importIndex(name: string, params: string, results: string): number;
  sigIndex(params: string, results: string): number;
  fileIndex(path: string): number;
}

/** What numbers of the library stand for, as a program has it. */
export interface LibraryStart {
  readonly count: number;
  readonly imports: ImportCode[];
  readonly sigs: string[];
  readonly files: string[];
}

/** A library whose functions are unpacked once, for all programs of a process. */
export class LibraryCode {
  readonly #data: LibraryData;
  readonly #unpacked: (PackedFn | undefined)[] = [];
  readonly #own: (FnCode | undefined)[] = [];
  #start: LibraryStart | undefined;
  readonly bytes: Uint8Array;

  constructor(data: LibraryData) {
    this.#data = data;
    this.bytes = new Uint8Array(JSON.parse(data.bytes) as number[]);
  }

  /** Number of a function in the library, when it is there. */
  numberOf(fn: FnSym): number | undefined {
    if (fn.decl === undefined || !fn.module.key.startsWith("std:")) return undefined;
    return this.#data.index[fnKey(fn)];
  }

  global(sym: VarSym): number | undefined {
    const key = globalKey(sym);
    return key === undefined ? undefined : this.#data.globals[key];
  }

  #packed(number: number): PackedFn {
    let packed = this.#unpacked[number];
    if (packed === undefined) {
      packed = JSON.parse(this.#data.fns[number]) as PackedFn;
      this.#unpacked[number] = packed;
    }
    return packed;
  }

  /** A function with the library's own numbers, the same for all programs. */
  own(number: number): FnCode {
    let fn = this.#own[number];
    if (fn === undefined) {
      const [name, params, results, regs, frame, file, words, lines] = this.#packed(number);
      fn = { name, params, results, regs, frame, file, lines, code: new Int32Array(words) };
      this.#own[number] = fn;
    }
    return fn;
  }

  /** What a program beside the library begins with. */
  first(): LibraryStart {
    const { fns, imports, sigs, files } = this.#data;
    this.#start ??= {
      count: fns.length,
      imports: imports.map(([name, params, results]) => ({ name, params, results })),
      sigs: sigs.map(([params, results]) => `${params}:${results}`),
      files: [...files],
    };
    // programs add to the lists
    const start = this.#start;
    return {
      count: start.count,
      imports: start.imports.slice(),
      sigs: start.sigs.slice(),
      files: start.files.slice(),
    };
  }

  /** Hash of the library, hexadecimal. */
  get source(): string {
    return this.#data.source;
  }

  /** All of it as a program without `main`. */
  whole(): Code {
    const { count, imports, sigs, files } = this.first();
    const fns = Array.from({ length: count }, (_, i) => this.own(i));
    const rest = { exports: [], tests: [], main: -1, source: this.source };
    return { files, fns, imports, sigs, data: this.bytes, ...rest };
  }

  /** A function with a program's numbers. */
  take(number: number, numbers: Numbers): FnCode {
    const data = this.#data;
    const packed = this.#packed(number);
    const [name, params, results, regs, frame, file, words, lines, places] = packed;
    const code = new Int32Array(words);
    for (let i = 0; i < places.length; i += 2) {
      const at = places[i];
      const kind = places[i + 1];
      const old = code[at];
      if (kind === PLACE_FN) code[at] = numbers.linked(old);
      else if (kind === PLACE_IMPORT) {
        const of = data.imports[old];
        code[at] = numbers.importIndex(of[0], of[1], of[2]);
      } else {
        const of = data.sigs[old];
        code[at] = numbers.sigIndex(of[0], of[1]);
      }
    }
    return {
      name,
      params,
      results,
      regs,
      frame,
      code,
      file: numbers.fileIndex(data.files[file]),
      lines,
    };
  }
}
