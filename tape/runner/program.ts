/**
 * A program as native code in the runner, with the outcomes of the interpreter.
 *
 * One runner serves a process; loading a program drops the last one. Invariant: host functions see memory by copies,
 * which go back when they changed.
 */
import { traps } from "../bytecode/op-table.ts";
import {
  type Code,
  DATA_BASE,
  HEAP_LIMIT,
  HEAP_START,
  heapStart,
  STACK_BYTES,
} from "../bytecode/program.ts";
import {
  type HostCall,
  HostExit,
  type HostFn,
  type Limits,
  missing,
  type Outcome,
  type TraceLine,
} from "../interp/machine.ts";
import { MOST_TRACE } from "../native/environment.ts";
import { buildNative, type NativeModule } from "../native/module.ts";
import { bytesOf, decodeLossy } from "../source/utf8.ts";
import { runnerPath } from "./build.ts";
import { Pipes } from "./pipes.ts";

const [LOAD, CALL, READ, WRITE, RETURN] = [1, 2, 3, 4, 5];
const HOST = 1;
const VALUES = 64;
const STOPPED = traps.indexOf("stopped");

let shared: { pipes: Pipes; loaded: NativeProgram | undefined } | undefined;

/** Ends the runner of this process; the next program starts another one. */
export function closeRunner(): void {
  shared?.pipes.close();
  shared = undefined;
}

type Value = number | bigint;

export interface NativeLimits extends Limits {
  /** Time after which a call stops, in milliseconds; 0 for none. */
  readonly milliseconds?: number;
  /** Who checks addresses; the runner can do it by itself (`guard`), which is the default here. */
  readonly bounds?: "guard" | "compare";
}

/** A loaded program. */
export class NativeProgram {
  readonly code: Code;
  readonly module: NativeModule;
  readonly #hosts: readonly HostFn[];
  readonly #limits: NativeLimits;
  #bytes = 0;
  /** Processor time of the last call, in nanoseconds. */
  nanoseconds = 0;

  /** Compiles; throws an `Error` with the reason when native code lacks something. */
  constructor(code: Code, hosts: Readonly<Record<string, HostFn>>, limits: NativeLimits = {}) {
    const built = buildNative(code, { bounds: limits.bounds ?? "guard" });
    if (!built.ok) throw new Error(built.reason);
    this.code = code;
    this.module = built.module;
    this.#hosts = code.imports.map((imp) => hosts[imp.name] ?? missing(imp.name));
    this.#limits = limits;
  }

  #pipes(): Pipes {
    shared ??= { pipes: new Pipes(runnerPath()), loaded: undefined };
    const { pipes } = shared;
    if (shared.loaded !== this) {
      this.#load(pipes);
      shared.loaded = this;
    }
    return pipes;
  }

  #load(pipes: Pipes): void {
    const { code, module } = this;
    const start = heapStart(code);
    const first = (start + 65535) & ~65535;
    this.#bytes = first;
    pipes.words(LOAD, module.bytes.length, module.fault, first, this.#limits.pages ?? 4096, start);
    pipes.words(start - STACK_BYTES);
    pipes.write(module.bytes);
    this.#write(pipes, DATA_BASE, code.data);
    this.#write(pipes, HEAP_START, new Uint8Array(Int32Array.of(start).buffer));
    this.#write(pipes, HEAP_LIMIT, new Uint8Array(Int32Array.of(first).buffer));
  }

  #write(pipes: Pipes, at: number, bytes: Uint8Array): void {
    pipes.words(WRITE, at, bytes.length);
    pipes.write(bytes);
  }

  #read(pipes: Pipes, at: number, n: number): Uint8Array {
    const from = at >>> 0;
    if (n < 0 || from + n > this.#bytes) throw new RangeError("outside memory");
    pipes.words(READ, from, n);
    return pipes.read(n);
  }

  /** Calls an export (`main` for the program). */
  call(name: string, args: readonly Value[] = []): Outcome {
    const pipes = this.#pipes();
    const entry = this.module.entries.get(name);
    if (entry === undefined) throw new Error(`${name} is not exported`);
    const index = name === "main" ? this.code.main : this.#export(name);
    const { params, results } = this.code.fns[index];
    pipes.words(CALL, entry, this.#limits.milliseconds ?? 0);
    const values = Buffer.alloc(8 * VALUES);
    [...params].forEach((c, i) => {
      putValue(values, i, c, args[i] ?? 0);
    });
    pipes.write(values);
    let thrown: unknown;
    let text = "";
    while (pipes.read(4).readUInt32LE(0) === HOST) {
      const call = this.#host(pipes);
      if (call.thrown !== undefined) thrown = call.thrown;
      text = call.text;
    }
    const head = pipes.read(20 + 8 * VALUES);
    this.nanoseconds = Number(head.readBigUInt64LE(4));
    this.#bytes = Number(head.readBigUInt64LE(12));
    if (head.readUInt32LE(0) === 0) {
      const out = head.subarray(20);
      return { ok: true, values: [...results].map((c, i) => value(out, i, c)) };
    }
    const trap = this.#trap(pipes, text);
    if (thrown instanceof HostExit) return { ok: true, values: [thrown.code] };
    if (thrown !== undefined) throw thrown;
    return trap;
  }

  #export(name: string): number {
    return this.code.exports.find((e) => e.name === name)?.fn ?? -1;
  }

  #trap(pipes: Pipes, hostText: string): Outcome {
    const tail = pipes.read(40 + 8 * VALUES);
    const at = (i: number): number => Number(tail.readBigUInt64LE(8 * i));
    const [stop, asked, textAt, textBytes, depth] = [0, 1, 2, 3, 4].map(at);
    const offsets = Array.from({ length: depth }, (_, i) =>
      Number(tail.readBigInt64LE(40 + 8 * i)),
    );
    const known = this.#kindAt(offsets[0]);
    const kind = stop !== 0 ? stop : known === 0 ? asked : known;
    const text =
      known === 0
        ? hostText
        : textBytes > 0
          ? decodeLossy(this.#read(pipes, textAt, textBytes))
          : "";
    return { ok: false, trap: traps[kind] ?? "trap", text, trace: this.trace(offsets) };
  }

  /** Kind of the trap with a return address; what the table lacks is a fault. */
  #kindAt(offset: number): number {
    const { traps: list } = this.module;
    for (let i = 0; i < list.length; i += 2) if (list[i] === offset) return list[i + 1];
    return traps.indexOf("bad address");
  }

  /** Functions and lines of return addresses. */
  trace(offsets: readonly number[]): TraceLine[] {
    const { lines } = this.module;
    const out: TraceLine[] = [];
    for (const offset of offsets) {
      let low = 0;
      let high = lines.length / 3 - 1;
      while (low < high) {
        const mid = (low + high + 1) >> 1;
        if (lines[3 * mid] < offset) low = mid;
        else high = mid - 1;
      }
      this.#calls(out, lines[3 * low + 1], lines[3 * low + 2]);
    }
    return out.slice(0, MOST_TRACE);
  }

  /** The function of a line, and those that it was put into. */
  #calls(out: TraceLine[], fn: number, line: number): void {
    if (fn < 0) return;
    const site = this.module.sites[fn - this.code.fns.length];
    const f = this.code.fns[site?.fn ?? fn];
    out.push({ fn: f.name, file: this.code.files[f.file], line });
    if (site !== undefined) this.#calls(out, site.caller, site.line);
  }

  /** Serves one call of an import. */
  #host(pipes: Pipes): { thrown: unknown; text: string } {
    const head = pipes.read(12 + 8 * VALUES);
    const index = head.readUInt32LE(0);
    this.#bytes = Number(head.readBigUInt64LE(4));
    const values = head.subarray(12);
    const { results } = this.code.imports[index];
    const out = Buffer.alloc(8 * VALUES);
    const given: { at: number; bytes: Uint8Array; before: Uint8Array }[] = [];
    const slice = (at: number, n: number): Uint8Array => {
      const bytes = this.#read(pipes, at, n);
      given.push({ at, bytes, before: Uint8Array.from(bytes) });
      return bytes;
    };
    const call: HostCall = {
      int: (i) => values.readInt32LE(8 * i),
      long: (i) => values.readBigInt64LE(8 * i),
      double: (i) => values.readDoubleLE(8 * i),
      float: (i) => values.readFloatLE(8 * i),
      give: (i, v) => putValue(out, i, results[i], v),
      slice,
      bytes: (at, n) => decodeLossy(this.#read(pipes, at, n)),
      writeText: (at, s) => slice(at, s.length).set(bytesOf(s)),
      text: "",
      hostTrap: 0,
    };
    let thrown: unknown;
    try {
      this.#hosts[index](call);
    } catch (e) {
      if (e instanceof RangeError) call.hostTrap = traps.indexOf("bad address");
      else {
        thrown = e;
        call.hostTrap = STOPPED;
      }
    }
    for (const { at, bytes, before } of given)
      if (Buffer.compare(bytes, before) !== 0) this.#write(pipes, at >>> 0, bytes);
    pipes.words(RETURN, call.hostTrap);
    pipes.write(out);
    return { thrown, text: call.text };
  }
}

function putValue(into: Buffer, i: number, c: string, v: Value): void {
  if (c === "l") into.writeBigInt64LE(BigInt.asIntN(64, BigInt(v)), 8 * i);
  else if (c === "d") into.writeDoubleLE(Number(v), 8 * i);
  else if (c === "f") into.writeFloatLE(Number(v), 8 * i);
  else into.writeInt32LE(Number(v) | 0, 8 * i);
}

function value(from: Buffer, i: number, c: string): Value {
  if (c === "l") return from.readBigInt64LE(8 * i);
  if (c === "d") return from.readDoubleLE(8 * i);
  if (c === "f") return from.readFloatLE(8 * i);
  return c === "p" ? from.readUInt32LE(8 * i) : from.readInt32LE(8 * i);
}
