// What a turn brings to the pure core besides its event: the time and fresh random numbers.
//
// Invariant: `now` is the same for a whole turn, so that an event with its turn replays exactly.

/** Time and entropy of one turn. */
export interface Turn {
  /** Monotonic time in milliseconds; fractions are allowed. */
  readonly now: number;
  /** A fresh, unpredictable integer in 0 .. 2^32 - 1. */
  random32(): number;
}

/** A deadline that never comes. */
export const NEVER = Number.POSITIVE_INFINITY;

/** A random integer in `low .. high`, both included; the span is below 2^32. */
export function randomBetween(turn: Turn, low: number, high: number): number {
  return low + Math.floor((turn.random32() / 4294967296) * (high - low + 1));
}
