// Base address registers: where a function's memory is and how large (PCI Local Bus 3.0 §6.2.5.1).
// Invariant: sizing leaves every register and the command as found; a region is reported only when it has an address, a
// power-of-two size of at least 16 bytes, and lies within 52 bits.
import { type ConfigSpace, commands, registers } from "./config-space.ts";

/** A memory region of a function. */
export interface Bar {
  readonly index: number;
  readonly address: number;
  readonly bytes: number;
  readonly prefetchable: boolean;
  /** 64-bit registers take two places. */
  readonly wide: boolean;
}

const ADDRESS_LIMIT = 2 ** 52;

/** The memory regions of a device; I/O regions are left out (this system hands out none). */
export function memoryBars(space: ConfigSpace, bdf: number): Bar[] {
  const command = space.read16(bdf, registers.COMMAND);
  space.write16(bdf, registers.COMMAND, command & ~(commands.IO | commands.MEMORY));
  const bars: Bar[] = [];
  for (let index = 0; index < 6; index += 1) {
    const bar = readBar(space, bdf, index);
    if (bar === undefined) continue;
    if (bar.bytes > 0) bars.push(bar);
    if (bar.wide) index += 1;
  }
  space.write16(bdf, registers.COMMAND, command);
  return bars;
}

/** Undefined for I/O and absent regions; `bytes` 0 for one that cannot be used. */
function readBar(space: ConfigSpace, bdf: number, index: number): Bar | undefined {
  const offset = registers.BAR0 + index * 4;
  const low = space.read32(bdf, offset);
  if ((low & 1) !== 0) return undefined;
  const wide = (low & 6) === 4 && index < 5;
  const high = wide ? space.read32(bdf, offset + 4) : 0;
  space.write32(bdf, offset, 0xffff_ffff);
  const lowMask = space.read32(bdf, offset);
  space.write32(bdf, offset, low);
  let highMask = 0xffff_ffff;
  if (wide) {
    space.write32(bdf, offset + 4, 0xffff_ffff);
    highMask = space.read32(bdf, offset + 4);
    space.write32(bdf, offset + 4, high);
  }
  if ((lowMask & ~15) === 0 && (!wide || highMask === 0)) return wide ? none(index) : undefined;
  const address = high * 0x1_0000_0000 + ((low & ~15) >>> 0);
  const lowBytes = (lowMask & ~15) >>> 0;
  // The size is the lowest bit that could be set.
  const bytes =
    lowBytes !== 0 ? (lowBytes & -lowBytes) >>> 0 : ((highMask & -highMask) >>> 0) * 0x1_0000_0000;
  const sound =
    address !== 0 && address % bytes === 0 && address + bytes <= ADDRESS_LIMIT && bytes >= 16;
  return { index, address, bytes: sound ? bytes : 0, prefetchable: (low & 8) !== 0, wide };
}

const none = (index: number): Bar => ({
  index,
  address: 0,
  bytes: 0,
  prefetchable: false,
  wide: true,
});
