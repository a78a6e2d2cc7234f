/**
 * A precompiled library as machine code: the file that an image holds of it, beside which programs are compiled (`native/fiber.ts`).
 *
 * Invariant: its key is the hash of the library's bytecode, so that a program meets the code of the library that it was compiled against.
 */
import { type LibraryData, LibraryCode } from "../lower/library-code.ts";
import { encodeNative } from "../native/file.ts";
import { buildNative } from "../native/module.ts";

/** The letters of a function without arguments and results: what a program's way in is called by. */
const ENTERED = [{ name: "enter", letters: ":v" }];

/** The library's file; throws an `Error` with the compiler's reason. */
export function libraryKernel(data: LibraryData): Uint8Array {
  const code = new LibraryCode(data).whole();
  const built = buildNative(code, { bounds: "compare", fiber: { shared: code.fns.length } });
  if (!built.ok) throw new Error(built.reason);
  return encodeNative(code, built.module, ENTERED, false);
}
