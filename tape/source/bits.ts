/**
 * Unsigned wrapping of big integers. `BigInt.asUintN` would do, but one of the engines that must run this code
 * (QuickJS-NG 0.12) leaves negative numbers negative there.
 */
const MASK_64 = (1n << 64n) - 1n;

/** The low `bits` bits as a number from 0. */
export function asUint(bits: number, v: bigint): bigint {
  return v & ((1n << BigInt(bits)) - 1n);
}

/** The low 64 bits as a number from 0. */
export function asUint64(v: bigint): bigint {
  return v & MASK_64;
}
