// A claim as a driver hands it to new code: the device goes on meanwhile, and is not reset.
//
// Invariant: whatever the claim consists of moves by its handle; the device reaches the same memory before and after.
import { array, bytes, handle, optional, string, struct, u8, u64 } from "../contract/field.ts";
import type { ClientOf } from "../contract/client.ts";
import { Failure } from "../contract/failure.ts";
import type { Data } from "../hot/declared.ts";
import { Interrupt } from "../runtime/interrupt.ts";
import { Memory } from "../runtime/memory.ts";
import { open } from "../runtime/open.ts";
import { Pci } from "../../servers/pci/contract.ts";
import { type ClaimedFunction, type DeviceMemory, mapRegions } from "./claim.ts";
import type { ClaimChannel } from "./stay-claimed.ts";

/** Fields of a driver's state. */
const claimFields = {
  address: string,
  config: bytes,
  pci: optional(handle("endpoint")),
  bars: array(struct({ index: u8, bytes: u64, memory: handle("memory") })),
  interrupts: array(struct({ interrupt: handle("interrupt") })),
  memories: array(struct({ memory: handle("memory"), busAddress: u64 })),
};
export const keptClaim = optional(struct(claimFields));
type KeptClaim = Data<typeof claimFields>;

/** A claimed function with the memory that it shares with its driver; without the right to make more. */
export interface RunningClaim extends Omit<ClaimedFunction, "privilege"> {
  readonly memories: readonly DeviceMemory[];
}

/** What new code goes on with. */
export function saveClaim(claim: RunningClaim, channel: ClaimChannel): KeptClaim {
  const { address, config, regions, interrupts, memories } = claim;
  return {
    address,
    config,
    ...(channel.handle === 0 ? {} : { pci: channel.handle }),
    bars: regions.map(({ index, bytes, memory }) => ({ index, bytes, memory: memory.number })),
    interrupts: interrupts.map(({ number }) => ({ interrupt: number })),
    memories: memories.map(({ dma, busAddress }) => ({ memory: dma.number, busAddress })),
  };
}

/** Goes on with it; `pci` undefined where that has ended. */
export function resumeClaim(
  kept: KeptClaim,
): (RunningClaim & { readonly pci: ClientOf<typeof Pci.methods> | undefined }) | Failure {
  const { address, config } = kept;
  const regions = mapRegions(kept.bars);
  if (regions instanceof Failure) return regions;
  const interrupts = kept.interrupts.map(({ interrupt }) => new Interrupt(interrupt));
  const memories: DeviceMemory[] = [];
  for (const { memory: handle, busAddress } of kept.memories) {
    const dma = new Memory(handle);
    const memory = dma.mapForKernels();
    if (memory instanceof Failure) return memory;
    memories.push({ memory, bytes: memory, busAddress, dma });
  }
  const pci = kept.pci === undefined ? undefined : open(Pci, kept.pci, "/dev/pci");
  return { address, config, regions, interrupts, memories, pci };
}
