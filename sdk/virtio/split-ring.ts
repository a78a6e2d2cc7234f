// The driver's half of a split virtqueue (Virtio 1.2 section 2.7), one descriptor a buffer.
//
// Invariant: the device is not believed. Descriptors are written and never read back; an entry of the
// used ring is copied out once and counts only if it names a buffer that the device has. A first lie
// breaks the ring for good. Slot n always means descriptor n and buffer n.

import type { MemoryView } from "../runtime/shared-view.ts";
import type { QueueAddresses } from "./registers.ts";

/** `take` found no buffer. */
export const NONE = -1;
/** `take` found a lie; the device has to be reset. */
export const BROKEN = -2;

/** Descriptor flag: the device writes to the buffer. */
export const DEVICE_WRITES = 2;

const AVAILABLE_NO_INTERRUPT = 1;
const USED_NO_NOTIFY = 1;

/** How far a ring has come, for new code. */
export interface KeptRing {
  readonly size: number;
  readonly posted: number;
  readonly taken: number;
  /** 1 for each slot that the device has */
  readonly given: Uint8Array;
}

/** Bytes of a ring with `size` slots, a power of two up to 32,768. */
export function ringBytes(size: number): number {
  return usedOffset(size) + 6 + 8 * size;
}

function availableOffset(size: number): number {
  return 16 * size;
}

/**
 * The used ring is aligned to 4 (section 2.7); here its entries are to 8, so that none lies across two pages: QEMU writes the second half of
 * such a one elsewhere, where an IOMMU translates (seen in 7.2).
 */
function usedOffset(size: number): number {
  return ((availableOffset(size) + 6 + 2 * size + 3) & ~7) + 4;
}

/**
 * A ring in memory that the device shares; `offset` is a multiple of 16. Its fields are private by type only: `#x` costs an
 * engine six times as much, and each frame touches a dozen.
 */
export class SplitRing {
  readonly size: number;
  /** Bytes that the device wrote into the buffer that was taken last; at most 2^32 - 1, unchecked. */
  takenBytes = 0;
  broken = false;
  /** Buffers that the device has. */
  outstanding = 0;
  private readonly memory: MemoryView;
  private readonly descriptors: number;
  private readonly available: number;
  private readonly used: number;
  /** 1 for each slot that the device has. */
  private readonly given: Uint8Array;
  private posted = 0;
  private taken = 0;
  /** The device's index when it was last looked at, and believed. */
  private seen = 0;
  /** What was handed over when the device was last asked whether it wants to know. */
  private told = 0;
  private byIndex = false;

  /** `kept`: of a ring that runs, without event indices; otherwise it is empty, and the device does not know it yet. */
  constructor(memory: MemoryView, offset: number, size: number, kept?: KeptRing) {
    this.size = size;
    this.memory = memory;
    this.descriptors = offset;
    this.available = offset + availableOffset(size);
    this.used = offset + usedOffset(size);
    this.given = kept?.given.slice() ?? new Uint8Array(size);
    if (kept !== undefined) {
      this.posted = this.told = kept.posted;
      this.taken = this.seen = kept.taken;
      for (const each of kept.given) this.outstanding += each;
      return;
    }
    for (let at = offset; at < offset + ringBytes(size); at += 2) memory.set16(at, 0);
  }

  /** For new code; everything was published. */
  save(): KeptRing {
    const { size, posted, taken } = this;
    return { size, posted, taken, given: this.given.slice() };
  }

  /** Whether the device has the slot's buffer. */
  has(slot: number): boolean {
    return this.given[slot] === 1;
  }

  /** Where the parts lie in the memory, for code that goes on with the ring by itself. */
  get places(): {
    readonly descriptors: number;
    readonly available: number;
    readonly used: number;
  } {
    const { descriptors, available, used } = this;
    return { descriptors, available, used };
  }

  /** Where the parts lie for the device, when the memory begins at `busAddress`. */
  addresses(busAddress: number): QueueAddresses {
    return {
      descriptors: busAddress + this.descriptors,
      available: busAddress + this.available,
      used: busAddress + this.used,
    };
  }

  /** Both sides say by index when they want to hear of something (section 2.7.7.1); to be called before anything is posted. */
  useEventIndex(): void {
    this.byIndex = true;
  }

  /** Asks the device for no interrupts; it may still send some. */
  withoutInterrupts(): void {
    if (this.byIndex) this.wantedAt(this.taken - 1);
    else this.memory.set16(this.available, AVAILABLE_NO_INTERRUPT);
  }

  /**
   * Asks for an interrupt when the device has returned `count` more buffers, 1 at least, than were taken; without indices, at the next one.
   * What it has returned meanwhile tells of itself no more: look once again after a system call, which orders this before that look.
   */
  interruptAfter(count: number): void {
    if (this.byIndex) this.wantedAt(this.taken + count - 1);
    else this.memory.set16(this.available, 0);
  }

  private wantedAt(index: number): void {
    this.memory.set16(this.available + 4 + 2 * this.size, index & 0xffff);
  }

  /** Says where a slot's buffer lies; the device must not have it. `flags`: 0 or DEVICE_WRITES. */
  describe(slot: number, busAddress: number, bytes: number, flags: number): void {
    const at = this.descriptors + slot * 16;
    this.memory.set64(at, busAddress);
    this.memory.set32(at + 8, bytes);
    this.memory.set16(at + 12, flags);
    this.memory.set16(at + 14, 0);
  }

  /** Changes the length of a described buffer; the device must not have it. */
  setBytes(slot: number, bytes: number): void {
    this.memory.set32(this.descriptors + slot * 16 + 8, bytes);
  }

  /** Lines up the slot's buffer for the device, which must not have it; `publish` hands it over. */
  post(slot: number): void {
    this.memory.set16(this.available + 4 + (this.posted & (this.size - 1)) * 2, slot);
    this.posted = (this.posted + 1) & 0xffff;
    this.given[slot] = 1;
    this.outstanding += 1;
  }

  /**
   * Hands over what was posted; true when the device wants to be notified. The index goes last: x86 keeps the order of stores, and the
   * binding that of accesses.
   */
  publish(): boolean {
    const { posted, told } = this;
    this.memory.set16(this.available + 2, posted);
    if (!this.byIndex) return (this.memory.get16(this.used) & USED_NO_NOTIFY) === 0;
    this.told = posted;
    const wanted = this.memory.get16(this.used + 4 + 8 * this.size);
    return ((posted - wanted - 1) & 0xffff) < ((posted - told) & 0xffff);
  }

  /** Takes a buffer back from the device: its slot, NONE or BROKEN. */
  take(): number {
    if (this.broken) return BROKEN;
    if (this.taken === this.seen) {
      const index = this.memory.get16(this.used + 2);
      const pending = (index - this.taken) & 0xffff;
      if (pending === 0) return NONE;
      if (pending > this.outstanding) return this.break();
      this.seen = index;
    }
    const at = this.used + 4 + (this.taken & (this.size - 1)) * 8;
    const slot = this.memory.get32(at);
    if (slot >= this.size || this.given[slot] !== 1) return this.break();
    this.takenBytes = this.memory.get32(at + 4);
    this.taken = (this.taken + 1) & 0xffff;
    this.given[slot] = 0;
    this.outstanding -= 1;
    return slot;
  }

  private break(): number {
    this.broken = true;
    return BROKEN;
  }
}
