// A program in Tape as a server's bundle holds it: what `import program from "./main.tb"` gives.
import type { FileSource } from "../../tape/interp/files.ts";
import type { Contract, Methods } from "../contract/contract.ts";
import type { Failure } from "../contract/failure.ts";
import type { Network } from "../net/network.ts";
import type { State } from "../hot/declared.ts";
import type { netDoor } from "./net-hosts.ts";
import type { OwnSession } from "./own-session.ts";
import type { savedSchema } from "./saved.ts";

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
  /** Where what `save` gives is kept for new code; only for programs that have it. */
  readonly saved?: State<typeof savedSchema>;
  /** Parts of the runtime that only some programs need. */
  readonly sys?: OwnSession;
  readonly fs?: FileSource;
  readonly net?: {
    readonly door: typeof netDoor;
    readonly open: () => Promise<Network | Failure>;
  };
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
