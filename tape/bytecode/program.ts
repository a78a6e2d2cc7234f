/**
 * A compiled program: functions over typed registers, static data, what it needs from outside.
 *
 * Registers of a function are numbered from 0, parameters first; the class of each is one letter: `i` 32-bit
 * integer, `l` 64-bit integer, `f` f32, `d` f64, `p` address. Static data starts at `DATA_BASE`; below it lies
 * the null page, whose last words hold `HEAP_START` and the size of the stack.
 */

/** Address of the first byte of static data. */
export const DATA_BASE = 1024;
/** Address of the word that holds where the heap starts. */
export const HEAP_START = 1016;
/** Address of the word that holds where memory ended at the start: the heap reaches no further by itself. */
export const HEAP_LIMIT = 1008;
/** Bytes of the stack for values in memory. */
export const STACK_BYTES = 1 << 18;

export interface FnCode {
  readonly name: string;
  readonly params: string;
  readonly results: string;
  readonly regs: string;
  /** Bytes of its frame in memory, a multiple of 16. */
  readonly frame: number;
  readonly code: Int32Array;
  /** Index into `files`. */
  readonly file: number;
  /** Word offset and line in turn, ascending by offset. */
  readonly lines: readonly number[];
}

/** A function that the host provides. */
export interface ImportCode {
  readonly name: string;
  readonly params: string;
  readonly results: string;
}

export interface ExportCode {
  readonly name: string;
  readonly fn: number;
  /** Source types, such as `fn([]const u8, i64) -> u32`, for binding and declarations. */
  readonly type: string;
}

export interface TestCode {
  readonly name: string;
  readonly fn: number;
  readonly kind: "test" | "setup" | "teardown";
}

export interface Code {
  readonly files: readonly string[];
  readonly fns: readonly FnCode[];
  readonly imports: readonly ImportCode[];
  /** Signatures of indirect calls: parameter classes, `:`, result classes. */
  readonly sigs: readonly string[];
  readonly data: Uint8Array;
  readonly exports: readonly ExportCode[];
  readonly tests: readonly TestCode[];
  /** Index of `main`, or -1. */
  readonly main: number;
  /** Hash of all sources, hex. */
  readonly source: string;
}

/** Bytes of memory before the heap: null page, data, stack. */
export function heapStart(code: Code): number {
  return (DATA_BASE + code.data.length + 15 + STACK_BYTES) & ~15;
}
