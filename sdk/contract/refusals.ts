// Who hears of refusals, for the audit: replies with REFUSED that this process gives, and rights that its own handles lack.
// Invariant: hearing changes nothing: whoever was refused gets the same Failure.
import type { Failure } from "./failure.ts";

/** A refusal. */
export interface Refused {
  /** who was refused: a server or account; "" is this process itself */
  readonly who: string;
  /** what was tried, as `pci.claim` */
  readonly what: string;
  readonly failure: Failure;
}

/** Set by the runtime (sdk/runtime/audit.ts), and by init for its own. */
export const refusals: { heard: ((refused: Refused) => void) | undefined } = { heard: undefined };
