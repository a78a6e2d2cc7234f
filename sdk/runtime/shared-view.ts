// Mapped memory that somebody else may change at any moment: read and written by value, never as a bare ArrayBuffer.
// Invariant: every access is checked against the length; an access outside throws RangeError, a fault of the caller.
import { uusi } from "./binding.ts";
import { systemCalls } from "./system-call.ts";

/** What drivers and queue code need of mapped memory; tests on Node implement it over a DataView. */
export interface MemoryView {
  readonly length: number;
  /** where it is mapped, in a process */
  readonly address?: number;
  get8(offset: number): number;
  get16(offset: number): number;
  get32(offset: number): number;
  get64(offset: number): number;
  set8(offset: number, value: number): void;
  set16(offset: number, value: number): void;
  set32(offset: number, value: number): void;
  set64(offset: number, value: number): void;
  /** copies `length` bytes from `offset` into `to` at `at` */
  copyOut(offset: number, to: Uint8Array, at: number, length: number): void;
  /** copies `length` bytes of `from` at `at` to `offset` */
  copyIn(offset: number, from: Uint8Array, at: number, length: number): void;
}

export class SharedView implements MemoryView {
  address: number;
  /** 0 once it is closed. */
  length: number;
  /** Hears the address once nothing is mapped there any more. */
  unmapped: ((address: number) => void) | undefined;

  /** `address` and `length` must be a region that this process has mapped. */
  constructor(address: number, length: number) {
    this.address = address;
    this.length = length;
  }

  private check(offset: number, length: number): number {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.length))
      return this.refuse(offset, length);
    return this.address + offset;
  }

  private refuse(offset: number, length: number): never {
    throw new RangeError(`access to ${offset}+${length} of ${this.length} bytes`);
  }

  // A driver comes here for each field: its checks are written out, since a call is half of what an access costs. (Private by type only, too:
  // `#x` costs an engine six times as much.)
  get8(offset: number): number {
    if (!(offset >= 0 && offset + 1 <= this.length)) this.refuse(offset, 1);
    return uusi.get8(this.address + offset);
  }
  get16(offset: number): number {
    if (!(offset >= 0 && offset + 2 <= this.length)) this.refuse(offset, 2);
    return uusi.get16(this.address + offset);
  }
  get32(offset: number): number {
    if (!(offset >= 0 && offset + 4 <= this.length)) this.refuse(offset, 4);
    return uusi.get32(this.address + offset);
  }
  get64(offset: number): number {
    if (!(offset >= 0 && offset + 8 <= this.length)) this.refuse(offset, 8);
    return uusi.get64(this.address + offset);
  }
  set8(offset: number, value: number): void {
    if (!(offset >= 0 && offset + 1 <= this.length)) this.refuse(offset, 1);
    uusi.set8(this.address + offset, value);
  }
  set16(offset: number, value: number): void {
    if (!(offset >= 0 && offset + 2 <= this.length)) this.refuse(offset, 2);
    uusi.set16(this.address + offset, value);
  }
  set32(offset: number, value: number): void {
    if (!(offset >= 0 && offset + 4 <= this.length)) this.refuse(offset, 4);
    uusi.set32(this.address + offset, value);
  }
  set64(offset: number, value: number): void {
    if (!(offset >= 0 && offset + 8 <= this.length)) this.refuse(offset, 8);
    uusi.set64(this.address + offset, value);
  }
  copyOut(offset: number, to: Uint8Array, at: number, length: number): void {
    uusi.copyOut(this.check(offset, length), to, at, length);
  }
  copyIn(offset: number, from: Uint8Array, at: number, length: number): void {
    uusi.copyIn(this.check(offset, length), from, at, length);
  }
  /** sets `count` 32-bit words */
  fill32(offset: number, value: number, count: number): void {
    uusi.fill32(this.check(offset, count * 4), value, count);
  }
  /** moves bytes within the view; the ranges may overlap */
  move(to: number, from: number, length: number): void {
    uusi.move(this.check(to, length), this.check(from, length), length);
  }

  /** writes cached bytes back to memory, for a device that does not look into the processor's caches */
  flush(offset: number, length: number): void {
    uusi.writeBack(this.check(offset, length), length);
  }

  /** Unmaps the region. */
  close(): void {
    if (this.address === 0) return;
    const { address } = this;
    // a kernel gets address and length without a question
    this.address = 0;
    this.length = 0;
    if (uusi.sys(systemCalls.memory_unmap, 0, address) === 0) this.unmapped?.(address);
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Makes all stores before it seen before any load behind it; x86 alone lets a load overtake a store. A system call does: the nucleus
 * takes its lock by a locked instruction.
 */
export function orderAccesses(): void {
  uusi.sys(systemCalls.clock);
}
