// Calls that a handler does not answer itself: it takes the reply object of the call that it handles and keeps it in typed state.
// Invariant: a reply object that was taken is answered once, by whoever holds it then (sdk/hot/park.ts).
import type { Compiled, CompiledMethod } from "./compiled.ts";

/** What a handler returns when it has taken its call's reply object. */
export class Parked {
  readonly kind = "parked" as const;
}

export const PARKED = new Parked();

/** The call that is being handled now: its reply object, 0 outside of one. */
export const handled = { reply: 0 };

/** Takes the reply object of the call that is being handled: a handle number of this process. The handler must return PARKED. */
export function takeReply(): number {
  const { reply } = handled;
  if (reply === 0) throw new Error("no call is being handled, or its reply was taken already");
  handled.reply = 0;
  return reply;
}

/** Answers a parked call of that method over the peer that it came from; the reply object is used up. */
export function answerOver(peer: object, method: string, reply: number, value: object): void {
  const core = peer as {
    service: { compiled: Compiled };
    answer(method: CompiledMethod, reply: number, value: object): void;
  };
  const found = core.service.compiled.methods.find((each) => each.name === method);
  core.answer(found!, reply, value);
}
