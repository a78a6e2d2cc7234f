/**
 * Runs a built module on a JavaScript engine, with the outcomes of the interpreter.
 *
 * The engine's own traps become Tape's by their messages (V8's wording). Only hosts with `WebAssembly` load this.
 */
import { traps } from "../bytecode/op-table.ts";
import type { Code } from "../bytecode/program.ts";
import { clamp64 } from "../interp/arith.ts";
import { type HostCall, HostExit, type HostFn, missing, type Outcome } from "../interp/machine.ts";
import { traceOf } from "./trace.ts";
import { bytesOf, decodeLossy } from "../source/utf8.ts";

/** Thrown through WebAssembly frames by a trap; its stack tells where. */
class TrapSignal extends Error {
  readonly kind: number;
  readonly text: string;
  readonly line: number;
  constructor(kind: number, text: string, line: number) {
    super();
    this.kind = kind;
    this.text = text;
    this.line = line;
  }
}

type Value = number | bigint;
type Fn = (...args: Value[]) => Value | Value[] | undefined;

const messages: readonly (readonly [RegExp, (typeof traps)[number]])[] = [
  [/divide by zero|remainder by zero/, "division by zero"],
  [/unrepresentable in integer|float unrepresentable/, "number out of range"],
  [/divide result unrepresentable/, "integer overflow"],
  [/memory access out of bounds|out of bounds memory|data segment/, "bad address"],
  [/table index|null function|signature mismatch/, "bad function pointer"],
  [/call stack/, "stack overflow"],
  [/unreachable/, "unreachable"],
];

/** A loaded module. */
export class WasmProgram {
  readonly code: Code;
  readonly memory: WebAssembly.Memory;
  readonly #exports: Record<string, Fn>;
  readonly #sp: { value: unknown };
  readonly #fuel: { value: unknown } | undefined;
  readonly #module: WebAssembly.Module;
  readonly #spStart: number;

  /** `fuel` limits modules that were built with it: calls and backward jumps before "out of fuel". */
  constructor(
    code: Code,
    bytes: Uint8Array,
    hosts: Readonly<Record<string, HostFn>>,
    fuel = Number.MAX_SAFE_INTEGER,
  ) {
    this.code = code;
    const signed =
      (f: (a: bigint, b: bigint) => bigint, s: boolean) =>
      (a: bigint, b: bigint): bigint =>
        s
          ? clamp64(f(a, b), true)
          : clamp64(f(BigInt.asUintN(64, a), BigInt.asUintN(64, b)), false);
    const small =
      (f: (a: number, b: number) => number, s: boolean) =>
      (a: number, b: number): number =>
        s
          ? Math.max(-2147483648, Math.min(2147483647, f(a, b)))
          : Math.max(0, Math.min(4294967295, f(a >>> 0, b >>> 0))) | 0;
    const exact =
      (s: boolean) =>
      (a: bigint, b: bigint, line: number): bigint => {
        const v = s ? a * b : BigInt.asUintN(64, a) * BigInt.asUintN(64, b);
        if (s ? v !== BigInt.asIntN(64, v) : v >> 64n !== 0n) throw new TrapSignal(2, "", line);
        return BigInt.asIntN(64, v);
      };
    const plus = <V extends number | bigint>(a: V, b: V): V => ((a as number) + (b as number)) as V;
    const minus = <V extends number | bigint>(a: V, b: V): V =>
      ((a as number) - (b as number)) as V;
    const tape = {
      trap: (kind: number, line: number) => {
        throw new TrapSignal(kind, "", line);
      },
      trap_text: (at: number, n: number, kind: number, line: number) => {
        throw new TrapSignal(
          kind,
          decodeLossy(new Uint8Array(this.memory.buffer, at >>> 0, n)),
          line,
        );
      },
      mul_i64: exact(true),
      mul_u64: exact(false),
      mulhi: (a: bigint, b: bigint) =>
        BigInt.asIntN(64, (BigInt.asUintN(64, a) * BigInt.asUintN(64, b)) >> 64n),
      "satadd.i32": small(plus, true),
      "satsub.i32": small(minus, true),
      "satadd.u32": small(plus, false),
      "satsub.u32": small(minus, false),
      "satadd.i64": signed(plus, true),
      "satsub.i64": signed(minus, true),
      "satadd.u64": signed(plus, false),
      "satsub.u64": signed(minus, false),
    };
    const host = Object.fromEntries(
      code.imports.map((imp, i) => [
        `${i} ${imp.name}`,
        this.#host(hosts[imp.name] ?? missing(imp.name), imp.results),
      ]),
    );
    const module = new WebAssembly.Module(bytes);
    const instance = new WebAssembly.Instance(module, { tape, host });
    this.#exports = instance.exports as unknown as Record<string, Fn>;
    this.memory = instance.exports.memory as WebAssembly.Memory;
    this.#sp = instance.exports["stack pointer"] as unknown as { value: unknown };
    this.#spStart = this.#sp.value as number;
    this.#module = module;
    this.#fuel = instance.exports.fuel as unknown as { value: unknown } | undefined;
    if (this.#fuel !== undefined) this.#fuel.value = BigInt(fuel);
  }

  #host(fn: HostFn, results: string): Fn {
    return (...args) => {
      const out: Value[] = [...results].map((c) => (c === "l" ? 0n : 0));
      const call: HostCall = {
        int: (i) => Number(args[i]) | 0,
        long: (i) => BigInt(args[i]),
        double: (i) => Number(args[i]),
        float: (i) => Number(args[i]),
        give: (i, v) => {
          out[i] = results[i] === "l" ? BigInt.asIntN(64, BigInt(v)) : Number(v);
        },
        slice: (at, n) => new Uint8Array(this.memory.buffer, at >>> 0, n),
        bytes: (at, n) => decodeLossy(new Uint8Array(this.memory.buffer, at >>> 0, n)),
        writeText: (at, s) =>
          new Uint8Array(this.memory.buffer, at >>> 0, s.length).set(bytesOf(s)),
        text: "",
        hostTrap: 0,
      };
      try {
        fn(call);
      } catch (e) {
        if (e instanceof RangeError) throw new TrapSignal(9, "", 0);
        throw e;
      }
      if (call.hostTrap !== 0) throw new TrapSignal(call.hostTrap, call.text, 0);
      return out.length === 1 ? out[0] : out.length === 0 ? undefined : out;
    };
  }

  /** Calls an export (`main` for the program). */
  call(name: string, args: readonly Value[] = []): Outcome {
    this.#sp.value = this.#spStart;
    // The outermost call is free, as in the interpreter.
    if (this.#fuel !== undefined) this.#fuel.value = (this.#fuel.value as bigint) + 1n;
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 80;
    try {
      const r = this.#exports[name](...args);
      return { ok: true, values: r === undefined ? [] : Array.isArray(r) ? r : [r] };
    } catch (e) {
      if (e instanceof HostExit) return { ok: true, values: [e.code] };
      if (e instanceof TrapSignal) {
        return {
          ok: false,
          trap: traps[e.kind],
          text: e.text,
          trace: traceOf(this.#module, e.stack ?? ""),
        };
      }
      const message = e instanceof Error ? e.message : "";
      const known = messages.find(([pattern]) => pattern.test(message));
      if (
        known === undefined ||
        !(e instanceof WebAssembly.RuntimeError || e instanceof RangeError)
      )
        throw e;
      return {
        ok: false,
        trap: known[1],
        text: "",
        trace: traceOf(this.#module, (e as Error).stack ?? ""),
      };
    } finally {
      Error.stackTraceLimit = limit;
    }
  }

  /** The raw export, for calls without the cost of an outcome. */
  raw(name: string): Fn {
    return this.#exports[name];
  }
}
