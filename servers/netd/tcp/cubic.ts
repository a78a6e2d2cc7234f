// CUBIC's growth and reduction (RFC 9438).
//
// Invariant: the window is never below what NewReno's would be (section 4.3), and grows by at most half a window in a round trip.

import type { CongestionControl } from "./congestion.ts";

/** Constants of RFC 9438 section 4: beta, C (segments a cubic second), and alpha of the NewReno-friendly region. */
const BETA = 0.7;
/** RFC 8511 section 3.1. */
const MARKED_BETA = 0.85;
const C = 0.4;
const ALPHA = (3 * (1 - BETA)) / (1 + BETA);

export const cubic: CongestionControl = {
  name: "cubic",
  grow(state, bytes, now, roundTrip) {
    const { segment } = state;
    if (state.since === 0) {
      state.since = now;
      state.renoWindow = state.window;
      if (state.window < state.before) {
        state.span = Math.cbrt((state.before - state.window) / segment / C) * 1000;
      } else {
        state.span = 0;
        state.before = state.window;
      }
    }
    const alpha = state.renoWindow < state.before ? ALPHA : 1;
    state.renoWindow += (alpha * segment * bytes) / state.window;
    const seconds = (now - state.since + roundTrip - state.span) / 1000;
    const wanted = state.before + C * segment * seconds * seconds * seconds;
    const target = Math.min(Math.max(wanted, state.window), 1.5 * state.window);
    state.window += ((target - state.window) * bytes) / state.window;
    if (state.window < state.renoWindow) state.window = state.renoWindow;
  },
  reduce(state, marked) {
    // Fast convergence (section 4.7): a window that has not come back leaves room for others.
    const { window } = state;
    state.before = window < state.before ? (window * (1 + BETA)) / 2 : window;
    state.threshold = Math.max(window * (marked ? MARKED_BETA : BETA), 2 * state.segment);
    state.since = 0;
  },
};
