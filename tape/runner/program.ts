/** A program of bytecode as native code in the runner, with the outcomes of the interpreter. */
import {
  type Code,
  DATA_BASE,
  HEAP_LIMIT,
  HEAP_START,
  heapStart,
  STACK_BYTES,
} from "../bytecode/program.ts";
import { type HostFn, missing, type Outcome } from "../interp/machine.ts";
import { BEGIN, ENTER } from "../native/fiber.ts";
import { buildNative, type NativeModule } from "../native/module.ts";
import { tracesOf } from "../pe/trace-table.ts";
import { hostFeatures } from "./processor.ts";
import { type NativeLimits, Running, type Value } from "./running.ts";

export { closeRunner, type NativeLimits } from "./running.ts";

/** A loaded program. */
export class NativeProgram {
  readonly code: Code;
  readonly module: NativeModule;
  readonly #running: Running;

  /** Compiles; throws an `Error` with the reason when native code lacks something. */
  constructor(code: Code, hosts: Readonly<Record<string, HostFn>>, limits: NativeLimits = {}) {
    const built = buildNative(code, {
      bounds: limits.bounds ?? "guard",
      features: limits.features ?? hostFeatures(),
      ...(limits.fiber === true ? { fiber: { shared: 0 } } : {}),
    });
    if (!built.ok) throw new Error(built.reason);
    const { module } = built;
    this.code = code;
    this.module = module;
    const start = heapStart(code);
    const first = (start + 65535) & ~65535;
    const word = (v: number): Uint8Array => new Uint8Array(Int32Array.of(v).buffer);
    this.#running = new Running(
      {
        image: module.bytes,
        text: 0,
        textBytes: module.bytes.length,
        traces: tracesOf(code, module),
        first,
        sp: start,
        spLow: start - STACK_BYTES,
        data: [
          { at: DATA_BASE, bytes: code.data },
          { at: HEAP_START, bytes: word(start) },
          { at: HEAP_LIMIT, bytes: word(first) },
        ],
        imports: code.imports.map(({ name, results }) => ({
          results,
          run: hosts[name] ?? missing(name),
        })),
        ...fiberPlaces(module),
      },
      limits,
    );
  }

  /** Processor time of the last call, in nanoseconds. */
  get nanoseconds(): number {
    return this.#running.nanoseconds;
  }

  /** Calls an export (`main` for the program). */
  call(name: string, args: readonly Value[] = []): Outcome {
    const suspends = this.module.entries.has(BEGIN) && name === "main";
    const entry = this.module.entries.get(suspends ? ENTER : name);
    if (entry === undefined) throw new Error(`${name} is not exported`);
    const fn = this.code.exports.find((e) => e.name === name)?.fn ?? -1;
    const { params, results } = this.code.fns[name === "main" ? this.code.main : fn];
    return this.#running.call(entry, params, args, results);
  }
}

/** Where the stack of code that suspends begins. */
export function fiberPlaces(module: NativeModule): { fiber?: { begin: number; table: number } } {
  const begin = module.entries.get(BEGIN);
  return begin === undefined ? {} : { fiber: { begin, table: module.table } };
}
