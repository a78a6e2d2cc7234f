// A driver's claim beyond the end of `pci`: the device goes on, and the next `pci` gets to know whose it is.
// Invariant: until `pci` has confirmed the claim, or refused it, nothing of the device changes; refused, the driver must end.
import { rights } from "../abi/table.ts";
import type { ClientOf } from "../contract/client.ts";
import { Failure, failures } from "../contract/failure.ts";
import { handleOf } from "../hot/handle-of.ts";
import { connect } from "../runtime/connect.ts";
import { closeHandle } from "../runtime/handle.ts";
import type { Memory } from "../runtime/memory.ts";
import { MILLISECOND } from "../runtime/time.ts";
import { after } from "../runtime/timers.ts";
import { Pci } from "../../servers/pci/contract.ts";

type PciClient = ClientOf<typeof Pci.methods>;

/** Before `pci` is looked for again where it could not be opened. */
const PAUSE = 250 * MILLISECOND;

/** The channel to `pci` that the claim hangs on now. */
export interface ClaimChannel {
  /** for new code (kept-claim.ts); 0 while there is none */
  readonly handle: number;
}

/**
 * Keeps the claim that was made over `pci`, whatever becomes of that process; undefined where it has ended already. `memories`: all that the
 * device reaches (`Pci.reach`), as handles that stay open. `stop` is called once when the claim is lost, with why.
 */
export function stayClaimed(
  pci: PciClient | undefined,
  address: string,
  memories: readonly Memory[],
  stop: (why: string) => void,
): ClaimChannel {
  let current = pci;
  const again = async (): Promise<void> => {
    const next = await connect(Pci, "/dev/pci");
    if (next instanceof Failure) {
      if (next.code === failures.REFUSED || next.code === failures.NOT_FOUND) stop(next.sentence);
      else after(PAUSE, () => void again());
      return;
    }
    const copies: number[] = [];
    for (const each of memories) {
      const copy = each.duplicate(rights.INFO | rights.TRANSFER);
      if (copy instanceof Failure) {
        for (const made of copies) closeHandle(made);
        return stop(copy.sentence);
      }
      copies.push(copy);
    }
    const resumed = await next.resume({ address, memories: copies });
    if (!(resumed instanceof Failure)) return follow(next);
    // This one has ended as well.
    if (resumed.code < 0) after(PAUSE, () => void again());
    else stop(`the claim of ${address} ended with pci: ${resumed.sentence}`);
  };
  const follow = (present: PciClient | undefined): void => {
    current = present;
    if (present === undefined || present.closed) void again();
    else present.onClosed(() => void again());
  };
  follow(pci);
  return {
    get handle() {
      return current === undefined || current.closed ? 0 : handleOf(current);
    },
  };
}
