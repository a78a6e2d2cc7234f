// The MSI-X capability: how many messages a function can send and where its table lies (PCI Local Bus 3.0 §6.8.2).
// Invariant: a table that does not fit into its region, or whose region is unknown, is no table.
import type { Bar } from "./bars.ts";
import { capabilityIds, type Capability } from "./capabilities.ts";
import type { ConfigSpace } from "./config-space.ts";

/** Where the table is. */
export interface MsixTable {
  /** Offset of the capability. */
  readonly capability: number;
  readonly entries: number;
  readonly bar: Bar;
  /** Offset of the table in the region. */
  readonly offset: number;
}

export const ENTRY_BYTES = 16;
/** Bits of the capability's control word. */
export const msixControl = { ENABLE: 0x8000, MASK_ALL: 0x4000 } as const;

/** The function's MSI-X table, or undefined when it has none that can be used. */
export function msixTable(
  space: ConfigSpace,
  bdf: number,
  list: readonly Capability[],
  bars: readonly Bar[],
): MsixTable | undefined {
  const found = list.find((each) => each.id === capabilityIds.MSI_X);
  if (found === undefined || found.offset > 0xf4) return undefined;
  const entries = (space.read16(bdf, found.offset + 2) & 0x7ff) + 1;
  const place = space.read32(bdf, found.offset + 4);
  const bar = bars.find((each) => each.index === (place & 7));
  const offset = (place & ~7) >>> 0;
  if (bar === undefined || offset + entries * ENTRY_BYTES > bar.bytes) return undefined;
  return { capability: found.offset, entries, bar, offset };
}
