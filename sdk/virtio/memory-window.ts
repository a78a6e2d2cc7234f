// A part of mapped memory as memory of its own.
//
// Invariant: no access leaves the part, even where the whole goes on.

import type { MemoryView } from "../runtime/shared-view.ts";

/** `length` bytes of `whole` from `start`; the caller has checked that they are there. */
export class MemoryWindow implements MemoryView {
  readonly length: number;
  readonly #whole: MemoryView;
  readonly #start: number;

  constructor(whole: MemoryView, start: number, length: number) {
    this.#whole = whole;
    this.#start = start;
    this.length = length;
  }
  get address(): number {
    return (this.#whole.address ?? 0) + this.#start;
  }
  get8(offset: number): number {
    return this.#whole.get8(this.#place(offset, 1));
  }
  get16(offset: number): number {
    return this.#whole.get16(this.#place(offset, 2));
  }
  get32(offset: number): number {
    return this.#whole.get32(this.#place(offset, 4));
  }
  get64(offset: number): number {
    return this.#whole.get64(this.#place(offset, 8));
  }
  set8(offset: number, value: number): void {
    this.#whole.set8(this.#place(offset, 1), value);
  }
  set16(offset: number, value: number): void {
    this.#whole.set16(this.#place(offset, 2), value);
  }
  set32(offset: number, value: number): void {
    this.#whole.set32(this.#place(offset, 4), value);
  }
  set64(offset: number, value: number): void {
    this.#whole.set64(this.#place(offset, 8), value);
  }
  copyOut(offset: number, to: Uint8Array, at: number, length: number): void {
    this.#whole.copyOut(this.#place(offset, length), to, at, length);
  }
  copyIn(offset: number, from: Uint8Array, at: number, length: number): void {
    this.#whole.copyIn(this.#place(offset, length), from, at, length);
  }

  #place(offset: number, length: number): number {
    if (!(offset >= 0 && offset + length <= this.length)) {
      throw new RangeError(`access to ${offset}+${length} of ${this.length} bytes`);
    }
    return this.#start + offset;
  }
}
