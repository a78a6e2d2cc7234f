// A process's memory by its own addresses: ordinary pages lie in the nucleus's WebAssembly memory, device pages are registers of the
// bus. Invariant: an access that nothing maps (or maps without the right) throws Fault and has had no effect on later pages.
import type { PciBus } from "./devices/pci-bus.ts";
import type { Nucleus } from "./nucleus.ts";

const PAGE = 4096;

/** A processor exception of the process: what the driver reports to the nucleus. */
export class Fault extends Error {
  readonly address: number;
  readonly write: boolean;

  constructor(address: number, write: boolean) {
    super(`${write ? "write to" : "read of"} 0x${address.toString(16)}, where nothing is mapped`);
    this.address = address;
    this.write = write;
  }
}

export class ProcessMemory {
  readonly #nucleus: Nucleus;
  readonly #thread: number;
  readonly #bus: PciBus;

  constructor(nucleus: Nucleus, thread: number, bus: PciBus) {
    this.#nucleus = nucleus;
    this.#thread = thread;
    this.#bus = bus;
  }

  get(address: number, width: number): number {
    if (Math.floor(address / PAGE) !== Math.floor((address + width - 1) / PAGE)) {
      let value = 0;
      for (let i = width - 1; i >= 0; i--) value = value * 256 + this.get(address + i, 1);
      return value;
    }
    const physical = this.#physical(address, false);
    const at = this.#nucleus.ramOffset(physical);
    if (at < 0) {
      if (width < 8) return this.#bus.read(physical, width) >>> 0;
      return (
        (this.#bus.read(physical, 4) >>> 0) + (this.#bus.read(physical + 4, 4) >>> 0) * 2 ** 32
      );
    }
    const view = this.#nucleus.view();
    if (width === 1) return view.getUint8(at);
    if (width === 2) return view.getUint16(at, true);
    if (width === 4) return view.getUint32(at, true);
    return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
  }

  set(address: number, width: number, value: number): void {
    if (Math.floor(address / PAGE) !== Math.floor((address + width - 1) / PAGE)) {
      for (let i = 0; i < width; i++) this.set(address + i, 1, Math.floor(value / 256 ** i) & 255);
      return;
    }
    const physical = this.#physical(address, true);
    const at = this.#nucleus.ramOffset(physical);
    const high = Math.floor(value / 2 ** 32) >>> 0;
    if (at < 0) {
      if (width < 8) this.#bus.write(physical, width, truncated(value, width));
      else {
        this.#bus.write(physical, 4, value >>> 0);
        this.#bus.write(physical + 4, 4, high);
      }
      return;
    }
    const view = this.#nucleus.view();
    if (width === 1) view.setUint8(at, value);
    else if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value >>> 0, true);
    if (width === 8) view.setUint32(at + 4, high, true);
  }

  load(address: number, bytes: number): Uint8Array {
    const into = new Uint8Array(bytes);
    this.#pieces(address, bytes, false, (physical, done, n) => {
      const at = this.#nucleus.ramOffset(physical);
      if (at >= 0) into.set(this.#nucleus.bytes().subarray(at, at + n), done);
      else for (let i = 0; i < n; i++) into[done + i] = this.#bus.read(physical + i, 1);
    });
    return into;
  }

  store(address: number, from: Uint8Array): void {
    this.#pieces(address, from.length, true, (physical, done, n) => {
      const at = this.#nucleus.ramOffset(physical);
      if (at >= 0) this.#nucleus.bytes().set(from.subarray(done, done + n), at);
      else this.#storeDevice(physical, from.subarray(done, done + n));
    });
  }

  /** As the runtime's copy does: words where they are aligned, else bytes. */
  #storeDevice(physical: number, from: Uint8Array): void {
    for (let i = 0; i < from.length; ) {
      if (physical % 4 === 0 && i + 4 <= from.length) {
        const view = new DataView(from.buffer, from.byteOffset + i, 4);
        this.#bus.write(physical + i, 4, view.getUint32(0, true));
        i += 4;
      } else {
        this.#bus.write(physical + i, 1, from[i] as number);
        i++;
      }
    }
  }

  #pieces(
    address: number,
    bytes: number,
    write: boolean,
    f: (physical: number, done: number, n: number) => void,
  ): void {
    for (let done = 0; done < bytes; ) {
      const at = address + done;
      const n = Math.min(bytes - done, PAGE - (at % PAGE));
      f(this.#physical(at, write), done, n);
      done += n;
    }
  }

  #physical(address: number, write: boolean): number {
    const physical = this.#nucleus.translate(this.#thread, address, write);
    if (physical < 0) throw new Fault(address, write);
    return physical;
  }
}

function truncated(value: number, width: number): number {
  return width === 1 ? value & 0xff : width === 2 ? value & 0xffff : value >>> 0;
}
