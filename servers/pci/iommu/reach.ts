// The memory that claimed devices reach, with an IOMMU and without. Invariant: what a device was told of stays alive, by a handle
// here, until the device can't reach it any more: `stop` and a reset come before `drop`.
import { type Failure, failures, refuse } from "../../../sdk/contract/failure.ts";
import { Memory } from "../../../sdk/runtime/memory.ts";
import { formatBdf } from "../config-space.ts";
import type { Iommu } from "./iommu.ts";

/** Memory objects of one claim. */
const MOST = 16;

export class Reach {
  private readonly iommu: Iommu | undefined;
  private readonly held: { [bdf: number]: Memory[] | undefined } = {};
  private readonly lost: { [bdf: number]: boolean | undefined } = {};

  /** Without an IOMMU a device is believed to keep to the addresses that it is told. */
  constructor(iommu: Iommu | undefined) {
    this.iommu = iommu;
  }

  /** A function is claimed: it reaches nothing yet. */
  begin(bdf: number): Failure | undefined {
    const fault = this.iommu?.claim(bdf);
    if (fault === undefined) this.held[bdf] = [];
    return fault;
  }

  /** Lets a claimed function reach DMA memory; takes the handle. Gives the address that the device is to use. */
  share(bdf: number, number: number): { busAddress: number } | Failure {
    const memory = new Memory(number);
    const held = this.held[bdf];
    const busAddress = memory.busAddress();
    const fault =
      held === undefined || held.length === MOST
        ? refuse(failures.LIMIT, `a device has at most ${MOST} pieces of memory`)
        : busAddress === 0
          ? refuse(
              failures.INVALID,
              "this is no memory made for DMA, or its handle can be taken back; send one that dma_create gave",
            )
          : this.iommu?.enter(bdf, busAddress, memory.size());
    if (fault !== undefined) {
      // What is half entered is not taken out: it stays alive as the rest does.
      if (busAddress !== 0 && held !== undefined && held.length < MOST) held.push(memory);
      else memory.close();
      return fault;
    }
    held?.push(memory);
    return { busAddress };
  }

  /** The device reaches nothing from now on (with an IOMMU). */
  stop(bdf: number, log: (line: string) => void): void {
    if (this.held[bdf] === undefined || this.iommu?.release(bdf) !== false) return;
    this.lost[bdf] = true;
    log(`${formatBdf(bdf)}: the IOMMU does not confirm that it forgot; its memory stays unused`);
  }

  /** The device has been reset: its memory may go. */
  drop(bdf: number): void {
    if (this.lost[bdf] === true) return;
    for (const memory of this.held[bdf] ?? []) memory.close();
    this.held[bdf] = undefined;
  }
}
