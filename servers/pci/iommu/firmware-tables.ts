// ACPI's tables, found from the root pointer (ACPI 6.5, chapter 5.2): only the one that is asked for is read whole.
// Invariant: a table's length is believed only within bounds, and its bytes only when they sum up to zero.

/** Reads physical memory that holds the firmware's tables; undefined where it may not. */
export type ReadPhysical = (address: number, bytes: number) => Uint8Array | undefined;

/** The most that a table of this kind has; the root table has 8 bytes for each of the others. */
const MOST = 65_536;
const HEADER = 36;

const sum = (bytes: Uint8Array) => bytes.reduce((total, byte) => (total + byte) & 255, 0);
const viewOf = (bytes: Uint8Array) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const word64 = (view: DataView, at: number) =>
  view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
const text = (bytes: Uint8Array, at: number, length: number) =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/** The bytes of the first table with the signature; undefined when there is none, or none that is sound. */
export function firmwareTable(
  read: ReadPhysical,
  rootPointer: number,
  signature: string,
): Uint8Array | undefined {
  const pointer = rootPointer === 0 ? undefined : read(rootPointer, HEADER);
  if (pointer === undefined || text(pointer, 0, 8) !== "RSD PTR ") return undefined;
  const view = viewOf(pointer);
  // Revision 2 and later have a root table with 64-bit addresses, and a sum over all of the pointer.
  const wide = (pointer[15] as number) >= 2 && sum(pointer) === 0 && word64(view, 24) !== 0;
  const root = table(read, wide ? word64(view, 24) : view.getUint32(16, true));
  if (root === undefined) return undefined;
  const places = viewOf(root);
  const step = wide ? 8 : 4;
  for (let at = HEADER; at + step <= root.length; at += step) {
    const address = wide ? word64(places, at) : places.getUint32(at, true);
    const head = read(address, HEADER);
    if (head === undefined || text(head, 0, 4) !== signature) continue;
    const found = table(read, address);
    if (found !== undefined) return found;
  }
  return undefined;
}

function table(read: ReadPhysical, address: number): Uint8Array | undefined {
  const head = read(address, HEADER);
  if (head === undefined) return undefined;
  const bytes = viewOf(head).getUint32(4, true);
  if (bytes < HEADER || bytes > MOST) return undefined;
  const whole = read(address, bytes);
  return whole !== undefined && sum(whole) === 0 ? whole : undefined;
}
