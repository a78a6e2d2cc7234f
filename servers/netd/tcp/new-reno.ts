// NewReno's growth and reduction (RFC 5681 sections 3.1 and 3.2).

import type { CongestionControl } from "./congestion.ts";

/** One segment more for each window that was acknowledged; half after a loss, a fifth less after a mark (RFC 8511). */
export const newReno: CongestionControl = {
  name: "new-reno",
  grow(state, bytes) {
    state.acknowledged += bytes;
    if (state.acknowledged < state.window) return;
    state.acknowledged -= state.window;
    state.window += state.segment;
  },
  reduce(state, marked) {
    state.threshold = Math.max(state.window * (marked ? 0.8 : 0.5), 2 * state.segment);
    state.acknowledged = 0;
  },
};
