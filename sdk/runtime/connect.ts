// Named services: opened through init, which checks the manifest; reconnected when the server restarts.
import type { ClientOf } from "../contract/client.ts";
import type { Contract, Methods } from "../contract/contract.ts";
import type { Failure } from "../contract/failure.ts";

/** A client of a named service that outlives its server. */
export interface Connection<M extends Methods> {
  /** the present client; after a restart a new one. While there is none its calls end with PEER_CLOSED. */
  readonly client: ClientOf<M>;
  /** called after each reconnection: state on the server's side is gone, subscribe again */
  onRestarted(handler: (client: ClientOf<M>) => void): void;
  close(): void;
}

/** Opens a service once: the client, or REFUSED / NOT_FOUND / UNAVAILABLE. */
export declare function connect<M extends Methods>(
  contract: Contract<M>,
  name: string,
): Promise<ClientOf<M> | Failure>;

/** Opens a service and reconnects after each restart of its server. `attach` is called with every new client, the first too. */
export declare function stayConnected<M extends Methods>(
  contract: Contract<M>,
  name: string,
  attach: (client: ClientOf<M>, restarted: boolean) => void,
  refused?: (why: Failure) => void,
): Connection<M>;
