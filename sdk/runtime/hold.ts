// While code takes over what another process held, on trial, nothing that it does may have an effect: if it fails, the other goes on
// with the same handles. Invariant: with `on`, no handle is closed, bound or unbound, and no message leaves.

/** `hold.on`, for those who look at it for each message: a variable takes a fifth of a property's instructions. */
export let holding = false;

export const hold = {
  get on(): boolean {
    return holding;
  },
  set on(on: boolean) {
    holding = on;
  },
  /** handles to be closed when the hold is over */
  closes: [] as number[],
};
