// The library of this process: interfaces to check against, and bytecode that programs take their functions from.
import { LibraryCode } from "../../tape/lower/library-code.ts";
import { KeptModules } from "../../tape/module/kept.ts";
import { interfaces, libraryData } from "./library.contract.ts";

/** What scripts compile against. */
export interface Library {
  /** Text of each module by name: its interface. */
  readonly texts: { readonly [name: string]: string | undefined };
  readonly code: LibraryCode;
  /** Modules as earlier programs have declared them. */
  readonly kept: KeptModules;
}

export const library: Library = {
  texts: interfaces,
  code: new LibraryCode(libraryData),
  kept: new KeptModules(),
};
