// Congestion control: one interface, and what its kinds share (RFC 5681).
//
// Invariant: the window is at least one segment, and grows only for bytes that were acknowledged while it was in full use.

import { cubic } from "./cubic.ts";
import { newReno } from "./new-reno.ts";

/** The state of a connection's control; all in bytes and milliseconds. */
export interface CongestionState {
  window: number;
  threshold: number;
  segment: number;
  /** Bytes acknowledged since the window last grew by a segment. */
  acknowledged: number;
  /** CUBIC: the window before the last reduction, the time it takes to get back there, and when growth began (0: not yet). */
  before: number;
  span: number;
  since: number;
  /** CUBIC: what NewReno's window would be. */
  renoWindow: number;
}

/** A kind of control. */
export interface CongestionControl {
  readonly name: string;
  /** `bytes` were acknowledged in congestion avoidance. */
  grow(state: CongestionState, bytes: number, now: number, roundTrip: number): void;
  /** A loss, or (`marked`) a mark, was seen: sets threshold and what grow needs. */
  reduce(state: CongestionState, marked: boolean): void;
}

const INITIAL_SEGMENTS = 10;

/** The kinds by name. */
export const congestionControls: { readonly [name: string]: CongestionControl } = {
  "new-reno": newReno,
  cubic,
};

/** Before the first segment, with the initial window of RFC 6928. */
export function createCongestion(segment: number): CongestionState {
  return {
    window: initialWindow(segment),
    threshold: Number.POSITIVE_INFINITY,
    segment,
    acknowledged: 0,
    before: 0,
    span: 0,
    since: 0,
    renoWindow: 0,
  };
}

function initialWindow(segment: number): number {
  return Math.min(INITIAL_SEGMENTS * segment, Math.max(2 * segment, 14_600));
}

/** Bytes a millisecond at which segments leave: above the window's own rate, so that the window is what limits. */
export function pacingRate(state: CongestionState, roundTrip: number): number {
  const gain = state.window < state.threshold ? 2 : 1.2;
  return (gain * state.window) / roundTrip;
}

/** Bytes were acknowledged, outside of recovery or after a timeout. */
export function onAcknowledged(
  control: CongestionControl,
  state: CongestionState,
  bytes: number,
  now: number,
  roundTrip: number,
): void {
  if (state.window < state.threshold) {
    // Slow start with a limit for acknowledgements that cover much at once (RFC 3465).
    state.window += Math.min(bytes, 2 * state.segment);
    return;
  }
  control.grow(state, bytes, now, roundTrip);
}

/** A loss, seen by acknowledgements: the window goes to the threshold. */
export function onLoss(control: CongestionControl, state: CongestionState): void {
  control.reduce(state, false);
  state.window = state.threshold;
}

/** A mark: the queue is short, so that less is given up than for a loss (RFC 8511). */
export function onMark(control: CongestionControl, state: CongestionState): void {
  control.reduce(state, true);
  state.window = state.threshold;
}

/** The retransmission timer fired (RFC 5681 equation 4). `again`: for the same segment as before. */
export function onTimeout(
  control: CongestionControl,
  state: CongestionState,
  again: boolean,
): void {
  if (!again) control.reduce(state, false);
  state.window = state.segment;
  state.acknowledged = 0;
}

/** Nothing was sent for longer than a timeout: the path may have changed (RFC 5681 section 4.1). */
export function onIdle(state: CongestionState): void {
  state.window = Math.min(state.window, initialWindow(state.segment));
  state.since = 0;
}
