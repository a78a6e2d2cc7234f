// The DMAR table: which remapping units a machine has, and which memory its firmware's devices go on using
// (Intel VT-d specification 4.1, chapter 8). Invariant: a structure that leaves the table ends the walk.

/** A path to a function from a bus on: device and function at each bridge. */
export interface DeviceScope {
  readonly bus: number;
  readonly path: readonly { readonly device: number; readonly function: number }[];
}

/** Memory that some functions reach even before a driver has them (a reserved region): its last byte is `limit`. */
export interface ReservedRegion {
  readonly base: number;
  readonly limit: number;
  readonly scopes: readonly DeviceScope[];
}

/** What the table says of the first segment. Unit registers are physical addresses. */
export interface RemappingTable {
  readonly units: readonly number[];
  readonly regions: readonly ReservedRegion[];
}

const FIRST = 48;
const types = { UNIT: 0, REGION: 1 } as const;
/** Kinds of scope that name PCI functions: an endpoint, and a bridge with all behind it. */
const ENDPOINT = 1;

/** Reads the table, which is sound as a whole. */
export function remappingTable(table: Uint8Array): RemappingTable {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const units: number[] = [];
  const regions: ReservedRegion[] = [];
  const word64 = (at: number) => view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
  for (let at = FIRST; at + 8 <= table.length; ) {
    const type = view.getUint16(at, true);
    const bytes = view.getUint16(at + 2, true);
    if (bytes < 8 || at + bytes > table.length) break;
    const firstSegment = view.getUint16(at + 6, true) === 0;
    if (type === types.UNIT && bytes >= 16 && firstSegment) units.push(word64(at + 8));
    if (type === types.REGION && bytes >= 24 && firstSegment)
      regions.push({
        base: word64(at + 8),
        limit: word64(at + 16),
        scopes: scopes(table.subarray(at + 24, at + bytes)),
      });
    at += bytes;
  }
  return { units, regions };
}

function scopes(bytes: Uint8Array): DeviceScope[] {
  const found: DeviceScope[] = [];
  for (let at = 0; at + 6 <= bytes.length; ) {
    const length = bytes[at + 1] as number;
    if (length < 6 || at + length > bytes.length) break;
    const path = [];
    for (let step = at + 6; step + 2 <= at + length; step += 2)
      path.push({
        device: (bytes[step] as number) & 31,
        function: (bytes[step + 1] as number) & 7,
      });
    if (bytes[at] === ENDPOINT && path.length > 0)
      found.push({ bus: bytes[at + 5] as number, path });
    at += length;
  }
  return found;
}
