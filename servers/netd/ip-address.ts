// IPv4 addresses and masks as numbers in 0 .. 2^32 - 1, and what they mean.
//
// Invariant: every address in the stack is such an unsigned number; text exists only at the edges.

/** 0.0.0.0: no address yet. */
export const ANY_ADDRESS = 0;
/** 255.255.255.255: every host on this wire. */
export const LIMITED_BROADCAST = 0xffffffff;
/** 127.0.0.1. */
export const LOCALHOST = 0x7f000001;

/** Reads dotted decimal with exactly four parts of 0 .. 255 and no leading zeros. */
export function parseIpAddress(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let address = 0;
  for (let index = 0; index < 4; index++) {
    const part = parts[index];
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part)) return undefined;
    const value = Number(part);
    if (value > 255) return undefined;
    address = address * 256 + value;
  }
  return address;
}

/** Dotted decimal. */
export function formatIpAddress(address: number): string {
  const low = `${(address >>> 8) & 0xff}.${address & 0xff}`;
  return `${address >>> 24}.${(address >>> 16) & 0xff}.${low}`;
}

/** 127.0.0.0/8 (RFC 1122 section 3.2.1.3 g): never on a wire. */
export function isLoopback(address: number): boolean {
  return address >>> 24 === 127;
}

/** 224.0.0.0/4. */
export function isMulticast(address: number): boolean {
  return address >>> 28 === 14;
}

/**
 * Whether the address can belong to one host on a wire: not in 0/8, 127/8, 224/4 or 240/4
 * (RFC 1122 section 3.2.1.3).
 */
export function isHostAddress(address: number): boolean {
  const top = address >>> 24;
  return top !== 0 && top !== 127 && top < 224;
}

/** The mask of a prefix length in 0 .. 32. */
export function maskOfPrefix(prefix: number): number {
  return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
}

/** The prefix length of a mask, or undefined when its ones are not contiguous. */
export function prefixOfMask(mask: number): number | undefined {
  const prefix = Math.clz32(~mask);
  return maskOfPrefix(prefix) === mask ? prefix : undefined;
}

/** The mask that an address had by its class; used when a server names none (RFC 950). */
export function classMask(address: number): number {
  const top = address >>> 24;
  if (top < 128) return 0xff000000;
  return top < 192 ? 0xffff0000 : 0xffffff00;
}

/** The broadcast address of a subnet; 0 when the subnet (/31, /32) has none. */
export function subnetBroadcast(address: number, mask: number): number {
  return mask >= 0xfffffffe ? 0 : (address | ~mask) >>> 0;
}

/** Whether an address in the subnet can be a host's: neither all zeros nor all ones there. */
export function isHostInSubnet(address: number, mask: number): boolean {
  if (!isHostAddress(address)) return false;
  if (mask >= 0xfffffffe) return true;
  const host = (address & ~mask) >>> 0;
  return host !== 0 && host !== ~mask >>> 0;
}
