// A virtio device as `pci` hands it out to its driver: claimed, mapped, allowed to reach its own memory.
//
// Invariant: what is returned lies inside the regions that were handed out; the claim lasts as long as
// the channel to `pci`, and beyond the end of `pci` by sdk/pci/stay-claimed.ts.

import type { ClientOf } from "../contract/client.ts";
import { Failure, failures, refuse } from "../contract/failure.ts";
import type { MemoryView } from "../runtime/shared-view.ts";
import type { Pci } from "../../servers/pci/contract.ts";
import {
  claimFunction,
  deviceMemories,
  type DeviceMemory,
  type KernelBytes,
  type Region,
  type SharedMemory,
} from "../pci/claim.ts";
import type { RunningClaim } from "../pci/kept-claim.ts";
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
  readonly pool?: SharedMemory;
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
  readonly parts: DeviceParts;
  /** Its memories are the driver's own and, where it was wanted, the pool; it has as many interrupts as were wanted. */
  readonly claim: RunningClaim;
}

const PAGE = 4096;

/** Claims the first device of the class; NOT_FOUND when the machine has none. */
export async function claimDevice(
  pci: ClientOf<typeof Pci.methods>,
  wanted: WantedDevice,
): Promise<ClaimedDevice | Failure> {
  const claimed = await claimFunction(pci, wanted);
  if (claimed instanceof Failure) return claimed;
  const { privilege, ...rest } = claimed;
  const places = placesOf(claimed, wanted);
  if (places instanceof Failure) return places;
  const { poolBytes = 0 } = wanted;
  const memories = await deviceMemories(pci, privilege, [wanted.memoryBytes, poolBytes]);
  if (memories instanceof Failure) return memories;
  const mastered = await pci.busMaster({ on: true });
  if (mastered instanceof Failure) return mastered;
  return { parts: partsOf(places, memories), claim: { ...rest, memories } };
}

/** Goes on with a device that the code before has claimed, which wanted the same. */
export function resumeDevice(claim: RunningClaim, wanted: WantedDevice): ClaimedDevice | Failure {
  const places = placesOf(claim, wanted);
  if (places instanceof Failure) return places;
  return { parts: partsOf(places, claim.memories), claim };
}

type Places = Pick<DeviceParts, "common" | "notify" | "notifyMultiplier" | "config">;

function placesOf(
  claimed: Pick<RunningClaim, "config" | "regions" | "interrupts">,
  wanted: WantedDevice,
): Places | Failure {
  const { config: space, regions, interrupts } = claimed;
  if (interrupts.length < wanted.vectors) return fault("virtio.vector");
  const structures = parseStructures(space, wanted.configBytes);
  if (typeof structures === "string") return fault(structures);
  const common = windowOf(regions, structures.common);
  const notify = windowOf(regions, structures.notify);
  const config = windowOf(regions, structures.device);
  if (common === undefined || notify === undefined || config === undefined) {
    return fault("virtio.region");
  }
  return { common, notify, notifyMultiplier: structures.notifyMultiplier, config };
}

/** A region smaller than a page begins somewhere inside the mapping; no such device is known. */
function windowOf(regions: readonly Region[], place: Place): MemoryWindow | undefined {
  const region = regions.find((each) => each.index === place.bar);
  if (region === undefined || region.bytes < PAGE) return undefined;
  if (place.offset + place.length > region.bytes) return undefined;
  return new MemoryWindow(region.view, place.offset, place.length);
}

function partsOf(places: Places, memories: readonly DeviceMemory[]): DeviceParts {
  const { memory, bytes, busAddress } = memories[0]!;
  const parts = { ...places, memory, bytes, busAddress };
  const pool = memories[1];
  return pool === undefined ? parts : { ...parts, pool };
}

function fault(code: DeviceFault): Failure {
  return refuse(failures.UNAVAILABLE, deviceFaults[code]);
}
