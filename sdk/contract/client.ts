// The client side of a contract over a channel: typed calls that give one promise each, events by handler.
import type { Channel } from "./channel.ts";
import type {
  CallNames,
  Contract,
  EventFields,
  EventNames,
  Methods,
  Reply,
  Request,
} from "./contract.ts";
import type { Failure } from "./failure.ts";

/** Cancels one or more calls: `token.cancel()` ends them with CANCELLED. */
export class CancelToken {
  cancelled = false;
  readonly listeners: (() => void)[] = [];

  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    for (const f of this.listeners.splice(0)) f();
  }
}

/** Options of one call. */
export interface CallSettings {
  /** ns from now until the call ends with TIMED_OUT; default none */
  readonly timeout?: number;
  /** absolute, ns since boot; the earlier of the two counts */
  readonly deadline?: number;
  readonly cancel?: CancelToken;
}

/** Calls and events of contract C as its client sees them. Failures are values: look with `instanceof Failure`. */
export type Client<C> =
  C extends Contract<infer M>
    ? ClientOf<M>
    : never;

export type ClientOf<M extends Methods> = {
  readonly [K in CallNames<M>]: (
    request: Request<M[K]>,
    settings?: CallSettings,
  ) => Promise<Reply<M[K]> | Failure>;
} & {
  /** sets the handler of an event: `net.on.link((e) => ...)`; a later handler replaces the earlier one */
  readonly on: {
    readonly [K in EventNames<M, "client">]: (handler: (fields: EventFields<M[K]>) => void) => void;
  };
  /** sends an event to the server; undefined, or why it could not be sent */
  readonly send: {
    readonly [K in EventNames<M, "server">]: (fields: EventFields<M[K]>) => Failure | undefined;
  };
  /** called once when the channel has closed, after every open call has ended */
  onClosed(handler: () => void): void;
  readonly closed: boolean;
  close(): void;
  [Symbol.dispose](): void;
};

/** Makes a client over a channel; the hello exchange goes first in the same batch. */
export declare function client<M extends Methods>(
  contract: Contract<M>,
  channel: Channel,
): ClientOf<M>;
