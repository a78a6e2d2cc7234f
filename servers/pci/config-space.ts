// Access to the configuration space of PCI functions, and its registers (PCI Local Bus 3.0 §6, PCI Express Base 4.0 §7).
// Invariant: offsets are within a function's 4,096 bytes and aligned to their width; absent functions read as all ones.

/** Registers by bus/device/function: `bdf` is bus << 8 | device << 3 | function. */
export interface ConfigSpace {
  read8(bdf: number, offset: number): number;
  read16(bdf: number, offset: number): number;
  read32(bdf: number, offset: number): number;
  write16(bdf: number, offset: number, value: number): void;
  write32(bdf: number, offset: number, value: number): void;
}

/** Offsets of the header. */
export const registers = {
  VENDOR: 0x00,
  DEVICE: 0x02,
  COMMAND: 0x04,
  STATUS: 0x06,
  REVISION: 0x08,
  CLASS: 0x09,
  HEADER_TYPE: 0x0e,
  BAR0: 0x10,
  SECONDARY_BUS: 0x19,
  SUBORDINATE_BUS: 0x1a,
  SUBSYSTEM: 0x2e,
  CAPABILITIES: 0x34,
} as const;

/** Bits of COMMAND. */
export const commands = { IO: 1, MEMORY: 2, BUS_MASTER: 4, NO_INTX: 0x400 } as const;

/** Writes a function's address as people do: `00:02.0`. */
export function formatBdf(bdf: number): string {
  const two = (value: number) => (value + 256).toString(16).slice(1);
  return `${two(bdf >> 8)}:${two((bdf >> 3) & 31)}.${bdf & 7}`;
}

/** Memory with registers, at offsets in bytes: what the runtime's SharedView offers. */
export interface RegisterMemory {
  get8(offset: number): number;
  get16(offset: number): number;
  get32(offset: number): number;
  set16(offset: number, value: number): void;
  set32(offset: number, value: number): void;
}

/** Configuration space through the enhanced mechanism: `memory` covers buses `first` to `last`, 1 MiB each. */
export function ecam(memory: RegisterMemory, first: number, last: number): ConfigSpace {
  const absent = (bdf: number) => bdf >> 8 < first || bdf >> 8 > last;
  const at = (bdf: number, offset: number) => (bdf - (first << 8)) * 4096 + offset;
  return {
    read8: (bdf, offset) => (absent(bdf) ? 0xff : memory.get8(at(bdf, offset))),
    read16: (bdf, offset) => (absent(bdf) ? 0xffff : memory.get16(at(bdf, offset))),
    read32: (bdf, offset) => (absent(bdf) ? 0xffff_ffff : memory.get32(at(bdf, offset))),
    write16: (bdf, offset, value) => {
      if (!absent(bdf)) memory.set16(at(bdf, offset), value);
    },
    write32: (bdf, offset, value) => {
      if (!absent(bdf)) memory.set32(at(bdf, offset), value);
    },
  };
}
