// One event a turn, while requests are followed: so all that a turn does was caused by that event, whatever its promises do.
// Invariant: events keep their order; none is lost when stepping ends in their midst.
import { layouts, limits } from "../abi/table.ts";
import { tracing } from "../contract/tracing.ts";
import { messageBuffer } from "./message-buffer.ts";

const FIRST = limits.EVENT_OFFSET + layouts.wait.HEADER;

const deferred: Uint8Array[] = [];

/** Whether turns take one event. */
export function stepping(): boolean {
  return tracing.hook !== undefined || deferred.length > 0;
}

/** Whether events wait for turns of their own. */
export function stepsWait(): boolean {
  return deferred.length > 0;
}

/** Keeps the `bytes` of events that have arrived, and puts the next one in their place, or none while `later`; returns its bytes. */
export function nextStep(bytes: number, later: boolean): number {
  const { words, bytes: area } = messageBuffer;
  for (let event = FIRST; event < FIRST + bytes; ) {
    const size = words[event >> 2]!;
    deferred.push(area.slice(event, event + size));
    event += size;
  }
  if (later) return 0;
  const next = deferred.shift();
  if (next === undefined) return 0;
  area.set(next, FIRST);
  return next.length;
}
