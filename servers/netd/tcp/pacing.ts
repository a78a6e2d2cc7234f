// Pacing: what the congestion window allows leaves spread over a round trip, not at once (RFC 9002 section 7.7 says why and how).
//
// Invariant: bursts are of the first ten segments, or of what SLACK milliseconds carry; a connection with a short path is not paced, for
// a timer would cost more than the burst.

import type { Connection } from "./connection.ts";
import { pacingRate } from "./congestion.ts";
import { NEVER } from "../turn.ts";

/** Segments leave in bursts of so much of the rate, in milliseconds. */
export const SLACK = 1;
/** Shorter round trips are not paced (milliseconds). */
const SHORT_PATH = 4;
/** Windows of so many segments leave at once (RFC 6928). */
const SMALL_WINDOW = 10;

/** Whether the next segment has to wait; then `paceTimer` says until when. */
export function mustWait(connection: Connection, now: number): boolean {
  const ahead = connection.paceAt - now;
  // A clock that went back is no reason to wait.
  if (ahead <= SLACK || ahead > connection.roundTrip.smoothed + SLACK) {
    connection.paceTimer = NEVER;
    return false;
  }
  connection.paceTimer = connection.paceAt;
  return true;
}

/** Bytes that may leave at once. */
export function paceBurst(connection: Connection): number {
  const { congestion, roundTrip } = connection;
  if (roundTrip.smoothed < SHORT_PATH) return Number.POSITIVE_INFINITY;
  return SLACK * pacingRate(congestion, roundTrip.smoothed);
}

/** A segment of `length` bytes leaves now. */
export function notePaced(connection: Connection, length: number, now: number): void {
  const { congestion, roundTrip } = connection;
  const { smoothed } = roundTrip;
  if (smoothed < SHORT_PATH || congestion.window <= SMALL_WINDOW * congestion.segment) {
    connection.paceAt = now;
    return;
  }
  const from = Math.max(connection.paceAt, now);
  connection.paceAt = from + length / pacingRate(congestion, smoothed);
}
