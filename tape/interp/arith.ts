/**
 * Arithmetic that one JavaScript expression cannot do: 64-bit products and quotients over register words,
 * rounding, bulk memory.
 *
 * `R` holds 32-bit words (register x at x and x + 1, low word first), `B` the same bytes as signed 64-bit.
 */
import { asUint64 } from "../source/bits.ts";

/** Stores an integral f64 in [-2^63, 2^64) as 64 bits. */
export function put64(R: Int32Array, d: number, v: number): void {
  const hi = Math.floor(v / 4294967296);
  R[d] = (v - hi * 4294967296) | 0;
  R[d + 1] = hi | 0;
}

function high32(a: number, b: number): number {
  const al = a & 0xffff,
    ah = a >>> 16,
    bl = b & 0xffff,
    bh = b >>> 16;
  const mid = ah * bl + ((al * bl) >>> 16);
  const low = al * bh + (mid & 0xffff);
  return (ah * bh + Math.floor(mid / 65536) + Math.floor(low / 65536)) | 0;
}

/** d = a * b modulo 2^64. */
export function wmulI64(R: Int32Array, d: number, a: number, b: number): void {
  const al = R[a],
    bl = R[b];
  const hi = high32(al, bl) + Math.imul(al, R[b + 1]) + Math.imul(R[a + 1], bl);
  R[d] = Math.imul(al, bl);
  R[d + 1] = hi;
}

/** d = a * b, false on signed overflow. */
export function mulI64(R: Int32Array, B: BigInt64Array, d: number, a: number, b: number): boolean {
  const x = R[a + 1] * 4294967296 + (R[a] >>> 0);
  const y = R[b + 1] * 4294967296 + (R[b] >>> 0);
  const p = x * y;
  if (p >= -9007199254740991 && p <= 9007199254740991) {
    put64(R, d, p);
    return true;
  }
  const v = B[a >> 1] * B[b >> 1];
  if (v !== BigInt.asIntN(64, v)) return false;
  B[d >> 1] = v;
  return true;
}

/** d = a * b, false on unsigned overflow. */
export function mulU64(_R: Int32Array, B: BigInt64Array, d: number, a: number, b: number): boolean {
  const v = asUint64(B[a >> 1]) * asUint64(B[b >> 1]);
  if (v >= 18446744073709551616n) return false;
  B[d >> 1] = v;
  return true;
}

const SMALL = 2097152;

/** d = a / b for b != 0, false on MIN / -1. */
export function divI64(R: Int32Array, B: BigInt64Array, d: number, a: number, b: number): boolean {
  const ah = R[a + 1],
    bh = R[b + 1];
  // Quotients of integers below 2^52 are exact after truncation only while x < 2^51; see the test.
  if (ah >= -262144 && ah < 262144 && bh >= -SMALL && bh < SMALL) {
    put64(R, d, Math.trunc((ah * 4294967296 + (R[a] >>> 0)) / (bh * 4294967296 + (R[b] >>> 0))));
    return true;
  }
  const v = B[a >> 1] / B[b >> 1];
  if (v === 9223372036854775808n) return false;
  B[d >> 1] = v;
  return true;
}

/** d = a % b for b != 0; the sign of a. */
export function remI64(R: Int32Array, B: BigInt64Array, d: number, a: number, b: number): void {
  const ah = R[a + 1],
    bh = R[b + 1];
  if (ah >= -SMALL && ah < SMALL && bh >= -SMALL && bh < SMALL) {
    put64(R, d, (ah * 4294967296 + (R[a] >>> 0)) % (bh * 4294967296 + (R[b] >>> 0)));
  } else B[d >> 1] = B[a >> 1] % B[b >> 1];
}

export function divU64(_R: Int32Array, B: BigInt64Array, d: number, a: number, b: number): void {
  B[d >> 1] = asUint64(B[a >> 1]) / asUint64(B[b >> 1]);
}

export function remU64(_R: Int32Array, B: BigInt64Array, d: number, a: number, b: number): void {
  B[d >> 1] = asUint64(B[a >> 1]) % asUint64(B[b >> 1]);
}

/** Unsigned a < b. */
export function below64(R: Int32Array, a: number, b: number): boolean {
  const ah = R[a + 1] >>> 0,
    bh = R[b + 1] >>> 0;
  return ah < bh || (ah === bh && R[a] >>> 0 < R[b] >>> 0);
}

export function clamp64(v: bigint, signed: boolean): bigint {
  if (signed)
    return v > 9223372036854775807n
      ? 9223372036854775807n
      : v < -9223372036854775808n
        ? -9223372036854775808n
        : v;
  return v < 0n ? 0n : v > 18446744073709551615n ? -1n : BigInt.asIntN(64, v);
}

export function ctz32(v: number): number {
  return v === 0 ? 32 : 31 - Math.clz32(v & -v);
}

export function popcnt32(v: number): number {
  let x = v - ((v >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Round half to even. */
export function nearest(v: number): number {
  if (!(Math.abs(v) < 4503599627370496)) return v;
  const r = Math.abs(v) + 4503599627370496 - 4503599627370496;
  return v < 0 || Object.is(v, -0) ? -r : r;
}

/** f32 of an integer, rounded once. */
export function froundBig(v: bigint): number {
  let m = v < 0n ? -v : v;
  let scale = 1;
  // Sticky low bits: dropping below 2^25 keeps the rounding decision in one bit.
  while (m >= 1n << 50n) {
    m = (m >> 1n) | (m & 1n);
    scale *= 2;
  }
  const r = Math.fround(Number(m)) * scale;
  return v < 0n ? -r : r;
}

export function satI64(R: Int32Array, d: number, v: number): void {
  if (v >= 2 ** 63) {
    R[d] = -1;
    R[d + 1] = 2147483647;
  } else if (v <= -(2 ** 63)) {
    R[d] = 0;
    R[d + 1] = -2147483648;
  } else put64(R, d, Number.isNaN(v) ? 0 : Math.trunc(v));
}

export function satU64(R: Int32Array, d: number, v: number): void {
  if (v >= 2 ** 64) {
    R[d] = -1;
    R[d + 1] = -1;
  } else put64(R, d, v > 0 ? Math.trunc(v) : 0);
}

/** Copies n bytes (low and high word of the length); false when out of memory's bounds. */
export function copyBytes(M: DataView, to: number, from: number, n: number, high: number): boolean {
  const size = M.byteLength;
  if (high !== 0 || n < 0 || to < 0 || from < 0 || to + n > size || from + n > size) return false;
  new Uint8Array(M.buffer).copyWithin(to, from, from + n);
  return true;
}

export function fillBytes(
  M: DataView,
  to: number,
  value: number,
  n: number,
  high: number,
): boolean {
  if (high !== 0 || n < 0 || to < 0 || to + n > M.byteLength) return false;
  new Uint8Array(M.buffer).fill(value, to, to + n);
  return true;
}
