// The driver's half of a split virtqueue (Virtio 1.2 section 2.7), one descriptor a buffer.
//
// Invariant: the device is not believed. Descriptors are written and never read back; an entry of the
// used ring is copied out once and counts only if it names a buffer that the device has. A first lie
// breaks the ring for good. Slot n always means descriptor n and buffer n.

import type { MemoryView } from "../../sdk/runtime/shared-view.ts";
import type { QueueAddresses } from "./registers.ts";

/** `take` found no buffer. */
export const NONE = -1;
/** `take` found a lie; the device has to be reset. */
export const BROKEN = -2;

/** Descriptor flag: the device writes to the buffer. */
export const DEVICE_WRITES = 2;

const AVAILABLE_NO_INTERRUPT = 1;
const USED_NO_NOTIFY = 1;

/** Bytes of a ring with `size` slots, a power of two up to 32,768. */
export function ringBytes(size: number): number {
  return usedOffset(size) + 6 + 8 * size;
}

function availableOffset(size: number): number {
  return 16 * size;
}

/** The used ring is aligned to 4 (section 2.7). */
function usedOffset(size: number): number {
  return (availableOffset(size) + 6 + 2 * size + 3) & ~3;
}

/** A ring in memory that the device shares; `offset` is a multiple of 16. */
export class SplitRing {
  readonly size: number;
  /** Bytes that the device wrote into the buffer that was taken last; at most 2^32 - 1, unchecked. */
  takenBytes = 0;
  broken = false;
  readonly #memory: MemoryView;
  readonly #descriptors: number;
  readonly #available: number;
  readonly #used: number;
  /** 1 for each slot that the device has. */
  readonly #outstanding: Uint8Array;
  #outstandingCount = 0;
  #posted = 0;
  #taken = 0;

  constructor(memory: MemoryView, offset: number, size: number) {
    this.size = size;
    this.#memory = memory;
    this.#descriptors = offset;
    this.#available = offset + availableOffset(size);
    this.#used = offset + usedOffset(size);
    this.#outstanding = new Uint8Array(size);
    for (let at = offset; at < offset + ringBytes(size); at += 2) memory.set16(at, 0);
  }

  /** Where the parts lie for the device, when the memory begins at `busAddress`. */
  addresses(busAddress: number): QueueAddresses {
    return {
      descriptors: busAddress + this.#descriptors,
      available: busAddress + this.#available,
      used: busAddress + this.#used,
    };
  }

  /** Asks the device for no interrupts; it may still send some. */
  withoutInterrupts(): void {
    this.#memory.set16(this.#available, AVAILABLE_NO_INTERRUPT);
  }

  /** Whether the device has the slot's buffer. */
  has(slot: number): boolean {
    return this.#outstanding[slot] === 1;
  }

  /** Buffers that the device has. */
  get outstanding(): number {
    return this.#outstandingCount;
  }

  /** Gives the slot's buffer to the device; it must not have it. `flags`: 0 or DEVICE_WRITES. */
  post(slot: number, busAddress: number, bytes: number, flags: number): void {
    const memory = this.#memory;
    const at = this.#descriptors + slot * 16;
    memory.set64(at, busAddress);
    memory.set32(at + 8, bytes);
    memory.set16(at + 12, flags);
    memory.set16(at + 14, 0);
    memory.set16(this.#available + 4 + (this.#posted & (this.size - 1)) * 2, slot);
    this.#posted = (this.#posted + 1) & 0xffff;
    this.#outstanding[slot] = 1;
    this.#outstandingCount += 1;
    // The index goes last: x86 keeps the order of stores, and the binding that of accesses.
    memory.set16(this.#available + 2, this.#posted);
  }

  /** Takes a buffer back from the device: its slot, NONE or BROKEN. */
  take(): number {
    if (this.broken) return BROKEN;
    const memory = this.#memory;
    const pending = (memory.get16(this.#used + 2) - this.#taken) & 0xffff;
    if (pending === 0) return NONE;
    if (pending > this.#outstandingCount) return this.#break();
    const at = this.#used + 4 + (this.#taken & (this.size - 1)) * 8;
    const slot = memory.get32(at);
    if (slot >= this.size || this.#outstanding[slot] !== 1) return this.#break();
    this.takenBytes = memory.get32(at + 4);
    this.#taken = (this.#taken + 1) & 0xffff;
    this.#outstanding[slot] = 0;
    this.#outstandingCount -= 1;
    return slot;
  }

  /** Whether the device wants to hear of new buffers. */
  wantsNotify(): boolean {
    return (this.#memory.get16(this.#used) & USED_NO_NOTIFY) === 0;
  }

  #break(): number {
    this.broken = true;
    return BROKEN;
  }
}
