/**
 * Functions of a Tape module as TypeScript functions, on WebAssembly or, where there is none, on the interpreter.
 *
 * Arguments are checked once, here. A typed array that lies in the module's memory is passed as it is; another is
 * copied in, and copied back when the callee may write to it. Errors of `T or E` and traps are thrown.
 */
import type { Code } from "../bytecode/program.ts";
import { formatHosts } from "../interp/format.ts";
import { Machine, type Outcome, type TraceLine } from "../interp/machine.ts";
import {
  type Crossing,
  type ElementName,
  arrays,
  readSignature,
  type Signature,
} from "./signature.ts";

/** An error value that a function returned. */
export class TapeError extends Error {
  /** The enum and the value of its member. */
  readonly problem: string;
  readonly value: number;
  constructor(problem: string, value: number) {
    super(`${problem} ${value}`);
    this.problem = problem;
    this.value = value;
  }
}

/** An argument that does not fit; `index` is its place. */
export class BadArgument extends TypeError {
  readonly index: number;
  constructor(message: string, index: number) {
    super(message);
    this.index = index;
  }
}

/** A trap inside a function: its kind or its own words, and where it happened, innermost first. */
export class TapeTrap extends Error {
  readonly reason: string;
  readonly trace: readonly TraceLine[];
  constructor(message: string, reason = message, trace: readonly TraceLine[] = []) {
    super(message);
    this.reason = reason;
    this.trace = trace;
  }
}

type Value = number | bigint;
export type Bound = (...args: never[]) => unknown;

/** A runtime with the module loaded. */
export interface Engine {
  call(e: { readonly name: string; readonly fn: number }, args: readonly Value[]): Outcome;
  buffer(): ArrayBufferLike;
  /** Grows memory; gives the address of the new bytes. */
  grow(bytes: number): number;
}

/** The interpreter as an engine. */
export function interpreter(code: Code): Engine {
  const m = new Machine(code, formatHosts);
  return {
    call: (e, args) => m.call(e.fn, args),
    buffer: () => m.memory,
    grow: (bytes) => {
      const old = m.grow(Math.ceil(bytes / 65536), 0);
      if (old < 0) throw new TapeTrap("out of memory");
      return old * 65536;
    },
  };
}

/** All functions that cross, and `alloc`. */
export function bind(code: Code, engine: Engine): Record<string, Bound> {
  const binder = new Binder(engine);
  const out: Record<string, Bound> = { alloc: ((n: number) => binder.alloc(n)) as Bound };
  for (const e of code.exports) {
    const sig = readSignature(e.type);
    if (typeof sig === "string") continue;
    out[e.name] = ((...args: unknown[]) => binder.run(e, sig, args)) as Bound;
  }
  return out;
}

class Binder {
  readonly engine: Engine;
  /** A region for copies, made when first needed. */
  #scratch = 0;
  #scratchSize = 0;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  alloc(bytes: number): Uint8Array {
    if (!Number.isInteger(bytes) || bytes < 0 || bytes > 1 << 30)
      throw new RangeError("alloc takes 0 to 2^30 bytes");
    const at = this.engine.grow(Math.max(1, bytes));
    return new Uint8Array(this.engine.buffer(), at, bytes);
  }

  run(
    e: { readonly name: string; readonly fn: number },
    sig: Signature,
    args: readonly unknown[],
  ): unknown {
    if (args.length !== sig.params.length)
      throw new BadArgument(
        `${e.name} takes ${sig.params.length} arguments, not ${args.length}`,
        Math.min(sig.params.length, args.length),
      );
    let need = 0;
    sig.params.forEach((p, i) => {
      const why = wrong(p.type, args[i]);
      if (why !== undefined) throw new BadArgument(`${e.name}: \`${p.name}\` ${why}`, i);
      if (p.type.elem !== undefined) need += ((args[i] as Uint8Array).byteLength + 15) & ~15;
    });
    if (
      need > this.#scratchSize &&
      sig.params.some((p, i) => p.type.elem !== undefined && this.#outside(args[i]))
    ) {
      this.#scratch = this.engine.grow(need);
      this.#scratchSize = ((need + 65535) >>> 16) * 65536;
    }
    const flat: Value[] = [];
    const back: { readonly to: Uint8Array; readonly at: number }[] = [];
    let at = this.#scratch;
    sig.params.forEach((p, i) => {
      if (p.type.elem === undefined) {
        const v = args[i] as number | boolean;
        flat.push(/64$/.test(p.type.tape) && p.type.tape !== "f64" ? BigInt(v) : Number(v));
        return;
      }
      const a = args[i] as Uint8Array;
      if (!this.#outside(a)) {
        flat.push(a.byteOffset, BigInt(a.length));
        return;
      }
      const bytes = new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
      new Uint8Array(this.engine.buffer(), at, bytes.length).set(bytes);
      if (p.type.writes) back.push({ to: bytes, at });
      flat.push(at, BigInt(a.length));
      at += (bytes.length + 15) & ~15;
    });
    const o = this.engine.call(e, flat);
    for (const b of back) b.to.set(new Uint8Array(this.engine.buffer(), b.at, b.to.length));
    if (!o.ok) {
      const line = o.trace[0]?.line;
      const reason = o.text === "" ? o.trap : o.text;
      const where = line === undefined ? "" : ` (line ${line})`;
      throw new TapeTrap(`${e.name}: ${reason}${where}`, reason, o.trace);
    }
    return this.#result(sig, o.values);
  }

  #outside(a: unknown): boolean {
    return (a as Uint8Array).buffer !== this.engine.buffer();
  }

  #result(sig: Signature, values: readonly Value[]): unknown {
    if (sig.fails !== undefined) {
      const tag = Number(values[values.length - 1]);
      if (tag !== 0) throw new TapeError(sig.fails, tag - 1);
    }
    const ret = sig.ret;
    if (ret === undefined) return undefined;
    if (ret.elem !== undefined) {
      const array = arrays[ret.elem as ElementName];
      const at = Number(values[0]) >>> 0;
      return new array(
        this.engine
          .buffer()
          .slice(at, at + Number(values[1]) * array.BYTES_PER_ELEMENT) as ArrayBuffer,
      );
    }
    const v = values[0];
    if (ret.tape === "bool") return v !== 0;
    if (ret.tape === "u32") return Number(v) >>> 0;
    if (ret.tape === "u64") return BigInt.asUintN(64, BigInt(v));
    return v;
  }
}

/** What is wrong with a value for a parameter's type; undefined when nothing is. */
function wrong(type: Crossing, v: unknown): string | undefined {
  const is = `is a ${type.ts} (${type.tape}), not`;
  if (type.elem !== undefined) {
    if (!(v instanceof arrays[type.elem as ElementName])) return `${is} ${typeof v}`;
    const { detached } = v.buffer as ArrayBuffer;
    return detached
      ? "lies in memory that moved when the module's memory grew; make what is to stay before, or call `alloc` again"
      : undefined;
  }
  if (typeof v !== type.ts) return `${is} ${typeof v}`;
  if (!/^[iu]/.test(type.tape)) return undefined;
  if (!Number.isSafeInteger(v)) return `${is} ${v}`;
  const bits = Number(type.tape.slice(1));
  const n = BigInt(v as number);
  const wrapped = type.tape.startsWith("i") ? BigInt.asIntN(bits, n) : BigInt.asUintN(bits, n);
  return wrapped === n ? undefined : `${is} ${v}`;
}
