// A PCI bus for tests: configuration spaces as byte arrays whose base address registers answer sizing.
// Invariant: only functions that were added answer; everything else reads as all ones.
import type { ConfigSpace } from "./config-space.ts";

/** One function's 4,096 bytes; `bars[i]` is the size of region i (0 absent), a power of two. */
export interface ModelFunction {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Writable bits of each 32-bit register from 0x10 to 0x24. */
  readonly barMasks: number[];
}

/** A function with vendor, device and class. */
export function modelFunction(vendor: number, device: number, kind: number): ModelFunction {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, vendor, true);
  view.setUint16(2, device, true);
  view.setUint32(8, kind << 8, true);
  return { bytes, view, barMasks: [0, 0, 0, 0, 0, 0] };
}

/** Gives a function a memory region; `wide` takes the next register too. */
export function modelBar(
  each: ModelFunction,
  index: number,
  address: number,
  bytes: number,
  wide: boolean,
): void {
  const mask = 2 ** 64 - bytes;
  each.barMasks[index] = (mask % 2 ** 32) & ~15;
  each.view.setUint32(0x10 + index * 4, (address % 2 ** 32) + (wide ? 4 : 0), true);
  if (!wide) return;
  each.barMasks[index + 1] = Math.floor(-bytes / 2 ** 32) | 0;
  each.view.setUint32(0x14 + index * 4, Math.floor(address / 2 ** 32), true);
}

/** A bus with functions by bdf. */
export function modelBus(): { space: ConfigSpace; add(bdf: number, each: ModelFunction): void } {
  const functions: { [bdf: number]: ModelFunction | undefined } = {};
  const write = (bdf: number, offset: number, width: 2 | 4, value: number) => {
    const each = functions[bdf];
    if (each === undefined) return;
    if (offset >= 0x10 && offset < 0x28 && width === 4) {
      const index = (offset - 0x10) >> 2;
      const mask = each.barMasks[index] as number;
      const old = each.view.getUint32(offset, true);
      each.view.setUint32(offset, (value & mask) | (old & ~mask & 15), true);
    } else if (width === 2) each.view.setUint16(offset, value, true);
    else each.view.setUint32(offset, value, true);
  };
  return {
    space: {
      read8: (bdf, offset) => functions[bdf]?.view.getUint8(offset) ?? 0xff,
      read16: (bdf, offset) => functions[bdf]?.view.getUint16(offset, true) ?? 0xffff,
      read32: (bdf, offset) => functions[bdf]?.view.getUint32(offset, true) ?? 0xffff_ffff,
      write16: (bdf, offset, value) => write(bdf, offset, 2, value),
      write32: (bdf, offset, value) => write(bdf, offset, 4, value),
    },
    add: (bdf, each) => {
      functions[bdf] = each;
    },
  };
}
