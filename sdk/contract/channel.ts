// What a contract needs of a channel: a place to encode into, send, call, reply, and who receives.
// The runtime's endpoints and the in-memory pair of the tests both implement it, so that clients and servers run on either.

/**
 * Where a message is encoded: at most 4,096 payload bytes from `start` (a multiple of 8) on, handles beside it. At least as many bytes lie
 * behind those, so that an encoder may check its fixed-size parts after it has written them.
 */
export interface Writer {
  bytes: Uint8Array;
  words: Uint32Array;
  view: DataView;
  start: number;
  /** handle numbers of this message, in order; set `handleCount` to 0 before encoding */
  readonly handles: number[];
  handleCount: number;
  /** text of the first value outside its type, set by an encoder that returns -1 */
  problem: string;
}

/** A received message: payload bytes from `at` (a multiple of 8) to `end`, handles beside it. Valid only during the receiver's call. */
export interface Reader {
  bytes: Uint8Array;
  words: Uint32Array;
  view: DataView;
  at: number;
  end: number;
  readonly handles: number[];
  handleCount: number;
  /** handles consumed so far by the decoder */
  handleNext: number;
}

/** What a call that is on its way is about. */
export interface OpenCall {
  readonly contract: string;
  readonly method: string;
  /** name of the service that the channel leads to, "" for a private channel */
  readonly service: string;
}

/** Receives the end of a call: `status` 0 and the reply in `reader`, or an error of the nucleus. */
export interface CallEnd {
  /** for people who ask what this process waits for */
  about?(): OpenCall;
  ended(status: number, reader: Reader): void;
}

export interface Receiver {
  /** an event message */
  message(reader: Reader): void;
  /** a call; `reply` names the reply object, to be used once with `Channel.reply` */
  call(reader: Reader, reply: number): void;
  /** the peer is gone; open calls have ended or will end with their own events */
  closedByPeer(): void;
}

/** Told when a message could not be sent. */
export interface SendEnd {
  /** the peer's queue was full: nothing was sent */
  full(): void;
}

export interface Channel {
  /** name of the service that it leads to; unset on a private channel */
  service?: string;
  receiver: Receiver | undefined;
  readonly closed: boolean;
  /** ns since boot, fixed for a turn */
  now(): number;
  /** runs `f` a little later, to try again */
  later(f: () => void): void;
  /** a line for the log: faults of handlers, of peers */
  log(text: string): void;
  /** the area for the next message with that many handles; ended by send, call, reply, or given up by the next begin */
  begin(handles: number): Writer;
  /** queues the message that ends at `end`; it leaves at the end of the turn. `secret`: the area is zeroed afterwards. */
  send(end: number, secret: boolean, told: SendEnd | undefined): void;
  /** queues a call; returns its cookie. `deadline`: ns since boot, 0 none. */
  call(end: number, secret: boolean, deadline: number, done: CallEnd): number;
  cancel(cookie: number): void;
  /** answers a call with the message that ends at `end` */
  reply(reply: number, end: number, secret: boolean): void;
  /** closes a handle that came in a message and was not taken, or a reply object that will not be answered */
  drop(handle: number): void;
  close(): void;
}
