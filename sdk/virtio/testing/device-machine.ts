// A simulated machine with one virtio device (sdk/sim/devices), and what a driver would get of it.

import type { MemoryView } from "../../runtime/shared-view.ts";
import type { Bus } from "../../sim/devices/bus.ts";
import { ECAM_BASE, PciBus } from "../../sim/devices/pci-bus.ts";
import type { PciFunction } from "../../sim/devices/pci-function.ts";
import type { DeviceParts } from "../claim.ts";
import { type Place, parseStructures } from "../structures.ts";
import { ArrayMemory } from "./array-memory.ts";

const VECTORS = 0xfe00_0000;
const REGISTERS = 0xc0_0000_0000;
/** Where the driver's memory lies on the bus. */
const DMA_BASE = 0x8_0000_0000;

/** Registers of a region, one access at a time. */
class RegisterView implements MemoryView {
  readonly length: number;
  readonly #pci: PciBus;
  readonly #base: number;

  constructor(pci: PciBus, place: Place) {
    this.#pci = pci;
    this.#base = REGISTERS + place.offset;
    this.length = place.length;
  }
  get8(offset: number): number {
    return this.#pci.read(this.#base + offset, 1);
  }
  get16(offset: number): number {
    return this.#pci.read(this.#base + offset, 2);
  }
  get32(offset: number): number {
    return this.#pci.read(this.#base + offset, 4);
  }
  get64(): number {
    throw new RangeError("registers are at most 32 bits wide");
  }
  set8(offset: number, value: number): void {
    this.#pci.write(this.#base + offset, 1, value);
  }
  set16(offset: number, value: number): void {
    this.#pci.write(this.#base + offset, 2, value);
  }
  set32(offset: number, value: number): void {
    this.#pci.write(this.#base + offset, 4, value);
  }
  set64(): void {
    throw new RangeError("registers are at most 32 bits wide");
  }
  copyOut(): void {
    throw new RangeError("registers are read one at a time");
  }
  copyIn(): void {
    throw new RangeError("registers are written one at a time");
  }
}

/**
 * The machine, bus mastering and MSI-X on.
 * @param make makes the device, its BARs at the given addresses
 * @param memoryBytes what driver and device share
 * @param configBytes what the driver reads of the device's own configuration
 * @param poolBytes its buffers, behind that memory
 */
export function deviceMachine<D extends PciFunction>(
  make: (bus: Bus, vectorsAt: number, registersAt: number) => D,
  memoryBytes: number,
  configBytes: number,
  poolBytes = 0,
) {
  const all = new Uint8Array(memoryBytes + poolBytes);
  const memory = new ArrayMemory(all.subarray(0, memoryBytes));
  const interrupts: number[] = [];
  const place = (at: number, bytes: number) => {
    if (at < DMA_BASE || at + bytes > DMA_BASE + all.length) {
      throw new RangeError(`the device reached for ${at}+${bytes}`);
    }
    return at - DMA_BASE;
  };
  const bus: Bus = {
    memory: {
      read: (at, bytes) => all.slice(place(at, bytes), place(at, bytes) + bytes),
      write: (at, bytes) => all.set(bytes, place(at, bytes.length)),
    },
    message: (_address, data) => void interrupts.push(data),
  };
  const device = make(bus, VECTORS, REGISTERS);
  const pci = new PciBus();
  pci.add(2, device);
  const space = ECAM_BASE + (2 << 15);
  pci.write(space + 4, 2, 6);
  let capability = pci.read(space + 0x34, 1);
  while (pci.read(space + capability, 1) !== 0x11) capability = pci.read(space + capability + 1, 1);
  pci.write(space + capability + 2, 2, 0x8000);
  for (const vector of [0, 1]) {
    pci.write(VECTORS + vector * 16, 4, 0xfee00000);
    pci.write(VECTORS + vector * 16 + 8, 4, vector);
    pci.write(VECTORS + vector * 16 + 12, 4, 0);
  }
  const config = Uint8Array.from({ length: 256 }, (_, at) => pci.read(space + at, 1));
  const structures = parseStructures(config, configBytes);
  if (typeof structures === "string") throw new Error(structures);
  const parts: DeviceParts = {
    common: new RegisterView(pci, structures.common),
    notify: new RegisterView(pci, structures.notify),
    notifyMultiplier: structures.notifyMultiplier,
    config: new RegisterView(pci, structures.device),
    memory,
    bytes: memory.bytes,
    busAddress: DMA_BASE,
    pool: {
      memory: new ArrayMemory(all.subarray(memoryBytes)),
      bytes: all.subarray(memoryBytes),
      busAddress: DMA_BASE + memoryBytes,
    },
  };
  return { memory, interrupts, device, pci, config, structures, parts };
}
