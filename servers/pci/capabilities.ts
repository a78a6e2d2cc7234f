// The list of capabilities of a function (PCI Local Bus 3.0 §6.7): a linked list in a register file, so it may lie.
// Invariant: each place is visited once and lies behind the header; a list that loops or leaves ends there.
import { type ConfigSpace, registers } from "./config-space.ts";

/** One capability. */
export interface Capability {
  readonly id: number;
  readonly offset: number;
}

/** Ids that this server uses. */
export const capabilityIds = { VENDOR: 0x09, EXPRESS: 0x10, MSI_X: 0x11, ADVANCED: 0x13 } as const;

/** Every capability in the order of the list; `sound` is false when the list was cut short. */
export function capabilities(
  space: ConfigSpace,
  bdf: number,
): { readonly list: Capability[]; readonly sound: boolean } {
  const list: Capability[] = [];
  if ((space.read16(bdf, registers.STATUS) & 0x10) === 0) return { list, sound: true };
  const seen = new Uint8Array(64);
  let offset = space.read8(bdf, registers.CAPABILITIES) & 0xfc;
  while (offset !== 0) {
    if (offset < 0x40 || seen[offset >> 2] === 1) return { list, sound: false };
    seen[offset >> 2] = 1;
    const id = space.read8(bdf, offset);
    if (id === 0xff) return { list, sound: false };
    list.push({ id, offset });
    offset = space.read8(bdf, offset + 1) & 0xfc;
  }
  return { list, sound: true };
}
