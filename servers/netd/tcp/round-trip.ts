// The round-trip time and the retransmission timeout (RFC 6298).
//
// Invariant: RTO_LEAST <= timeout <= RTO_MOST; only segments that were sent once, or whose echo tells, are measured (Karn).

import { RTO_FIRST, RTO_LEAST, RTO_MOST } from "./settings.ts";

/** The estimate of a connection; times in milliseconds, 0 before the first sample. */
export interface RoundTrip {
  smoothed: number;
  variation: number;
  /** The timeout without back-off. */
  timeout: number;
  /** How often the timer has fired since the last sample. */
  backOff: number;
  /** The shortest sample so far. */
  least: number;
}

/** Before the first sample. */
export function createRoundTrip(): RoundTrip {
  return { smoothed: 0, variation: 0, timeout: RTO_FIRST, backOff: 0, least: 0 };
}

/** Takes a sample in; a clock that went back gives none. */
export function sampleRoundTrip(trip: RoundTrip, sample: number): void {
  if (!(sample >= 0)) return;
  if (trip.smoothed === 0) {
    trip.smoothed = Math.max(sample, 0.001);
    trip.variation = sample / 2;
    trip.least = trip.smoothed;
  } else {
    trip.variation += (Math.abs(trip.smoothed - sample) - trip.variation) / 4;
    trip.smoothed += (sample - trip.smoothed) / 8;
    if (sample < trip.least) trip.least = Math.max(sample, 0.001);
  }
  const timeout = trip.smoothed + Math.max(1, 4 * trip.variation);
  trip.timeout = Math.min(RTO_MOST, Math.max(RTO_LEAST, timeout));
  trip.backOff = 0;
}

/** The timeout with its back-off, in milliseconds. */
export function currentTimeout(trip: RoundTrip): number {
  return Math.min(RTO_MOST, trip.timeout * 2 ** Math.min(trip.backOff, 16));
}
