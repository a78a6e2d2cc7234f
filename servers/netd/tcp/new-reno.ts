// NewReno's growth and reduction (RFC 5681 sections 3.1 and 3.2).

import type { CongestionControl } from "./congestion.ts";

/** One segment more for each window that was acknowledged; half after a loss. */
export const newReno: CongestionControl = {
  name: "new-reno",
  grow(state, bytes) {
    state.acknowledged += bytes;
    if (state.acknowledged < state.window) return;
    state.acknowledged -= state.window;
    state.window += state.segment;
  },
  reduce(state) {
    state.threshold = Math.max(state.window / 2, 2 * state.segment);
    state.acknowledged = 0;
  },
};
