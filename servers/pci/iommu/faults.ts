// What becomes of a device's attempt to reach memory that is not its own: a line in the log, and an entry of the audit.
// Invariant: a device that keeps trying costs a bounded number of lines; after the last one it is kept away in silence.
import { type Failure, failures, refuse } from "../../../sdk/contract/failure.ts";
import { formatBdf } from "../config-space.ts";
import type { UnitFault } from "./unit.ts";

/** Faults of one claim, or of a function that is nobody's, that are told. */
export const TOLD = 8;

/** What the unit says is the matter (Intel VT-d specification 4.1, 7.1.3). */
const reasons: { readonly [reason: number]: string } = {
  1: "no device of its bus has memory",
  2: "it has no memory",
  5: "its driver has no such memory",
  6: "its driver has no such memory",
};

/** Who has a function, and how a device is made silent. */
export interface FaultSurroundings {
  owner(bdf: number): string | undefined;
  hush(bdf: number): void;
  log(line: string): void;
  refused(who: string, failure: Failure): void;
}

/** Counts the faults of each function until `forget`. */
export class FaultLog {
  private readonly counts: { [bdf: number]: number | undefined } = {};
  private readonly around: FaultSurroundings;

  constructor(around: FaultSurroundings) {
    this.around = around;
  }

  /** Tells of faults. */
  tell(faults: readonly UnitFault[]): void {
    for (const fault of faults) {
      const { bdf } = fault;
      const count = (this.counts[bdf] ?? 0) + 1;
      this.counts[bdf] = count;
      if (count > TOLD) continue;
      const owner = this.around.owner(bdf);
      const sentence = describe(fault, owner);
      this.around.log(sentence);
      if (owner !== undefined) this.around.refused(owner, refuse(failures.REFUSED, sentence));
      if (count < TOLD) continue;
      this.around.log(`${formatBdf(bdf)}: no more of it is told`);
      this.around.hush(bdf);
    }
  }

  /** A new claim counts anew. */
  forget(bdf: number): void {
    this.counts[bdf] = undefined;
  }
}

/** `00:02.0 (e1000e) was kept from writing at 0x1234000: its driver has no such memory`. */
function describe({ bdf, address, write, reason }: UnitFault, owner: string | undefined): string {
  const what = `${write ? "writing" : "reading"} at 0x${address.toString(16)}`;
  const why = reasons[reason] ?? `reason ${reason}`;
  return `${formatBdf(bdf)} (${owner ?? "nobody's"}) was kept from ${what}: ${why}`;
}
