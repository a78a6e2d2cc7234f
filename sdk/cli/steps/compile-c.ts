// One C or assembly file to one object file.
import { basename, join } from "node:path";
import type { Step } from "../build/step.ts";
import { engineSource, zig } from "../tool-chain.ts";
import { abiHeader } from "./abi-header.ts";

/**
 * Compiles a C file; headers are found by the compiler and become inputs.
 * @param source relative to the top folder, or inside the engine's source
 * @param folder where the object goes
 * @param compiler program and first arguments
 */
export function compileC(
  source: string,
  folder: string,
  flags: readonly string[],
  compiler: readonly string[] = [zig, "cc"],
): Step {
  const isForeign = source.startsWith(engineSource);
  const short = isForeign ? join("quickjs-ng", basename(source)) : source;
  const object = join(folder, `${short.replaceAll("/", "-")}.o`);
  const dependencies = `${object}.d`;
  return {
    name: `${short} -> ${basename(folder)}`,
    // The generated header must be up to date before the compiler finds out that it is included.
    inputs: isForeign ? [source] : [source, abiHeader],
    outputs: [object],
    dependencies,
    action: [...compiler, ...flags, "-MMD", "-MF", dependencies, "-c", source, "-o", object],
  };
}

/** Assembles a nasm file for a 64-bit ELF. */
export function assemble(source: string, folder: string): Step {
  const object = join(folder, `${source.replaceAll("/", "-")}.o`);
  const dependencies = `${object}.d`;
  return {
    name: `${source} -> ${basename(folder)}`,
    inputs: [source],
    outputs: [object],
    dependencies,
    action: ["nasm", "-f", "elf64", "-g", "-F", "dwarf", "-MD", dependencies, "-o", object, source],
  };
}
