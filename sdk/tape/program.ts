// A program in Tape as a server's bundle holds it: what `import program from "./main.tb"` gives.
import type { Contract, Methods } from "../contract/contract.ts";

/** A contract, and the name that the server serves or opens. */
export interface NamedContract {
  /** Behind `svc:` and `serve:`. */
  readonly module: string;
  /** As in the manifest. */
  readonly path: string;
  readonly contract: Contract<Methods>;
}

export interface TapeProgram {
  /** The `.tb` file, a byte a character. */
  readonly code: string;
  /** Most memory, in pages of 64 KiB. */
  readonly pages: number;
  readonly serves: readonly NamedContract[];
  readonly uses: readonly NamedContract[];
  /** Names of the methods that come to the server, by their numbers from FIRST_METHOD on. */
  readonly taken: readonly {
    readonly module: string;
    readonly name: string;
    /** whether it wants an answer */
    readonly call: boolean;
  }[];
}
