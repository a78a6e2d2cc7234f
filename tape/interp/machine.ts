/**
 * A program made ready to run: linked code, registers, memory, limits, stack traces.
 *
 * Limits: memory in pages, registers and frames (deep recursion traps), fuel (one unit for each call and backward
 * jump). Invariant: a trap leaves the machine inspectable; a new call starts from a clean stack.
 */
import { opNumber, ops, traps } from "../bytecode/op-table.ts";
import {
  type Code,
  DATA_BASE,
  HEAP_LIMIT,
  HEAP_START,
  heapStart,
  STACK_BYTES,
} from "../bytecode/program.ts";
import { bytesOf, decodeLossy } from "../source/utf8.ts";
import { run } from "./dispatch.ts";

/** What a host function sees: its arguments, memory, and where its results go. Every runtime offers it. */
export interface HostCall {
  /** Argument `i` of class i or p. */
  int(i: number): number;
  long(i: number): bigint;
  double(i: number): number;
  float(i: number): number;
  /** Sets result `i`. */
  give(i: number, v: number | bigint): void;
  /** A view of memory; throws RangeError out of bounds. */
  slice(at: number, n: number): Uint8Array;
  bytes(at: number, n: number): string;
  writeText(at: number, byteString: string): void;
  text: string;
  /** Kind of the trap that the call ends in, or 0. */
  hostTrap: number;
}
export type HostFn = (m: HostCall) => void;

export interface Limits {
  /** Most memory, in pages of 64 KiB. */
  readonly pages?: number;
  /** Calls and backward jumps before "out of fuel". */
  readonly fuel?: number;
  /** Deepest nesting of calls. */
  readonly depth?: number;
}

/** Where a trap happened, innermost first. */
export interface TraceLine {
  readonly fn: string;
  readonly file: string;
  readonly line: number;
}

/** The outcome of a call. */
export type Outcome =
  | { readonly ok: true; readonly values: readonly (number | bigint)[] }
  | {
      readonly ok: false;
      readonly trap: string;
      readonly text: string;
      readonly trace: readonly TraceLine[];
    };

/** Thrown by a host function to end the program with an exit code. */
export class HostExit {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}

const CALLS = new Set(["call", "calli", "host"].map(opNumber));
const SWITCH = opNumber("switch");
const RET = opNumber("ret");

/** A loaded program. */
export class Machine implements HostCall {
  readonly program: Code;
  readonly R: Int32Array;
  readonly F: Float64Array;
  readonly G: Float32Array;
  readonly B: BigInt64Array;
  readonly code: Int32Array;
  readonly frames: Int32Array;
  readonly entry: Int32Array;
  readonly size: Int32Array;
  readonly frame: Int32Array;
  readonly sigOf: Int32Array;
  readonly count: number;
  /** End of the register file, in words. */
  readonly limit: number;
  readonly stackLow: number;
  readonly stackHigh: number;
  readonly hosts: HostFn[];
  readonly pages: number;
  memory: ArrayBuffer;
  view: DataView;
  pc = 0;
  base = 0;
  top = 0;
  sp: number;
  fp = 0;
  bottom = 0;
  fuel: number;
  /** Text of the last `trap.text`. */
  text = "";
  /** Set by a host function to trap. */
  hostTrap = 0;
  exit: HostExit | undefined;
  results: (number | bigint)[] = [];
  tryPc = -1;
  #try: readonly [number, number, number, number, number] = [0, 0, 0, 0, 0];
  #argAt = 0;
  #resAt = 0;
  #resClasses = "";

  /** @param like a machine of the same program, whose linked code this one shares */
  constructor(
    program: Code,
    hosts: Readonly<Record<string, HostFn>>,
    limits: Limits = {},
    like?: Machine,
  ) {
    this.program = program;
    const depth = limits.depth ?? 4000;
    const registers = new ArrayBuffer(depth * 32 * 8 + 65536);
    this.R = new Int32Array(registers);
    this.F = new Float64Array(registers);
    this.G = new Float32Array(registers);
    this.B = new BigInt64Array(registers);
    this.limit = this.R.length;
    this.frames = new Int32Array(depth * 4);
    this.fuel = limits.fuel ?? Number.MAX_SAFE_INTEGER;
    this.pages = limits.pages ?? 4096;
    const n = program.fns.length;
    this.count = n;
    this.entry = like?.entry ?? new Int32Array(n);
    this.size = like?.size ?? Int32Array.from(program.fns, (f) => f.regs.length * 2);
    this.frame = like?.frame ?? Int32Array.from(program.fns, (f) => f.frame);
    this.sigOf =
      like?.sigOf ??
      Int32Array.from(program.fns, (f) => program.sigs.indexOf(`${f.params}:${f.results}`));
    this.code = like?.code ?? link(program, this.entry);
    const start = heapStart(program);
    this.stackHigh = start;
    this.stackLow = start - STACK_BYTES;
    this.sp = start;
    const bytes = (start + 65535) & ~65535;
    this.memory = like?.memory ?? new ArrayBuffer(bytes);
    this.view = new DataView(this.memory);
    if (like === undefined) {
      new Uint8Array(this.memory).set(program.data, DATA_BASE);
      this.view.setInt32(HEAP_START, start, true);
      this.view.setInt32(HEAP_LIMIT, bytes, true);
    }
    this.hosts = program.imports.map((imp) => hosts[imp.name] ?? missing(imp.name));
  }

  /** Calls function `fn` with values in parameter order (bigint for 64-bit integers, number for the rest). */
  call(fn: number, args: readonly (number | bigint)[] = []): Outcome {
    const f = this.program.fns[fn];
    this.fp = this.bottom = 0;
    this.base = 0;
    this.top = this.size[fn];
    this.sp = this.stackHigh - this.frame[fn];
    this.pc = this.entry[fn];
    this.text = "";
    this.hostTrap = 0;
    this.exit = undefined;
    for (let i = 0; i < f.params.length; i++) this.#put(f.params[i], i * 2, args[i] ?? 0);
    let kind: number;
    this.tryPc = -1;
    try {
      kind =
        this.top > this.limit || this.sp < this.stackLow
          ? traps.indexOf("stack overflow")
          : run(this);
      while (kind !== 0 && this.tryPc >= 0) {
        const [pc, base, top, sp, fp] = this.#try;
        this.save(pc, base, top, sp, fp, this.fuel);
        this.tryPc = -1;
        kind = run(this);
      }
    } catch (e) {
      if (!(e instanceof HostExit)) throw e;
      this.exit = e;
      return { ok: true, values: [e.code] };
    }
    if (kind === 0) return { ok: true, values: this.results };
    return { ok: false, trap: traps[kind] ?? "trap", text: this.text, trace: this.trace() };
  }

  /** For the dispatcher: where a trap inside a test's `@assert_trap` goes. */
  setTry(pc: number, base: number, top: number, sp: number, fp: number): void {
    this.tryPc = pc;
    this.#try = [pc, base, top, sp, fp];
  }

  #put(cls: string, at: number, v: number | bigint): void {
    if (cls === "l") this.B[at >> 1] = BigInt.asIntN(64, BigInt(v));
    else if (cls === "d") this.F[at >> 1] = Number(v);
    else if (cls === "f") this.G[at] = Number(v);
    else this.R[at] = Number(v);
  }

  #get(cls: string, at: number): number | bigint {
    if (cls === "l") return this.B[at >> 1];
    if (cls === "d") return this.F[at >> 1];
    if (cls === "f") return this.G[at];
    return cls === "p" ? this.R[at] >>> 0 : this.R[at];
  }

  /** For the dispatcher: keeps its locals. */
  save(pc: number, base: number, top: number, sp: number, fp: number, fuel: number): void {
    this.pc = pc;
    this.base = base;
    this.top = top;
    this.sp = sp;
    this.fp = fp;
    this.fuel = fuel;
  }

  /** For the dispatcher: the outermost return. */
  takeResults(n: number, at: number): void {
    const f = this.program.fns[this.fnAt(this.pc)];
    this.results = [];
    for (let i = 0; i < n; i++)
      this.results.push(this.#get(f.results[i], this.base + this.code[at + i]));
  }

  /** For the dispatcher: calls import `index`; gives the kind of its trap, or 0. */
  callHost(index: number, n: number, list: number): number {
    this.#argAt = list + 1;
    this.#resAt = list + 1 + n;
    this.#resClasses = this.program.imports[index].results;
    this.hostTrap = 0;
    this.hosts[index](this);
    return this.hostTrap;
  }

  float(i: number): number {
    return this.G[this.base + this.code[this.#argAt + i]];
  }

  /** For host functions: argument `i` as a plain number (addresses, lengths, small integers). */
  int(i: number): number {
    const at = this.base + this.code[this.#argAt + i];
    return this.R[at];
  }
  long(i: number): bigint {
    return this.B[(this.base + this.code[this.#argAt + i]) >> 1];
  }
  double(i: number): number {
    return this.F[(this.base + this.code[this.#argAt + i]) >> 1];
  }
  /** For host functions: sets result `i`. */
  give(i: number, v: number | bigint): void {
    this.#put(this.#resClasses[i], this.base + this.code[this.#resAt + i], v);
  }

  /** `n` bytes of memory as text for people. */
  bytes(at: number, n: number): string {
    return decodeLossy(this.slice(at, n));
  }

  /** A view of memory; throws RangeError when out of bounds, which the dispatcher turns into a trap. */
  slice(at: number, n: number): Uint8Array {
    return new Uint8Array(this.memory, at, n);
  }

  writeText(at: number, byteString: string): void {
    this.slice(at, byteString.length).set(bytesOf(byteString));
  }

  /** Grows memory; pages before, or -1 when the limit is reached. */
  grow(pages: number, high: number): number {
    const old = this.memory.byteLength >>> 16;
    if (high !== 0 || pages < 0 || old + pages > this.pages) return -1;
    const next = new ArrayBuffer((old + pages) << 16);
    new Uint8Array(next).set(new Uint8Array(this.memory));
    this.memory = next;
    this.view = new DataView(next);
    return old;
  }

  /** Index of the function that holds a linked code offset. */
  fnAt(pc: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const mid = (low + high + 1) >> 1;
      if (this.entry[mid] <= pc) low = mid;
      else high = mid - 1;
    }
    return low;
  }

  /** Calls under way, innermost first, at most 64. */
  trace(): TraceLine[] {
    const out: TraceLine[] = [];
    let pc = this.pc;
    for (let fp = this.fp; ; fp -= 4) {
      const index = this.fnAt(pc);
      const f = this.program.fns[index];
      const word = pc - this.entry[index];
      let line = 0;
      for (let i = 0; i < f.lines.length && f.lines[i] <= word; i += 2) line = f.lines[i + 1];
      out.push({ fn: f.name, file: this.program.files[f.file], line });
      if (fp <= this.bottom || out.length >= 64) return out;
      pc = this.frames[fp - 4] - 1;
    }
  }
}

/** A host function for an import that the host lacks: it traps when it is called. */
export function missing(name: string): HostFn {
  return (m) => {
    m.text = `this program needs ${name}, which this host does not provide`;
    m.hostTrap = traps.indexOf("trap");
  };
}

/** Joins all code: register operands become word offsets, targets become absolute. */
function link(program: Code, entry: Int32Array): Int32Array {
  let total = 0;
  program.fns.forEach((f, i) => {
    entry[i] = total;
    total += f.code.length;
  });
  const out = new Int32Array(total);
  program.fns.forEach((f, index) => {
    const start = entry[index];
    const code = f.code;
    let at = 0;
    while (at < code.length) {
      const op = ops[code[at]];
      out[start + at] = code[at];
      for (let k = 0; k < op.operands.length && op.operands[k].role !== "list"; k++) {
        const v = code[at + 1 + k];
        const role = op.operands[k].role;
        out[start + at + 1 + k] =
          role === "def" || role === "use" ? v * 2 : role === "target" ? v + start : v;
      }
      let end = at + op.size;
      if (op.number === SWITCH) {
        const n = code[at + 2];
        for (let i = 0; i <= n; i++) out[start + end + i] = code[end + i] + start;
        end += n + 1;
      } else if (op.number === RET) {
        const n = code[at + 1];
        for (let i = 0; i < n; i++) out[start + end + i] = code[end + i] * 2;
        end += n;
      } else if (CALLS.has(op.number)) {
        const n = code[end - 1];
        const results = code[end];
        out[start + end] = results;
        for (let i = 1; i <= n + results; i++) out[start + end + i] = code[end + i] * 2;
        end += 1 + n + results;
      }
      at = end;
    }
  });
  return out;
}
