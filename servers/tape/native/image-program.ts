// A script of the image that was compiled with it: its machine code comes out of its `.tb` file, and the code keeper compares it with the digests
// that the image names. Invariant: what is not the image's own, or not for this processor or compiler, is compiled anew from its bytecode where the
// image is for development, else interpreted, and the log says why.
import { Failure } from "../../../sdk/contract/failure.ts";
import { log } from "../../../sdk/runtime/log.ts";
import { featuresBeyondBase, processorHas } from "../../../sdk/runtime/processor.ts";
import type { Code } from "../../../tape/bytecode/program.ts";
import { bytecodeIn } from "../../../tape/native/file.ts";
import { BEGIN, ENTER } from "../../../tape/native/fiber.ts";
import { type NativeRead, readNative } from "../../../tape/native/read-file.ts";
import { sealedOfImage } from "./code-keeper.ts";
import type { NativeLibrary } from "./library.ts";
import { giveSlot, MOST_CODE, takeSlot } from "./places.ts";
import { mappedCode, NativeProgram } from "./program.ts";

/** Why code is not to be run, or undefined. */
function unfit(module: NativeRead | undefined, file: Uint8Array): string | undefined {
  if (module === undefined)
    return bytecodeIn(file) === file
      ? "its file has no machine code"
      : "its code is of another compiler";
  if (!module.entries.has(ENTER) || !module.entries.has(BEGIN)) return "its code has no way in";
  if (module.bytes.length > MOST_CODE) return "its code is too long";
  const lacks = module.features & ~processorHas();
  return lacks === 0 ? undefined : `the processor lacks ${featuresBeyondBase(lacks)}`;
}

/**
 * The program of a `.tb` file; `code` is its bytecode. Undefined when it has to be interpreted.
 * @param turn resolves in the next turn
 */
export async function imageProgram(
  path: string,
  code: Code,
  file: Uint8Array,
  library: NativeLibrary,
  turn: () => Promise<void>,
): Promise<NativeProgram | undefined> {
  const made = await mapped(code, file, library);
  if (made instanceof NativeProgram) {
    log(`script ${path}: native`);
    return made;
  }
  const anew = await NativeProgram.make(code, library, turn, true);
  if (anew === undefined) log(`script ${path} is interpreted: ${made}`, "warning");
  else log(`script ${path}: native, compiled anew: ${made}`);
  return anew;
}

async function mapped(
  code: Code,
  file: Uint8Array,
  library: NativeLibrary,
): Promise<NativeProgram | string> {
  const module = readNative(file, code);
  const why = unfit(module, file);
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
