// One PCI function: 4 KiB of configuration space with sizable BARs, a capability list, MSI-X and function-level reset
// (PCI Local Bus 3.0 chapter 6, PCI Express Base 4.0 §7.5). A device model extends it.
// Invariant: a bit of configuration space changes by a write only where `#writable` has it set.
import type { Bus, Registers } from "./bus.ts";

interface Bar {
  index: number;
  bytes: number;
  wide: boolean;
  registers: Registers;
}

const MSIX_ENTRY_BYTES = 16;

export interface PciIdentity {
  vendor: number;
  device: number;
  subsystemVendor: number;
  subsystem: number;
  /** class, subclass, programming interface as one 24-bit number */
  classCode: number;
  revision: number;
}

export abstract class PciFunction {
  protected readonly bus: Bus;
  readonly #space = new DataView(new ArrayBuffer(4096));
  readonly #writable = new DataView(new ArrayBuffer(4096));
  readonly #bars: Bar[] = [];
  #lastCapability = 0x34;
  #nextCapability = 0x40;
  #vectors = new DataView(new ArrayBuffer(0));
  #vectorsPending = new Set<number>();
  #msixAt = 0;
  #expressAt = 0;

  constructor(bus: Bus, identity: PciIdentity) {
    this.bus = bus;
    const space = this.#space;
    space.setUint16(0x00, identity.vendor, true);
    space.setUint16(0x02, identity.device, true);
    space.setUint32(0x08, ((identity.classCode << 8) | identity.revision) >>> 0, true);
    space.setUint16(0x2c, identity.subsystemVendor, true);
    space.setUint16(0x2e, identity.subsystem, true);
    space.setUint8(0x3d, 1); // interrupt pin A
    this.#writable.setUint16(0x04, 0x0407, true); // memory, I/O, bus master, interrupt disable
    this.#writable.setUint8(0x3c, 0xff); // interrupt line
  }

  /** Brings the device back to its state after power-on; configuration space is reset by the caller. */
  protected abstract reset(): void;

  /** May the device reach memory? */
  protected get busMaster(): boolean {
    return (this.#space.getUint16(0x04, true) & 4) !== 0;
  }

  /** Adds a memory BAR; `bytes` is a power of two ≥ 4096; a wide one takes two registers. */
  protected addBar(
    index: number,
    bytes: number,
    wide: boolean,
    address: number,
    r: Registers,
  ): void {
    this.#bars.push({ index, bytes, wide, registers: r });
    const at = 0x10 + index * 4;
    this.#space.setUint32(at, (address % 2 ** 32) + (wide ? 0x0c : 0), true);
    if (wide) this.#space.setUint32(at + 4, Math.floor(address / 2 ** 32), true);
    this.#writable.setUint32(at, ~(bytes - 1) >>> 0, true);
    if (wide) this.#writable.setUint32(at + 4, 0xffffffff, true);
  }

  /** Appends a capability: its id and the bytes after the next pointer. Returns its offset. */
  protected addCapability(id: number, body: Uint8Array): number {
    const at = this.#nextCapability;
    this.#nextCapability = (at + 2 + body.length + 3) & ~3;
    this.#space.setUint8(this.#lastCapability, at);
    this.#lastCapability = at + 1;
    this.#space.setUint8(at, id);
    for (let i = 0; i < body.length; i++) this.#space.setUint8(at + 2 + i, body[i] as number);
    this.#space.setUint16(0x06, 0x0010, true);
    return at;
  }

  /** MSI-X with its table at the start of a BAR of its own (pending bits at 0x800). */
  protected addMsix(vectors: number, bar: number, address: number): void {
    this.#vectors = new DataView(new ArrayBuffer(vectors * MSIX_ENTRY_BYTES));
    const body = new DataView(new ArrayBuffer(10));
    body.setUint16(0, vectors - 1, true);
    body.setUint32(2, bar, true);
    body.setUint32(6, 0x800 | bar, true);
    this.#msixAt = this.addCapability(0x11, new Uint8Array(body.buffer));
    this.#writable.setUint16(this.#msixAt + 2, 0xc000, true);
    this.#maskVectors();
    this.addBar(bar, 4096, false, address, {
      read: (offset, width) => this.#readVectors(offset, width),
      write: (offset, width, value) => this.#writeVectors(offset, width, value),
    });
  }

  /** The PCI Express capability of a root-complex integrated endpoint that can reset itself. */
  protected addExpress(): void {
    const body = new DataView(new ArrayBuffer(0x3a));
    body.setUint16(0, 0x92, true); // version 2, integrated endpoint
    body.setUint32(2, 1 << 28, true); // function-level reset
    this.#expressAt = this.addCapability(0x10, new Uint8Array(body.buffer));
    this.#writable.setUint16(this.#expressAt + 8, 0x7fff, true);
  }

  /** Sends a vector's message, or remembers it while it is masked. */
  protected interrupt(vector: number): void {
    if (vector * MSIX_ENTRY_BYTES >= this.#vectors.byteLength || !this.busMaster) return;
    const control = this.#space.getUint16(this.#msixAt + 2, true);
    if ((control & 0x8000) === 0) return;
    const at = vector * MSIX_ENTRY_BYTES;
    if ((control & 0x4000) !== 0 || (this.#vectors.getUint32(at + 12, true) & 1) !== 0) {
      this.#vectorsPending.add(vector);
      return;
    }
    const low = this.#vectors.getUint32(at, true);
    const high = this.#vectors.getUint32(at + 4, true);
    this.bus.message(high * 2 ** 32 + low, this.#vectors.getUint32(at + 8, true));
  }

  /** Configuration space, `width` 1, 2 or 4, aligned. */
  readConfig(offset: number, width: number): number {
    if (width === 1) return this.#space.getUint8(offset);
    if (width === 2) return this.#space.getUint16(offset, true);
    return this.#space.getUint32(offset, true);
  }

  writeConfig(offset: number, width: number, value: number): void {
    for (let i = 0; i < width; i++) {
      const mask = this.#writable.getUint8(offset + i);
      const byte = (value >>> (8 * i)) & 0xff;
      this.#space.setUint8(offset + i, (this.#space.getUint8(offset + i) & ~mask) | (byte & mask));
    }
    const express = this.#expressAt + 8;
    if (this.#expressAt !== 0 && offset <= express + 1 && offset + width > express + 1) {
      if ((value >>> (8 * (express + 1 - offset))) & 0x80) this.#functionReset();
    }
    if (this.#msixAt !== 0 && offset <= this.#msixAt + 3 && offset + width > this.#msixAt + 2) {
      this.#sendPending();
    }
  }

  /** The BAR that decodes a physical address now: its registers and the offset in them. */
  decode(physical: number): { registers: Registers; offset: number } | undefined {
    if ((this.#space.getUint16(0x04, true) & 2) === 0) return undefined;
    for (const bar of this.#bars) {
      const at = 0x10 + bar.index * 4;
      const low = (this.#space.getUint32(at, true) & ~0xf) >>> 0;
      const base = low + (bar.wide ? this.#space.getUint32(at + 4, true) * 2 ** 32 : 0);
      if (physical >= base && physical < base + bar.bytes) {
        return { registers: bar.registers, offset: physical - base };
      }
    }
    return undefined;
  }

  #functionReset(): void {
    this.#space.setUint16(0x04, 0, true);
    this.#space.setUint16(
      this.#msixAt + 2,
      this.#space.getUint16(this.#msixAt + 2, true) & 0x3fff,
      true,
    );
    this.#maskVectors();
    this.#vectorsPending.clear();
    this.reset();
  }

  #maskVectors(): void {
    for (let at = 0; at < this.#vectors.byteLength; at += MSIX_ENTRY_BYTES) {
      this.#vectors.setUint32(at, 0, true);
      this.#vectors.setUint32(at + 4, 0, true);
      this.#vectors.setUint32(at + 8, 0, true);
      this.#vectors.setUint32(at + 12, 1, true);
    }
  }

  #readVectors(offset: number, width: number): number {
    if (offset >= 0x800) {
      let bits = 0;
      for (const vector of this.#vectorsPending) if (vector < 32) bits |= 1 << vector;
      return offset === 0x800 ? bits >>> 0 : 0;
    }
    if (width !== 4 || offset + 4 > this.#vectors.byteLength) return 0;
    return this.#vectors.getUint32(offset, true);
  }

  #writeVectors(offset: number, width: number, value: number): void {
    if (width !== 4 || offset + 4 > this.#vectors.byteLength) return;
    this.#vectors.setUint32(offset, value >>> 0, true);
    this.#sendPending();
  }

  #sendPending(): void {
    const pending = [...this.#vectorsPending];
    this.#vectorsPending.clear();
    for (const vector of pending) this.interrupt(vector);
  }
}
