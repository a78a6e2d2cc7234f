// What the stack counts: traffic, and refusals by code.
//
// Invariant: counters only grow. They are doubles, exact up to 2^53.

import { type Refusal, type RefusalCode, refusalCodes } from "./refusal.ts";

/** Traffic and refusals since the stack was made. */
export interface Counters {
  framesReceived: number;
  bytesReceived: number;
  framesSent: number;
  bytesSent: number;
  /** Indexed by Refusal. */
  readonly refused: Float64Array;
}

/** Counters that stand at zero. */
export function createCounters(): Counters {
  return {
    framesReceived: 0,
    bytesReceived: 0,
    framesSent: 0,
    bytesSent: 0,
    refused: new Float64Array(refusalCodes.length),
  };
}

/** Counts one refusal. */
export function countRefusal(counters: Counters, why: Refusal): void {
  counters.refused[why] += 1;
}

/** The refusals whose count is above 0, in table order. */
export function listRefusals(counters: Counters): { code: RefusalCode; count: number }[] {
  const list: { code: RefusalCode; count: number }[] = [];
  for (let row = 0; row < refusalCodes.length; row++) {
    const count = counters.refused[row];
    if (count > 0) list.push({ code: refusalCodes[row], count });
  }
  return list;
}
