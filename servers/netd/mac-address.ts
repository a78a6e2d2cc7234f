// Ethernet addresses as numbers in 0 .. 2^48 - 1: comparable, and free of allocations.
//
// Invariant: the first octet on the wire is the most significant one.

/** ff:ff:ff:ff:ff:ff. */
export const BROADCAST_MAC = 0xffffffffffff;

/** The address at an offset; the caller has checked that six bytes are there. */
export function readMac(view: DataView, at: number): number {
  return view.getUint16(at) * 4294967296 + view.getUint32(at + 2);
}

/** Stores an address at an offset. */
export function writeMac(view: DataView, at: number, mac: number): void {
  view.setUint16(at, Math.floor(mac / 4294967296));
  view.setUint32(at + 2, mac % 4294967296);
}

/** Whether the address names a group, broadcast included: the low bit of its first octet. */
export function isGroupMac(mac: number): boolean {
  return (Math.floor(mac / 1099511627776) & 1) === 1;
}

/** Whether the address can be one station's: neither a group nor zero. */
export function isStationMac(mac: number): boolean {
  return mac !== 0 && !isGroupMac(mac);
}

/** Colon-separated lower-case hexadecimal. */
export function formatMac(mac: number): string {
  const digits = mac.toString(16).padStart(12, "0");
  return digits.replace(/(..)(?=.)/g, "$1:");
}

/** Six bytes to an address, as drivers report it. */
export function macFromBytes(bytes: Uint8Array): number {
  let mac = 0;
  for (let index = 0; index < 6; index++) mac = mac * 256 + bytes[index];
  return mac;
}
