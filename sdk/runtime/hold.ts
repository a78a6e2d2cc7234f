// While code takes over what another process held, on trial, nothing that it does may have an effect: if it fails, the other goes on
// with the same handles. Invariant: with `on`, no handle is closed, bound or unbound, and no message leaves.
export const hold = {
  on: false,
  /** handles to be closed when the hold is over */
  closes: [] as number[],
};
