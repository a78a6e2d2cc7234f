// The server side of a contract over channels: validated calls reach typed handlers, replies leave with the turn.
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

/** One connected client, as the server sees it. `session` is the server's own, undefined at first. */
export interface Peer<M extends Methods, S = unknown> {
  session: S | undefined;
  /** name that init gave with the connection (the client's server or account), "" on a private channel */
  readonly name: string;
  readonly badge: number;
  /** sends an event to this client */
  readonly send: {
    readonly [K in EventNames<M, "client">]: (fields: EventFields<M[K]>) => Failure | undefined;
  };
  readonly closed: boolean;
  close(): void;
}

type Answer<R> = R | Failure | Promise<R | Failure>;

/**
 * Handlers of a contract: one for each call and each event to the server. A call's handler returns the reply's fields, a
 * Failure, or a promise of either; what it throws becomes SERVER_FAULT and a log line.
 */
export type Handlers<M extends Methods, S = unknown> = {
  readonly [K in CallNames<M>]: (
    request: Request<M[K]>,
    peer: Peer<M, S>,
  ) => Answer<Reply<M[K]>>;
} & {
  readonly [K in EventNames<M, "server">]: (fields: EventFields<M[K]>, peer: Peer<M, S>) => void;
} & {
  /** a client has connected / its channel has closed */
  readonly opened?: (peer: Peer<M, S>) => void;
  readonly closed?: (peer: Peer<M, S>) => void;
};

/** A served contract. */
export interface Service<M extends Methods, S = unknown> {
  readonly peers: readonly Peer<M, S>[];
  /** adds a connected channel */
  accept(channel: Channel, name?: string, badge?: number): Peer<M, S>;
  /** sends an event to every client */
  readonly broadcast: {
    readonly [K in EventNames<M, "client">]: (fields: EventFields<M[K]>) => void;
  };
  close(): void;
}

/** Makes a service; channels are added by `accept` (`serve` of sdk/runtime does it for named services). */
export declare function service<M extends Methods, S = unknown>(
  contract: Contract<M>,
  handlers: Handlers<M, S>,
): Service<M, S>;
