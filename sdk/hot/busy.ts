// Why a server is not at a message boundary: what its code has begun and not ended. Closures never move, so this must be nothing.
import { served } from "../contract/server.ts";
import { isEnding } from "../runtime/loop.ts";
import { callsOpen, openCalls, outboxWaits } from "../runtime/outbox.ts";
import { hooks } from "./hooks.ts";
import { ownWaiting } from "./waiting-events.ts";

const plural = (count: number, one: string, many: string) =>
  count === 1 ? `1 ${one}` : `${count} ${many}`;

/** A sentence that names what is open, "" at a boundary. */
export function openWork(): string {
  if (isEnding()) return "it is about to end";
  for (const what of hooks.busy) {
    const busy = what();
    if (busy !== undefined) return busy;
  }
  for (const { name, methods } of served)
    for (const { name: method, suspended = 0 } of methods)
      if (suspended > 0)
        return `${plural(suspended, "call", "calls")} of ${name}.${method} ${suspended === 1 ? "is" : "are"} suspended in code`;
  const calls = callsOpen();
  if (calls > 0) {
    const about = openCalls(1)[0];
    const what = about === undefined ? "a hello" : `${about.contract}.${about.method}`;
    return `${plural(calls, "call", "calls")} of its own ${calls === 1 ? "is" : "are"} on the way (${what})`;
  }
  if (outboxWaits()) return "more messages wait than leave at once";
  return ownWaiting();
}
