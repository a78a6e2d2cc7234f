// Sequence numbers: 32 bits that wrap (RFC 9293 section 3.4).
//
// Invariant: two numbers that are compared lie within 2^31 of each other.

/** `a + n`, for n of either sign. */
export function plus(a: number, n: number): number {
  return (a + n) >>> 0;
}

/** How many steps `to` lies behind `from`; negative when it lies before. */
export function distance(from: number, to: number): number {
  return (to - from) | 0;
}

/** Whether `a` comes before `b`. */
export function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

/** The later one of two. */
export function later(a: number, b: number): number {
  return ((a - b) | 0) < 0 ? b : a;
}
