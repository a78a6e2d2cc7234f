// One event a turn, while requests are followed: so all that a turn does was caused by that event, whatever its promises do.
// Invariant: events keep their order; none is lost when stepping ends in their midst.
import { layouts, limits } from "../abi/table.ts";
import { messageBuffer } from "./message-buffer.ts";

const FIRST = limits.EVENT_OFFSET + layouts.wait.HEADER;

const deferred: Uint8Array[] = [];

/** How many events wait for turns of their own; turns take one event while that is not 0, and while requests are followed. */
export const steps = { waiting: 0 };

/** Keeps the `bytes` of events that have arrived, and puts the next one in their place, or none while `later`; returns its bytes. */
export function nextStep(bytes: number, later: boolean): number {
  const { words, bytes: area } = messageBuffer;
  for (let event = FIRST; event < FIRST + bytes; ) {
    const size = words[event >> 2]!;
    deferred.push(area.slice(event, event + size));
    event += size;
  }
  const next = later ? undefined : deferred.shift();
  steps.waiting = deferred.length;
  if (next === undefined) return 0;
  area.set(next, FIRST);
  return next.length;
}
