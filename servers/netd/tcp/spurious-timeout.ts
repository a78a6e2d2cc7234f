// Timeouts that were wrong: the path was slow, nothing was lost. F-RTO (RFC 5682) tells by what arrives after the first segment was sent
// again, and the timestamps' echo tells at once (RFC 3522); then what the timeout did is undone (RFC 4015).
//
// Invariant: an undo gives back the window and threshold from before the timeout, and sends nothing again.

import type { Connection } from "./connection.ts";
import { distance } from "./sequence.ts";

/** The state; `phase` 0: nothing to tell, 1: the first segment is out again, 2: new segments were sent after its acknowledgement. */
export interface TimeoutDoubt {
  phase: number;
  /** When the first segment was sent again. */
  againAt: number;
  window: number;
  threshold: number;
  before: number;
  span: number;
  since: number;
}

/** No timeout yet. */
export function createTimeoutDoubt(): TimeoutDoubt {
  return { phase: 0, againAt: 0, window: 0, threshold: 0, before: 0, span: 0, since: 0 };
}

/** The retransmission timer has fired for the first time; the window is still what it was. */
export function beginDoubt(connection: Connection, now: number): void {
  const { doubt, congestion } = connection;
  doubt.phase = 1;
  doubt.againAt = now;
  doubt.window = congestion.window;
  doubt.threshold = congestion.threshold;
  doubt.before = congestion.before;
  doubt.span = congestion.span;
  doubt.since = congestion.since;
}

/**
 * An acknowledgement came: `newly` bytes, up to the end of what was out at the timeout or not (`whole`). `echoedAt`: when the segment was
 * sent that it answers, -1 when unknown.
 */
export function resolveDoubt(
  connection: Connection,
  newly: number,
  whole: boolean,
  echoedAt: number,
): void {
  const { doubt } = connection;
  if (newly <= 0) {
    // It was right; the new segments count as well, so that there is room for one more (RFC 5682 section 2.1, 3a).
    if (doubt.phase === 2) connection.congestion.window = 3 * connection.congestion.segment;
    doubt.phase = 0;
    return;
  }
  // It answers the first copy: the second one was not needed.
  const early = echoedAt >= 0 && echoedAt + 1 < doubt.againAt;
  if (early || doubt.phase === 2) {
    undo(connection);
    return;
  }
  doubt.phase = whole ? 0 : 2;
}

function undo(connection: Connection): void {
  const { doubt, congestion, flight, roundTrip } = connection;
  doubt.phase = 0;
  congestion.window = Math.max(congestion.window, doubt.window);
  congestion.threshold = doubt.threshold;
  congestion.before = doubt.before;
  congestion.span = doubt.span;
  congestion.since = doubt.since;
  connection.recovering = false;
  connection.afterTimeout = false;
  roundTrip.backOff = 0;
  const { segments } = flight;
  for (let index = 0; index < segments.length; index++) {
    const each = segments[index];
    if (!each.lost) continue;
    each.lost = false;
    flight.lostCount -= 1;
    flight.bytes += distance(each.start, each.end);
  }
}
