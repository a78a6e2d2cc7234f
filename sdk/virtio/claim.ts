// A virtio device as `pci` hands it out to its driver: claimed, mapped, allowed to reach its own memory.
//
// Invariant: what is returned lies inside the regions that were handed out; the claim lasts as long as
// the channel to `pci`, and this process ends with it.

import type { ClientOf } from "../contract/client.ts";
import type { Reply } from "../contract/contract.ts";
import { Failure, failures, refuse } from "../contract/failure.ts";
import { closeHandle } from "../runtime/handle.ts";
import { Interrupt } from "../runtime/interrupt.ts";
import { Memory } from "../runtime/memory.ts";
import { createDma } from "../runtime/privileges.ts";
import type { MemoryView, SharedView } from "../runtime/shared-view.ts";
import { sleep } from "../runtime/timers.ts";
import type { Pci } from "../../servers/pci/contract.ts";
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
}

/** A claimed device. */
export interface ClaimedDevice {
  readonly address: string;
  readonly parts: DeviceParts;
  /** What the device may reach; its handle lives as long as the device. */
  readonly dma: Memory;
  /** As many as were wanted. */
  readonly interrupts: readonly Interrupt[];
}

type Claim = Reply<(typeof Pci.methods)["claim"]>;

/** An earlier instance of this server may still own the device for a moment. */
const BUSY_TRIES = 20;
const BUSY_PAUSE_NS = 50_000_000;
const PAGE = 4096;

/** Claims the first device of the class; NOT_FOUND when the machine has none. */
export async function claimDevice(
  pci: ClientOf<typeof Pci.methods>,
  wanted: WantedDevice,
): Promise<ClaimedDevice | Failure> {
  const request = { class: wanted.class, vectors: wanted.vectors };
  let claim = await pci.claim(request);
  for (let tries = 0; claim instanceof Failure && claim.code === failures.BUSY; tries++) {
    if (tries === BUSY_TRIES) break;
    await sleep(BUSY_PAUSE_NS);
    claim = await pci.claim(request);
  }
  if (claim instanceof Failure) return claim;
  const device = mapDevice(claim, wanted);
  if (device instanceof Failure) return device;
  const mastered = await pci.busMaster({ on: true });
  return mastered instanceof Failure ? mastered : device;
}

function mapDevice(claim: Claim, wanted: WantedDevice): ClaimedDevice | Failure {
  const interrupts = claim.interrupts.map((each) => new Interrupt(each.interrupt));
  if (interrupts.length < wanted.vectors) return fault("virtio.vector");
  const structures = parseStructures(claim.config, wanted.configBytes);
  if (typeof structures === "string") return fault(structures);
  const regions: { index: number; bytes: number; view: SharedView }[] = [];
  for (const bar of claim.bars) {
    const memory = new Memory(bar.memory);
    const view = memory.map();
    memory.close();
    if (view instanceof Failure) return view;
    regions.push({ index: bar.index, bytes: bar.bytes, view });
  }
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
  const dma = createDma(claim.dma, wanted.memoryBytes);
  closeHandle(claim.dma);
  if (dma instanceof Failure) return dma;
  const memory = dma.map();
  if (memory instanceof Failure) return memory;
  return {
    address: claim.address,
    parts: {
      common,
      notify,
      notifyMultiplier: structures.notifyMultiplier,
      config,
      memory,
      busAddress: dma.busAddress(),
    },
    dma,
    interrupts,
  };
}

function fault(code: DeviceFault): Failure {
  return refuse(failures.UNAVAILABLE, deviceFaults[code]);
}
