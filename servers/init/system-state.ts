// All that init knows while the system runs, in one place; the modules beside it are functions over this.
// Invariant: `servers` is in start order and never changes its members after the start.
import type { Service } from "../../sdk/contract/server.ts";
import type { Bootstrap } from "../../sdk/runtime/supervisor.contract.ts";
import type { HandleNumber } from "../../sdk/contract/field.ts";
import type { Audit } from "./audit.ts";
import type { Code } from "./code.ts";
import type { Account, ServerEntry } from "./configuration.ts";
import type { Accounts, Session } from "./contract.ts";
import type { Grantee } from "./grantee.ts";
import type { Machine } from "./machine.ts";
import type { Names } from "./names.ts";
import type { Options } from "./options.ts";
import type { SafeMode } from "./safe-mode.ts";
import type { Server } from "./server.ts";
import type { ServerEvents } from "./server-events.ts";
import type { Trace } from "./trace.ts";
import type { Transcript } from "./transcript.ts";

/** undefined: the image's. */
export interface OwnCode {
  readonly code: Code | undefined;
  readonly before: { readonly code: Code | undefined } | undefined;
}

export interface SystemState {
  readonly machine: Machine;
  readonly options: Options;
  readonly servers: Server[];
  /** of each server what the image says of it */
  readonly configured: readonly ServerEntry[];
  /** Whether the image is for development: new code is taken. */
  readonly development: boolean;
  readonly accounts: readonly Account[];
  readonly names: Names;
  readonly audit: Audit;
  readonly transcript: Transcript;
  readonly events: ServerEvents;
  readonly safeMode: SafeMode;
  readonly trace: Trace;
  bootstrap: Service<typeof Bootstrap.methods, Server>;
  /** what init serves itself, with its clients */
  services: {
    readonly bootstrap: Service<typeof Bootstrap.methods, Server>;
    readonly sessions: Service<typeof Session.methods, Grantee>;
    readonly accounts: Service<typeof Accounts.methods, object>;
  };
  /** handles of START, in the order of `firstHandles` */
  readonly first: readonly number[];
  /** The code of init itself, and what ran before the last swap of it. */
  self: OwnCode;
  /** init is being swapped: the call that asked for it. */
  succession:
    | { readonly reply: HandleNumber; readonly begun: number; readonly since: number }
    | undefined;
  /** Called when a server will not run for now. */
  down: (server: Server) => void;
  /** Set once the end of the system has begun: nothing is restarted any more. */
  ending: { readonly action: "off" | "reboot"; readonly reason: string } | undefined;
}

/** The server of that name. */
export function findServer(system: SystemState, name: string): Server | undefined {
  return system.servers.find((each) => each.entry.name === name);
}
