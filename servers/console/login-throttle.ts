// How long a login waits after wrong passwords, one state for all lines of the console.
// Invariant: the pause depends only on the number of wrong attempts since the last right one, never on the account's existence.

const SECOND = 1e9;
/** Longest pause after a wrong password. */
const LIMIT = 16 * SECOND;

/** The state: wrong attempts in a row. */
export interface LoginThrottle {
  wrong: number;
}

/** Counts a wrong attempt; returns the pause before the answer, in nanoseconds: 1 s, 2 s, 4 s, ... 16 s. */
export function loginWrong(throttle: LoginThrottle): number {
  throttle.wrong += 1;
  return Math.min(SECOND * 2 ** (throttle.wrong - 1), LIMIT);
}

/** Counts a right one. */
export function loginRight(throttle: LoginThrottle): void {
  throttle.wrong = 0;
}
