// Calls that a handler does not answer itself: it takes the reply object of the call that it handles and keeps it in typed state.
// Invariant: a reply object that was taken is answered once, by whoever holds it then (sdk/hot/park.ts).

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
