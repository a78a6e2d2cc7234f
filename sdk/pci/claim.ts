// A PCI function as `pci` hands it out to its driver: claimed, its regions mapped, allowed to reach its own memory.
//
// Invariant: what is returned lies inside the regions that were handed out; the claim lasts as long as
// the channel to `pci`, and beyond the end of `pci` by stay-claimed.ts.

import { rights } from "../abi/table.ts";
import type { ClientOf } from "../contract/client.ts";
import type { Reply } from "../contract/contract.ts";
import { Failure, failures } from "../contract/failure.ts";
import { closeHandle } from "../runtime/handle.ts";
import { Interrupt } from "../runtime/interrupt.ts";
import { Memory } from "../runtime/memory.ts";
import { createDma } from "../runtime/privileges.ts";
import type { MemoryView, SharedView } from "../runtime/shared-view.ts";
import { sleep } from "../runtime/timers.ts";
import type { Pci } from "../../servers/pci/contract.ts";

/** What to claim. */
export interface WantedFunction {
  /** Device class of the driver's manifest. */
  readonly class: string;
  /** Interrupt vectors; there may be fewer in the end. */
  readonly vectors: number;
}

/** A region (BAR), mapped; its memory stays open for new code (kept-claim.ts). */
export interface Region {
  readonly index: number;
  readonly bytes: number;
  readonly view: SharedView;
  readonly memory: Memory;
}

/** A claimed function. */
export interface ClaimedFunction {
  readonly address: string;
  /** The first 256 bytes of its configuration space, as a copy. */
  readonly config: Uint8Array;
  readonly regions: readonly Region[];
  readonly interrupts: readonly Interrupt[];
  /** A handle: makes DMA memory for this device alone (`deviceMemory`). */
  readonly privilege: number;
}

/** An earlier instance of this server may still own the device for a moment. */
const BUSY_TRIES = 20;
const BUSY_PAUSE_NS = 50_000_000;

/** Claims the first function of the class; NOT_FOUND when the machine has none. It may not reach memory yet. */
export async function claimFunction(
  pci: ClientOf<typeof Pci.methods>,
  wanted: WantedFunction,
): Promise<ClaimedFunction | Failure> {
  const request = { class: wanted.class, vectors: wanted.vectors };
  let claim: Reply<(typeof Pci.methods)["claim"]> | Failure = await pci.claim(request);
  for (let tries = 0; claim instanceof Failure && claim.code === failures.BUSY; tries++) {
    if (tries === BUSY_TRIES) break;
    await sleep(BUSY_PAUSE_NS);
    claim = await pci.claim(request);
  }
  if (claim instanceof Failure) return claim;
  const interrupts = claim.interrupts.map((each) => new Interrupt(each.interrupt));
  const regions = mapRegions(claim.bars);
  if (regions instanceof Failure) return regions;
  const { address, config, dma } = claim;
  return { address, config, regions, interrupts, privilege: dma };
}

/** Maps the regions whose handles these are. */
export function mapRegions(
  bars: readonly { readonly index: number; readonly bytes: number; readonly memory: number }[],
): Region[] | Failure {
  const regions: Region[] = [];
  for (const { index, bytes, memory: handle } of bars) {
    const memory = new Memory(handle);
    const view = memory.map();
    if (view instanceof Failure) return view;
    regions.push({ index, bytes, view, memory });
  }
  return regions;
}

/** Memory as a kernel takes it: in the system where it is mapped, in tests its bytes. */
export type KernelBytes = Uint8Array | { readonly address: number; readonly length: number };

/** Memory that driver and device share. */
export interface SharedMemory {
  readonly memory: MemoryView;
  /** the same for kernels */
  readonly bytes: KernelBytes;
  /** Where the device finds it. */
  readonly busAddress: number;
}

/** Such memory as the driver owns it. */
export interface DeviceMemory extends SharedMemory {
  /** What the device may reach; its handle lives as long as the device. */
  readonly dma: Memory;
}

/**
 * Makes such memory out of the claim's privilege, which is given up, and lets the claimed device reach it: a piece of each size, of which the
 * last may be 0; then it is left away.
 */
export async function deviceMemories(
  pci: ClientOf<typeof Pci.methods>,
  privilege: number,
  sizes: readonly number[],
): Promise<DeviceMemory[] | Failure> {
  const made: (Memory | Failure)[] = [];
  for (const bytes of sizes) if (bytes > 0) made.push(createDma(privilege, bytes));
  closeHandle(privilege);
  const all: DeviceMemory[] = [];
  for (const dma of made) {
    if (dma instanceof Failure) return dma;
    const memory = dma.mapForKernels();
    if (memory instanceof Failure) return memory;
    const copy = dma.duplicate(rights.INFO | rights.TRANSFER);
    if (copy instanceof Failure) return copy;
    const reached = await pci.reach({ memory: copy });
    if (reached instanceof Failure) return reached;
    all.push({ memory, bytes: memory, busAddress: reached.busAddress, dma });
  }
  return all;
}
