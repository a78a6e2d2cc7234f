// A channel endpoint bound to the loop: the runtime's implementation of sdk/contract/channel.ts.
import type { CallEnd, Channel, Receiver, Writer } from "../contract/channel.ts";
import type { Failure } from "../contract/failure.ts";
import { Handle } from "./handle.ts";

export declare class Endpoint extends Handle implements Channel {
  receiver: Receiver | undefined;
  /** Binds the endpoint `number` (owned from now on) to the loop. */
  constructor(number: number);
  /** Two connected endpoints as handle numbers, to be wrapped here or sent away. */
  static pair(): { readonly near: number; readonly far: number } | Failure;
  begin(): Writer;
  send(end: number, full?: () => void): void;
  call(end: number, deadline: number, done: CallEnd): number;
  cancel(cookie: number): void;
  reply(reply: number, end: number): void;
  drop(handle: number): void;
}
