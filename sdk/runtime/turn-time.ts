// Time of the current turn, fixed from the arrival of its events to its end.

/** ns since boot, and ns since 1970 (0 without a clock). */
export const turnTime = { now: 0, clock: 0 };
