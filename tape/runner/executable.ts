/**
 * An executable in the runner: its sections lie as they would in a process, imports are served by this process.
 *
 * Invariant: only what stands in the file is used, so that a file is all that is needed to run it.
 */
import { type HostFn, missing, type Outcome } from "../interp/machine.ts";
import type { Executable } from "../pe/read.ts";
import { featureNames } from "../native/processor.ts";
import { hostFeatures } from "./processor.ts";
import { type NativeLimits, Running } from "./running.ts";

/** A program that was read from a file. */
export class ExecutableProgram {
  readonly #running: Running;
  readonly #entry: number;

  /** Throws an `Error` when the file is for a processor with more than this one has. */
  constructor(exe: Executable, hosts: Readonly<Record<string, HostFn>>, limits: NativeLimits = {}) {
    const lacks = featureNames(exe.features & ~(limits.features ?? hostFeatures()));
    if (lacks !== "")
      throw new Error(`it was built for a processor with ${lacks}; build it without --features`);
    const image = new Uint8Array(exe.imageSize);
    for (const m of exe.mappings) image.set(m.bytes, m.address);
    const text = exe.mappings.find((m) => m.execute);
    this.#entry = exe.entry - exe.text;
    this.#running = new Running(
      {
        image,
        text: exe.text,
        textBytes: text?.size ?? 0,
        traces: exe.traces,
        first: exe.firstMemory,
        sp: 0,
        spLow: 0,
        data: [],
        imports: exe.imports.map((name) => ({
          results: undefined,
          run: hosts[name] ?? missing(name),
        })),
      },
      { pages: exe.memory / 65536, ...limits },
    );
  }

  /** Runs it once; the value is the exit code, 32 bits with a sign. */
  run(): Outcome {
    const o = this.#running.call(this.#entry, "", [], "l");
    return o.ok ? { ok: true, values: [Number(BigInt.asIntN(32, BigInt(o.values[0] ?? 0)))] } : o;
  }
}
