// Time of the current turn, fixed from the arrival of its events to its end.

/** ns since boot. */
export const turnTime = { now: 0 };
