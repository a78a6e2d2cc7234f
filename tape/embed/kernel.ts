/**
 * A module as a kernel of the system: checked for what machine code without a host can do, and written as a native `.tb` file.
 *
 * Invariant: a kernel has no imports and no heap; what it works on are its arguments, its static data and 16 KiB of stack.
 */
import type { Code } from "../bytecode/program.ts";
import { bodyOf } from "../native/ir.ts";
import {
  BASE_FEATURES,
  encodeNative,
  features,
  joinNative,
  type NativeExport,
} from "../native/file.ts";
import { buildNative } from "../native/module.ts";
import { lettersOf } from "./letters.ts";
import { readSignature } from "./signature.ts";

/** A function that TypeScript can call as machine code. */
export interface KernelFunction extends NativeExport {
  /** Name of the enum that its error is of, or "". */
  readonly error: string;
}

/** Most bytes of static data, so that all of a module's memory lies below the next one's. */
const MOST_DATA = 512 << 10;

/** The functions that cross as machine code; the others are left out. */
export function kernelFunctions(code: Code): KernelFunction[] {
  return code.exports.flatMap(({ name, type }) => {
    const signature = readSignature(type);
    const letters = typeof signature === "string" ? undefined : lettersOf(signature);
    if (letters === undefined || typeof signature === "string") return [];
    return [{ name, letters, error: signature.fails ?? "" }];
  });
}

/** Why a module can be no kernel, or undefined. */
export function unfitKernel(code: Code): string | undefined {
  if (code.imports.length > 0) return `it calls \`${code.imports[0].name}\` of the host`;
  if (code.data.length > MOST_DATA) return `it has ${code.data.length} bytes of static data`;
  const grows = code.fns.find((fn) =>
    bodyOf(fn).blocks.some(({ instrs }) => instrs.some(({ op }) => op.name === "mem.grow")),
  );
  if (grows !== undefined) return `\`${grows.name}\` allocates memory`;
  return undefined;
}

/** The kernel's file for processors with `features`, or a sentence that says why there is none. */
export function kernelFile(code: Code, features: number = BASE_FEATURES): Uint8Array | string {
  const why = unfitKernel(code);
  if (why !== undefined)
    return `${why}; a kernel works on its arguments alone (tape/native/README.md)`;
  // The system maps nothing within 2 GiB before and 6 GiB behind a module's memory but what belongs to the process.
  const built = buildNative(code, { bounds: "guard", features });
  if (!built.ok) return built.reason;
  return encodeNative(code, built.module, kernelFunctions(code));
}

/** Whatever code may use of a processor. */
export const ALL_FEATURES = Object.values(features).reduce<number>((all, bit) => all | bit, 0);

/**
 * The kernel's file for every processor: the code that runs on each and, where more features make another, that behind it. The system takes the
 * last that fits.
 */
export function kernelVariants(code: Code): Uint8Array | string {
  const base = kernelFile(code);
  if (typeof base === "string") return base;
  const built = buildNative(code, { bounds: "guard", features: ALL_FEATURES });
  if (!built.ok || built.module.features === BASE_FEATURES) return base;
  return joinNative([base, encodeNative(code, built.module, kernelFunctions(code), false)]);
}
