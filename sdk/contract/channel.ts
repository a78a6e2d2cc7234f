// What a contract needs of a channel: a place to encode into, send, call, reply, and who receives.
// The runtime's endpoints and the in-memory pair of the tests both implement it, so that clients and servers run on either.

/** Where a message is encoded: payload bytes from `start` (a multiple of 8) up to `limit`, handles beside it. */
export interface Writer {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly view: DataView;
  start: number;
  limit: number;
  /** handle numbers of this message, in order */
  readonly handles: number[];
  handleCount: number;
  /** text of the first value outside its type, set by an encoder that returns -1 */
  problem: string;
}

/** A received message: payload bytes from `at` to `end`, handles beside it. Valid only during the receiver's call. */
export interface Reader {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly view: DataView;
  at: number;
  end: number;
  readonly handles: number[];
  handleCount: number;
  /** handles consumed so far by the decoder */
  handleNext: number;
  badge: number;
}

/** Ends a call: `status` 0 and the reply in `reader`, or an error of the nucleus. */
export type CallEnd = (status: number, reader: Reader) => void;

export interface Receiver {
  /** an event message */
  message(reader: Reader): void;
  /** a call; `reply` names the reply object, to be used once with `Channel.reply` */
  call(reader: Reader, reply: number): void;
  closed(): void;
}

export interface Channel {
  receiver: Receiver | undefined;
  readonly closed: boolean;
  /** the area for the next message; at most one is open at a time, ended by send, call, reply or another begin */
  begin(): Writer;
  /** queues the message that ends at `end`; it leaves at the end of the turn. `full` is called when the peer's queue was full. */
  send(end: number, full?: () => void): void;
  /** queues a call; returns its cookie. `deadline`: ns since boot, 0 none. */
  call(end: number, deadline: number, done: CallEnd): number;
  cancel(cookie: number): void;
  /** answers a call with the message that ends at `end` */
  reply(reply: number, end: number): void;
  /** closes a handle that came in a message and was not taken */
  drop(handle: number): void;
  close(): void;
}
