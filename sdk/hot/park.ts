// Calls that wait in typed state instead of in code: their reply object is a handle, and moves like every other.
import type { CallNames, Contract, Methods, Reply } from "../contract/contract.ts";
import { compiledOf } from "../contract/compiled.ts";
import { Failure, failures } from "../contract/failure.ts";
import { replyFailure } from "../contract/failure-codec.ts";
import { type Field, type HandleNumber, handle } from "../contract/field.ts";
import { takeReply } from "../contract/parked.ts";
import { closedChannel } from "../runtime/closed-channel.ts";
import { log } from "../runtime/log.ts";
import { replyMessage } from "../runtime/outbox.ts";

export { PARKED } from "../contract/parked.ts";

/** The schema of a parked call's reply object. */
export const parked: Field<HandleNumber> = handle("reply");

/** In a handler: takes the call's reply object, to be kept in a `parked` field. The handler then returns PARKED. */
export function park(): HandleNumber {
  return takeReply();
}

// Replies need the outbox alone: the channel that the call came through may be gone.
const channel = { ...closedChannel, reply: replyMessage };

/** Answers a parked call of that method; the handle is used up. A caller that gave up is no error. */
export function answer<M extends Methods, K extends CallNames<M>>(
  contract: Contract<M>,
  method: K & string,
  reply: HandleNumber,
  value: Reply<M[K]> | Failure,
): void {
  if (value instanceof Failure) {
    replyFailure(channel, reply, value);
    return;
  }
  const found = compiledOf(contract).methods.find((each) => each.name === method)!;
  const { replyHandles } = found;
  const writer = channel.begin(
    typeof replyHandles === "number" ? replyHandles : replyHandles(value),
  );
  const end = found.encodeReply!(writer, value);
  if (end >= 0) {
    channel.reply(reply, end, found.replySecret);
    return;
  }
  const what = `${contract.name}.${method}: the reply's ${writer.problem}`;
  log(what, "error");
  replyFailure(channel, reply, new Failure(failures.SERVER_FAULT, what));
}
