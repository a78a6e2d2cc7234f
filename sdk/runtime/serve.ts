// Serves a contract under a name that the manifest `serves`: clients arrive on the listening endpoint given at start.
import type { Contract, Methods } from "../contract/contract.ts";
import type { Handlers, Service } from "../contract/server.ts";

/** Throws when the name is not among the START grants: the manifest lacks `serves: { NAME: ... }`. */
export declare function serve<M extends Methods, S = unknown>(
  name: string,
  contract: Contract<M>,
  handlers: Handlers<M, S>,
): Service<M, S>;
