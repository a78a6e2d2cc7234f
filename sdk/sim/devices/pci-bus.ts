// The PCI Express bus of the simulated machine: the ECAM window of bus 0 and the BARs that its functions decode.
// Reads where nothing answers give all ones, writes vanish, as on hardware (PCI Express Base 4.0 §7.2.2).
import type { PciFunction } from "./pci-function.ts";

export const ECAM_BASE = 0xb000_0000;
/** Bus 0 alone: 32 devices of 8 functions with 4 KiB each. */
export const ECAM_BYTES = 0x10_0000;

export class PciBus {
  readonly #functions = new Map<number, PciFunction>();

  /** Plugs a function in; `device` 0 to 31, function 0. */
  add(device: number, f: PciFunction): void {
    this.#functions.set(device << 3, f);
  }

  /** Reads 1, 2 or 4 bytes of device memory at a physical address. */
  read(physical: number, width: number): number {
    const none = width === 4 ? 0xffffffff : 2 ** (8 * width) - 1;
    const inEcam = physical - ECAM_BASE;
    if (inEcam >= 0 && inEcam < ECAM_BYTES) {
      const f = this.#functions.get(Math.floor(inEcam / 4096));
      return f === undefined ? none : f.readConfig(inEcam % 4096, width);
    }
    for (const f of this.#functions.values()) {
      const hit = f.decode(physical);
      if (hit !== undefined) return hit.registers.read(hit.offset, width);
    }
    return none;
  }

  /** Writes 1, 2 or 4 bytes of device memory at a physical address. */
  write(physical: number, width: number, value: number): void {
    const inEcam = physical - ECAM_BASE;
    if (inEcam >= 0 && inEcam < ECAM_BYTES) {
      this.#functions.get(Math.floor(inEcam / 4096))?.writeConfig(inEcam % 4096, width, value);
      return;
    }
    for (const f of this.#functions.values()) {
      const hit = f.decode(physical);
      if (hit !== undefined) {
        hit.registers.write(hit.offset, width, value);
        return;
      }
    }
  }
}
