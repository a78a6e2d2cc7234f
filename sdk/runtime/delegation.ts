// A handle that can be taken back (docs/abi.md, Delegations).
// Invariant: `revoke` does what it says before it returns: every copy, wherever it went, is dead then.
import { rights } from "../abi/table.ts";
import type { Failure } from "../contract/failure.ts";
import { systemFailure } from "../contract/system-failure.ts";
import { uusi } from "./binding.ts";
import { Handle } from "./handle.ts";
import { systemCalls } from "./system-call.ts";

export class Delegation extends Handle {
  /**
   * A handle to the same object as `number`, to be given away, and its delegation. `keep`: a subset of the rights, all of them without.
   * The handle itself stays this process's. Failures: NO_HANDLE_SLOT, LIMIT (64 delegations a process).
   */
  static of(
    number: number,
    keep: number = rights.ALL,
  ): { readonly copy: number; readonly delegation: Delegation } | Failure {
    const own = uusi.sys(systemCalls.handle_info, number);
    const kept = own < 0 ? 0 : keep & Math.floor(own / 256);
    const copy = uusi.sys(systemCalls.delegate, number, kept);
    if (copy < 0) return systemFailure(copy, "delegating a handle");
    return { copy, delegation: new Delegation(uusi.second()) };
  }

  /** Takes every copy back. */
  revoke(): void {
    this.close();
  }
}
