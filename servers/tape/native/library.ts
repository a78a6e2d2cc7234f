// The library as machine code in this process: an object of the image, mapped once, behind the places of scripts.
// Invariant: it is the code of the library that scripts are compiled against, else it is not used.
import { limits, protections } from "../../../sdk/abi/table.ts";
import { Failure } from "../../../sdk/contract/failure.ts";
import { uusi } from "../../../sdk/runtime/binding.ts";
import { fitting } from "../../../sdk/runtime/kernel.ts";
import { KernelHead, kernelHead } from "../../../sdk/runtime/kernel-head.ts";
import { log } from "../../../sdk/runtime/log.ts";
import { Memory } from "../../../sdk/runtime/memory.ts";
import { startValues } from "../../../sdk/runtime/run.ts";
import { header } from "../../../tape/native/file.ts";
import type { LibraryCode } from "../../../tape/lower/library-code.ts";
import type { SharedCode } from "../../../tape/native/fiber.ts";
import { libraryPlace } from "./places.ts";

/** The grant: what `kernels` of the manifest names. */
const GRANT = "kernel:tape-library";

export interface NativeLibrary {
  readonly head: KernelHead;
  /** Addresses of its code, and of the letters of a way in. */
  readonly code: number;
  readonly letters: number;
  readonly places: Omit<SharedCode, "distance">;
}

let found: { readonly library: NativeLibrary | undefined } | undefined;

/** The library, or undefined where scripts are interpreted; why is said once. */
export function nativeLibrary(library: LibraryCode): NativeLibrary | undefined {
  if (found === undefined) {
    const made = uusi.kernelTier === "native" ? map(library) : undefined;
    if (typeof made === "string") log(`scripts are interpreted: ${made}`, "warning");
    found = { library: typeof made === "string" ? undefined : made };
  }
  return found.library;
}

function map(library: LibraryCode): NativeLibrary | string {
  const handle = startValues().grants[GRANT];
  if (handle === undefined)
    return 'the manifest does not grant the library (`kernels: ["tape-library"]`)';
  const memory = new Memory(handle, true);
  const view = memory.map(protections.READ);
  if (view instanceof Failure) return view.sentence;
  const head = fitting(new KernelHead(view), library.source);
  if (typeof head === "string") return `the library's code: ${head}`;
  const bytes = head.word(kernelHead.codeBytes);
  const code = memory.map(
    protections.READ | protections.EXECUTE,
    head.view.address - view.address + head.word(kernelHead.code),
    Math.ceil(bytes / limits.PAGE_BYTES) * limits.PAGE_BYTES,
    libraryPlace,
  );
  if (code instanceof Failure) return code.sentence;
  const fns: number[] = [];
  const { count } = library.first();
  const first = head.word(header.places);
  for (let i = 0; i < count; i += 1) fns.push(head.word(first + 4 * i) | 0);
  return {
    head,
    code: code.address,
    letters: head.view.address + head.export("enter").letters,
    places: { fns, table: head.word(header.table) },
  };
}
