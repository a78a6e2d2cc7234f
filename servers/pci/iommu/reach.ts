// The memory that claimed devices reach, with an IOMMU and without. Invariant: what a device was told of stays alive, by a handle
// here, until the device can't reach it any more: `stop` and a reset come before `drop`. After a crash the handles are the drivers'
// alone until `again` (orphans.ts: nothing is freed meanwhile).
import { type Failure, failures, refuse } from "../../../sdk/contract/failure.ts";
import { closeHandle } from "../../../sdk/runtime/handle.ts";
import { Memory } from "../../../sdk/runtime/memory.ts";
import { formatBdf } from "../config-space.ts";
import type { Range } from "../kept.ts";
import type { Iommu } from "./iommu.ts";

/** Memory objects of one claim: what fits into one message. */
const MOST = 8;

interface Piece extends Range {
  memory: Memory | undefined;
}

export class Reach {
  private readonly iommu: Iommu | undefined;
  private readonly held: { [bdf: number]: Piece[] | undefined } = {};
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

  /** A claim of the `pci` before: the function goes on reaching what it reached. `handles`: those that came with a swap. */
  restore(bdf: number, ranges: readonly Range[], handles: readonly number[]): Failure | undefined {
    const fault = this.begin(bdf);
    if (fault !== undefined) return fault;
    for (const { address, bytes } of ranges) {
      const refused = this.iommu?.enter(bdf, address, bytes);
      if (refused !== undefined) return refused;
      this.held[bdf]?.push({ address, bytes, memory: undefined });
    }
    this.again(bdf, handles);
    return undefined;
  }

  /** The driver of a restored claim shows its memory again; takes the handles. It must be all that its device reaches. */
  again(bdf: number, handles: readonly number[]): Failure | undefined {
    const pieces = this.held[bdf] ?? [];
    for (const number of handles) {
      const memory = new Memory(number);
      const [address, bytes] = [memory.busAddress(), memory.size()];
      const piece = pieces.find((each) => each.address === address && each.bytes === bytes);
      if (piece === undefined || piece.memory !== undefined) memory.close();
      else piece.memory = memory;
    }
    return pieces.every(({ memory }) => memory !== undefined)
      ? undefined
      : refuse(failures.INVALID, "this is not all the memory that the device reaches; claim again");
  }

  /** Lets a claimed function reach DMA memory; takes the handle. Gives the address that the device is to use. */
  share(bdf: number, number: number): { busAddress: number } | Failure {
    const memory = new Memory(number);
    const held = this.held[bdf];
    const [address, bytes] = [memory.busAddress(), memory.size()];
    const fault =
      held === undefined || held.length === MOST
        ? refuse(failures.LIMIT, `a device has at most ${MOST} pieces of memory`)
        : address === 0
          ? refuse(
              failures.INVALID,
              "this is no memory made for DMA, or its handle can be taken back; send one that dma_create gave",
            )
          : this.iommu?.enter(bdf, address, bytes);
    if (fault !== undefined) {
      // What is half entered is not taken out: it stays alive as the rest does.
      if (address === 0 || held === undefined || held.length === MOST) memory.close();
      else held.push({ address, bytes, memory });
      return fault;
    }
    held?.push({ address, bytes, memory });
    return { busAddress: address };
  }

  /** What the function reaches. */
  ranges(bdf: number): Range[] {
    return (this.held[bdf] ?? []).map(({ address, bytes }) => ({ address, bytes }));
  }

  /** The handles of that. */
  handles(bdf: number): number[] {
    const all: number[] = [];
    for (const { memory } of this.held[bdf] ?? [])
      if (memory !== undefined) all.push(memory.number);
    return all;
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
    for (const { memory } of this.held[bdf] ?? []) memory?.close();
    this.held[bdf] = undefined;
  }
}

/** Handles that nobody takes. */
export function closeAll(handles: readonly number[]): void {
  for (const each of handles) closeHandle(each);
}
