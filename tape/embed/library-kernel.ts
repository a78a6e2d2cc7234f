/**
 * A precompiled library as machine code: the file that an image holds of it, beside which programs are compiled (`native/fiber.ts`).
 *
 * Invariant: its key is the hash of the library's bytecode, so that a program meets the code of the library that it was compiled against.
 */
import { type LibraryData, LibraryCode } from "../lower/library-code.ts";
import { encodeNative, joinNative } from "../native/file.ts";
import { buildNative } from "../native/module.ts";
import { BASE_FEATURES } from "../native/processor.ts";
import { ALL_FEATURES } from "./kernel.ts";

/** The letters of a function without arguments and results: what a program's way in is called by. */
const ENTERED = [{ name: "enter", letters: ":v" }];

/** The library's file: the code for every processor, and behind it the one with all features; throws an `Error` with the compiler's reason. */
export function libraryKernel(data: LibraryData): Uint8Array {
  const code = new LibraryCode(data).whole();
  const files = [BASE_FEATURES, ALL_FEATURES].map((features) => {
    const fiber = { shared: code.fns.length };
    const built = buildNative(code, { bounds: "compare", fiber, features });
    if (!built.ok) throw new Error(built.reason);
    return { file: encodeNative(code, built.module, ENTERED, false), uses: built.module.features };
  });
  const [base, more] = files as [(typeof files)[0], (typeof files)[0]];
  return more.uses === base.uses ? base.file : joinNative([base.file, more.file]);
}
