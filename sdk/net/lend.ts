// `lend`: a connection, socket, listener or network that is handed on and can be taken back.
import { Failure } from "../contract/failure.ts";
import { Delegation } from "../runtime/delegation.ts";

/** Something that was handed on. */
export interface Lent {
  /** the handle to send; it belongs to whoever has it */
  readonly handle: number;
  /**
   * Takes it back: from then on every copy of it is dead, wherever it travelled. Who uses one is told BAD_HANDLE; who only waits is told
   * nothing, as of a peer that is silent. What was lent is the lender's alone again, but for one thing: a stream that has moved 64 KiB shares
   * its buffers with whoever used it (stream-rings.ts), and that memory stays mapped there until the connection ends. So close a
   * connection that was lent to somebody whom you no longer trust, or lend one that may `only` read or write, which shares nothing.
   */
  revoke(): void;
}

/**
 * Lends what a handle stands for: that of a `StreamEnd`, one of `narrow`, one that came in a message. The handle stays this program's,
 * which does not use it meanwhile; its end takes everything back.
 */
export function lend(handle: number): Lent | Failure {
  const made = Delegation.of(handle);
  if (made instanceof Failure) return made;
  return { handle: made.copy, revoke: () => made.delegation.revoke() };
}
