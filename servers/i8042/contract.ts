// What a keyboard says, in the form in which terminals expect it.
import { call, contract, event } from "../../sdk/contract/contract.ts";
import { string } from "../../sdk/contract/field.ts";

export const Keyboard = contract("keyboard", 1, {
  /** From now on `typed` events come to this client. */
  listen: call({}, {}),
  /** Text and escape sequences in the order of the keys. Keys for a client that does not keep up are lost, the oldest first. */
  typed: event({ text: string }, { full: "drop-oldest" }),
});
