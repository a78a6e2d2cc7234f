// A script of the image that was compiled with it: its machine code comes out of its `.tb` file, and the code keeper compares it with the digests
// that the image names. Invariant: what is not the image's own, or not for this processor, is interpreted, and the log says why.
import { Failure } from "../../../sdk/contract/failure.ts";
import { log } from "../../../sdk/runtime/log.ts";
import { featuresBeyondBase, processorHas } from "../../../sdk/runtime/processor.ts";
import type { Code } from "../../../tape/bytecode/program.ts";
import { BEGIN, ENTER } from "../../../tape/native/fiber.ts";
import { type NativeRead, readNative } from "../../../tape/native/read-file.ts";
import { sealedOfImage } from "./code-keeper.ts";
import type { NativeLibrary } from "./library.ts";
import { giveSlot, MOST_CODE, takeSlot } from "./places.ts";
import { mappedCode, NativeProgram } from "./program.ts";

/** Why code is not to be run, or undefined. */
function unfit(module: NativeRead | undefined): string | undefined {
  if (module === undefined) return "its file has no machine code";
  if (!module.entries.has(ENTER) || !module.entries.has(BEGIN)) return "its code has no way in";
  if (module.bytes.length > MOST_CODE) return "its code is too long";
  const lacks = module.features & ~processorHas();
  return lacks === 0 ? undefined : `the processor lacks ${featuresBeyondBase(lacks)}`;
}

/** The program of a `.tb` file; `code` is its bytecode. Undefined when it has to be interpreted. */
export async function imageProgram(
  path: string,
  code: Code,
  file: Uint8Array,
  library: NativeLibrary,
): Promise<NativeProgram | undefined> {
  const module = readNative(file, code);
  const made = await mapped(code, module, library);
  if (made instanceof NativeProgram) {
    log(`script ${path}: native`);
    return made;
  }
  log(`script ${path} is interpreted: ${made}`, "warning");
  return undefined;
}

async function mapped(
  code: Code,
  module: NativeRead | undefined,
  library: NativeLibrary,
): Promise<NativeProgram | string> {
  const why = unfit(module);
  if (why !== undefined || module === undefined) return why ?? "";
  const handle = await sealedOfImage(module.bytes);
  if (handle instanceof Failure) return handle.sentence;
  const slot = takeSlot();
  const text = mappedCode(handle, module.bytes.length, slot);
  if (text instanceof Failure) {
    giveSlot(slot);
    return text.sentence;
  }
  return NativeProgram.of(code, module, library, slot, text);
}
