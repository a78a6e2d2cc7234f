// Proportional rate reduction (RFC 6937): while losses are mended, as much is sent as was delivered, in proportion to the new window.
//
// Invariant: at the end of a recovery without further losses the window is the threshold; on the way there is never a pause of half a
// round trip, and never a burst.

import type { Connection } from "./connection.ts";

/** Bytes delivered and sent since the recovery began, and what was on its way then. */
export interface RateReduction {
  delivered: number;
  out: number;
  flight: number;
}

/** Before the first recovery. */
export function createRateReduction(): RateReduction {
  return { delivered: 0, out: 0, flight: 0 };
}

/** A recovery begins with `flight` bytes on their way. */
export function beginReduction(reduction: RateReduction, flight: number): void {
  reduction.delivered = 0;
  reduction.out = 0;
  reduction.flight = Math.max(flight, 1);
}

/**
 * An acknowledgement has delivered `delivered` bytes. `progress`: it acknowledged bytes and told of no new loss, so that the window may
 * grow back as in slow start (section 3, PRR-SSRB with the safeguard of RFC 9937).
 */
export function reduceRate(connection: Connection, delivered: number, progress: boolean): void {
  const { reduction, congestion, flight } = connection;
  const { threshold, segment } = congestion;
  const onWire = flight.bytes;
  reduction.delivered += delivered;
  let room: number;
  if (onWire > threshold) {
    room = Math.ceil((reduction.delivered * threshold) / reduction.flight) - reduction.out;
  } else {
    let most = Math.max(reduction.delivered - reduction.out, delivered);
    if (progress) most += segment;
    room = Math.min(threshold - onWire, most);
  }
  // What was lost first goes out at once.
  if (reduction.out === 0) room = Math.max(room, segment);
  congestion.window = onWire + Math.max(room, 0);
}
