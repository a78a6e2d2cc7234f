// A virtio device as `pci` hands it out to its driver: claimed, mapped, allowed to reach its own memory.
//
// Invariant: what is returned lies inside the regions that were handed out; the claim lasts as long as
// the channel to `pci`, and beyond the end of `pci` by sdk/pci/stay-claimed.ts.

import type { ClientOf } from "../contract/client.ts";
import { Failure, failures, refuse } from "../contract/failure.ts";
import type { Interrupt } from "../runtime/interrupt.ts";
import type { Memory } from "../runtime/memory.ts";
import type { MemoryView } from "../runtime/shared-view.ts";
import type { Pci } from "../../servers/pci/contract.ts";
import {
  type ClaimedFunction,
  claimFunction,
  deviceMemories,
  type KernelBytes,
} from "../pci/claim.ts";
import { type DeviceFault, deviceFaults } from "./device-fault.ts";
import { MemoryWindow } from "./memory-window.ts";
import { type Place, parseStructures } from "./structures.ts";

/** What a driver has of its device. */
export interface DeviceParts {
  /** The structures of `structures.ts`, mapped. */
  readonly common: MemoryView;
  readonly notify: MemoryView;
  readonly notifyMultiplier: number;
  readonly config: MemoryView;
  /** Memory for rings and buffers, and where the device finds it. */
  readonly memory: MemoryView;
  /** The same as kernels take it. */
  readonly bytes: KernelBytes;
  readonly busAddress: number;
  /** Memory for buffers that others may see, where it was wanted. */
  readonly pool?: DevicePool;
}

/** Buffers without rings. */
export interface DevicePool {
  readonly memory: MemoryView;
  readonly bytes: KernelBytes;
  readonly busAddress: number;
}

/** What to claim. */
export interface WantedDevice {
  /** Device class of the driver's manifest. */
  readonly class: string;
  /** Interrupt vectors. */
  readonly vectors: number;
  /** Bytes of the device's own configuration that the driver reads. */
  readonly configBytes: number;
  /** Bytes of memory that driver and device share. */
  readonly memoryBytes: number;
  /** Bytes of the pool; default none. */
  readonly poolBytes?: number;
}

/** A claimed device. */
export interface ClaimedDevice {
  readonly address: string;
  readonly parts: DeviceParts;
  /** What the device may reach; its handle lives as long as the device. */
  readonly dma: Memory;
  /** The pool's memory, which may be handed on. */
  readonly poolMemory?: Memory;
  /** As many as were wanted. */
  readonly interrupts: readonly Interrupt[];
}

const PAGE = 4096;

/** Claims the first device of the class; NOT_FOUND when the machine has none. */
export async function claimDevice(
  pci: ClientOf<typeof Pci.methods>,
  wanted: WantedDevice,
): Promise<ClaimedDevice | Failure> {
  const claimed = await claimFunction(pci, wanted);
  if (claimed instanceof Failure) return claimed;
  const device = await partsOf(pci, claimed, wanted);
  if (device instanceof Failure) return device;
  const mastered = await pci.busMaster({ on: true });
  return mastered instanceof Failure ? mastered : device;
}

async function partsOf(
  pci: ClientOf<typeof Pci.methods>,
  claimed: ClaimedFunction,
  wanted: WantedDevice,
): Promise<ClaimedDevice | Failure> {
  const { address, config: space, regions, interrupts, privilege } = claimed;
  if (interrupts.length < wanted.vectors) return fault("virtio.vector");
  const structures = parseStructures(space, wanted.configBytes);
  if (typeof structures === "string") return fault(structures);
  /** A region smaller than a page begins somewhere inside the mapping; no such device is known. */
  const window = (place: Place): MemoryWindow | undefined => {
    const region = regions.find((each) => each.index === place.bar);
    if (region === undefined || region.bytes < PAGE) return undefined;
    if (place.offset + place.length > region.bytes) return undefined;
    return new MemoryWindow(region.view, place.offset, place.length);
  };
  const common = window(structures.common);
  const notify = window(structures.notify);
  const config = window(structures.device);
  if (common === undefined || notify === undefined || config === undefined) {
    return fault("virtio.region");
  }
  const { poolBytes = 0 } = wanted;
  const shared = await deviceMemories(pci, privilege, [wanted.memoryBytes, poolBytes]);
  if (shared instanceof Failure) return shared;
  const [own, pool] = shared;
  const { memory, bytes, busAddress, dma } = own!;
  const { notifyMultiplier } = structures;
  const parts = { common, notify, notifyMultiplier, config, memory, bytes, busAddress };
  if (pool === undefined) return { address, parts, dma, interrupts };
  return { address, parts: { ...parts, pool }, dma, poolMemory: pool.dma, interrupts };
}

function fault(code: DeviceFault): Failure {
  return refuse(failures.UNAVAILABLE, deviceFaults[code]);
}
