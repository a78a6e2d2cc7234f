// Time of the turn: fixed from the arrival of its events to its end. All spans are nanoseconds.
import { layouts, limits } from "../abi/table.ts";
import { messageBuffer } from "./message-buffer.ts";
import { turnTime } from "./turn-time.ts";

export const MICROSECOND = 1_000;
export const MILLISECOND = 1_000_000;
export const SECOND = 1_000_000_000;

/** ns since boot at the begin of this turn. */
export function now(): number {
  return turnTime.now;
}

/** ns since 1970 (UTC) at the begin of this turn, 0 when the machine has no clock. */
export function clock(): number {
  return messageBuffer.get64(limits.EVENT_OFFSET + layouts.wait.clock);
}
