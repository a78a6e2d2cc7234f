/**
 * A program that runs in the runner: loading, calls, host functions and traps.
 *
 * One runner serves a process; loading a program drops the last one. Invariant: host functions see memory by copies,
 * which go back when they changed.
 */
import { traps } from "../bytecode/op-table.ts";
import {
  type HostCall,
  HostExit,
  type HostFn,
  type Limits,
  type Outcome,
} from "../interp/machine.ts";
import { type Traces, trapOutcome } from "../pe/trace-table.ts";
import { bytesOf, decodeLossy } from "../source/utf8.ts";
import { runnerPath } from "./build.ts";
import { Pipes } from "./pipes.ts";

const [LOAD, CALL, READ, WRITE, RETURN] = [1, 2, 3, 4, 5];
const HOST = 1;
const VALUES = 64;
const STOPPED = traps.indexOf("stopped");

let shared: { pipes: Pipes; loaded: Running | undefined } | undefined;

/** Ends the runner of this process; the next program starts another one. */
export function closeRunner(): void {
  shared?.pipes.close();
  shared = undefined;
}

export type Value = number | bigint;

export interface NativeLimits extends Limits {
  /** Time after which a call stops, in milliseconds; 0 for none. */
  readonly milliseconds?: number;
  /** Who checks addresses; the runner can do it by itself (`guard`), which is the default here. */
  readonly bounds?: "guard" | "compare";
  /** Features of the processor that code may use (`native/processor.ts`); those of this one when left out. */
  readonly features?: number;
  /** Whether the code is to be such that suspends (`native/fiber.ts`). */
  readonly fiber?: boolean;
}

/** An import as far as values go: classes of results by the letter, unknown for those of executables. */
export interface Import {
  readonly results: string | undefined;
  readonly run: HostFn;
}

/** What the runner maps, and how it is entered. Offsets count from the start of `image`. */
export interface Image {
  readonly image: Uint8Array;
  /** The part that is code; the rest is only read. */
  readonly text: number;
  readonly textBytes: number;
  /** Tables; their offsets count from `text`. */
  readonly traces: Traces;
  /** Bytes of linear memory at first, and its stack. */
  readonly first: number;
  readonly sp: number;
  readonly spLow: number;
  /** Bytes to be put into linear memory before the first call. */
  readonly data: readonly { readonly at: number; readonly bytes: Uint8Array }[];
  readonly imports: readonly Import[];
  /** For code that suspends: where its stack begins, and its table of pointers; offsets count from `text`. */
  readonly fiber?: { readonly begin: number; readonly table: number };
}

export class Running {
  readonly #image: Image;
  readonly #limits: NativeLimits;
  #bytes = 0;
  /** Processor time of the last call, in nanoseconds. */
  nanoseconds = 0;

  constructor(image: Image, limits: NativeLimits) {
    this.#image = image;
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
    const { image, text, textBytes, traces, first, sp, spLow, data } = this.#image;
    this.#bytes = first;
    pipes.words(LOAD, image.length, text + traces.fault, text, textBytes);
    pipes.words(first, this.#limits.pages ?? 4096, sp, spLow);
    pipes.write(image);
    for (const { at, bytes } of data) this.#write(pipes, at, bytes);
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

  /** Calls the entry at an offset of the code; `results` are classes by letter. */
  call(entry: number, params: string, args: readonly Value[], results: string): Outcome {
    const pipes = this.#pipes();
    const { text: base, fiber } = this.#image;
    pipes.words(CALL, base + entry, this.#limits.milliseconds ?? 0);
    pipes.words(...(fiber === undefined ? [0, 0] : [base + fiber.begin, base + fiber.table]));
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

  #trap(pipes: Pipes, hostText: string): Outcome {
    const tail = pipes.read(40 + 8 * VALUES);
    const at = (i: number): number => Number(tail.readBigUInt64LE(8 * i));
    const [stop, asked, textAt, textBytes, depth] = [0, 1, 2, 3, 4].map(at);
    const { text: base, traces } = this.#image;
    const offsets = Array.from(
      { length: depth },
      (_, i) => Number(tail.readBigInt64LE(40 + 8 * i)) - base,
    );
    const text = (): string =>
      textBytes > 0 ? decodeLossy(this.#read(pipes, textAt, textBytes)) : "";
    return trapOutcome(traces, traps, { stop, asked, offsets, text, hostText });
  }

  /** Serves one call of an import. */
  #host(pipes: Pipes): { thrown: unknown; text: string } {
    const head = pipes.read(12 + 8 * VALUES);
    const index = head.readUInt32LE(0);
    this.#bytes = Number(head.readBigUInt64LE(4));
    const values = head.subarray(12);
    const { results, run } = this.#image.imports[index];
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
      give: (i, v) => putValue(out, i, results?.[i] ?? (typeof v === "bigint" ? "l" : "d"), v),
      slice,
      bytes: (at, n) => decodeLossy(this.#read(pipes, at, n)),
      writeText: (at, s) => slice(at, s.length).set(bytesOf(s)),
      text: "",
      hostTrap: 0,
    };
    let thrown: unknown;
    try {
      run(call);
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
