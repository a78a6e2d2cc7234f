// Memory that driver and device model share in a test, with the checks of a mapped region.

import type { MemoryView } from "../../runtime/shared-view.ts";

/** A view of bytes; an access outside throws RangeError. */
export class ArrayMemory implements MemoryView {
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.length = bytes.length;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  get8(offset: number): number {
    return this.#view.getUint8(offset);
  }
  get16(offset: number): number {
    return this.#view.getUint16(offset, true);
  }
  get32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }
  get64(offset: number): number {
    return Number(this.#view.getBigUint64(offset, true));
  }
  set8(offset: number, value: number): void {
    this.#view.setUint8(offset, value);
  }
  set16(offset: number, value: number): void {
    this.#view.setUint16(offset, value, true);
  }
  set32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
  }
  set64(offset: number, value: number): void {
    this.#view.setBigUint64(offset, BigInt(value), true);
  }
  copyOut(offset: number, to: Uint8Array, at: number, length: number): void {
    if (offset + length > this.length) throw new RangeError(`${offset}+${length}`);
    to.set(this.bytes.subarray(offset, offset + length), at);
  }
  copyIn(offset: number, from: Uint8Array, at: number, length: number): void {
    this.bytes.set(from.subarray(at, at + length), offset);
  }
}
