// A kernel's file made anew of its bytecode. Invariant: nothing of the old file counts but the bytecode, whose digest and rules are checked.
import { decode } from "../../tape/bytecode/decode.ts";
import { kernelFunctions, unfitKernel } from "../../tape/embed/kernel.ts";
import { bytecodeIn, encodeNative } from "../../tape/native/file.ts";
import { NativeBuild } from "../../tape/native/module.ts";

/**
 * The file for processors with `features`, or a sentence that says why there is none.
 * @param turn resolves in the next turn
 */
export async function compileAgain(
  file: Uint8Array,
  features: number,
  turn: () => Promise<void>,
): Promise<Uint8Array | string> {
  const read = decode(bytecodeIn(file));
  if (!read.ok) return `its bytecode: ${read.reason}`;
  const { code } = read;
  const why = unfitKernel(code);
  if (why !== undefined) return why;
  await turn();
  const build = new NativeBuild(code, { bounds: "guard", features });
  await build.inTurns(turn);
  const built = build.finish();
  if (!built.ok) return built.reason;
  await turn();
  return encodeNative(code, built.module, kernelFunctions(code));
}
