// The queues of a virtio device: their rings in one piece of memory, one behind the other, and the register that tells of new buffers.
//
// Invariant: a queue's notification lies inside of the notify region, whatever the device says of it.

import type { MemoryView } from "../runtime/shared-view.ts";
import type { DeviceParts } from "./claim.ts";
import type { DeviceFault } from "./device-fault.ts";
import { enableQueue, notifyPlace, queueSize } from "./registers.ts";
import { type KeptRing, ringBytes, SplitRing } from "./split-ring.ts";

/** Where a device is told of new buffers of a queue. */
export class QueueBell {
  private readonly notify: MemoryView;
  private readonly register: number;
  private readonly index: number;

  constructor(notify: MemoryView, register: number, index: number) {
    this.notify = notify;
    this.register = register;
    this.index = index;
  }

  /** Tells the device that something new was handed over. */
  tell(): void {
    this.notify.set16(this.register, this.index);
  }

  /** Where `tell` writes, and what: for a kernel that does it. */
  place(): { readonly address: number; readonly value: number } {
    return { address: (this.notify.address ?? 0) + this.register, value: this.index };
  }
}

/** A running queue. */
export class DeviceQueue {
  readonly ring: SplitRing;
  readonly bell: QueueBell;

  constructor(ring: SplitRing, bell: QueueBell) {
    this.ring = ring;
    this.bell = bell;
  }

  /** Hands over what was posted, and tells the device where it wants to know. */
  publish(): void {
    if (this.ring.publish()) this.bell.tell();
  }
}

/** The bell of a queue, which says where it is (`place`, as `enableQueue` returns it). */
function bellOf(parts: DeviceParts, index: number, place: number): QueueBell | DeviceFault {
  const register = place * parts.notifyMultiplier;
  if (register + 2 > parts.notify.length) return "virtio.region";
  return new QueueBell(parts.notify, register, index);
}

/** The bell of a queue that runs. */
export function runningBell(parts: DeviceParts, index: number): QueueBell | DeviceFault {
  return bellOf(parts, index, notifyPlace(parts.common, index));
}

/** A queue to set up: at most `slots` of them, a power of two; `vector` NO_VECTOR for no interrupts. */
export interface WantedQueue {
  readonly slots: number;
  readonly vector: number;
}

/** Bytes of memory that rings of at most so many slots take. */
export function queueBytes(slots: readonly number[]): number {
  return slots.reduce((sum, each) => sum + ((ringBytes(each) + 15) & ~15), 0);
}

/** Sets queues 0, 1, ... up at the start of the device's memory; `byIndex`: as negotiated (section 2.7.7). */
export function setUpQueues(
  parts: DeviceParts,
  wanted: readonly WantedQueue[],
  byIndex = false,
): DeviceQueue[] | DeviceFault {
  const { common, memory, busAddress } = parts;
  const queues: DeviceQueue[] = [];
  let offset = 0;
  for (let index = 0; index < wanted.length; index++) {
    const { slots, vector } = wanted[index]!;
    const size = queueSize(common, index, slots);
    if (typeof size === "string") return size;
    const ring = new SplitRing(memory, offset, size);
    if (byIndex) ring.useEventIndex();
    const place = enableQueue(common, index, size, vector, ring.addresses(busAddress));
    if (typeof place === "string") return place;
    const bell = bellOf(parts, index, place);
    if (typeof bell === "string") return bell;
    queues.push(new DeviceQueue(ring, bell));
    offset += (ringBytes(size) + 15) & ~15;
  }
  return queues;
}

/** Goes on with queues that run, as `setUpQueues` has laid them out. */
export function resumeQueues(
  parts: DeviceParts,
  kept: readonly KeptRing[],
): DeviceQueue[] | DeviceFault {
  const queues: DeviceQueue[] = [];
  let offset = 0;
  for (const [index, ring] of kept.entries()) {
    const bell = runningBell(parts, index);
    if (typeof bell === "string") return bell;
    queues.push(new DeviceQueue(new SplitRing(parts.memory, offset, ring.size, ring), bell));
    offset += (ringBytes(ring.size) + 15) & ~15;
  }
  return queues;
}
