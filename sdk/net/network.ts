// The network as a program holds it: a client of netd, with what the functions of this folder need of the runtime.
// Invariant: closing it closes no connection, listener or socket: each of those is a capability of its own.
import type { Failure } from "../contract/failure.ts";
import type { CancelToken, ClientOf } from "../contract/client.ts";
import type { Contract, Methods } from "../contract/contract.ts";
import type { MappedMemory } from "./stream-rings.ts";
import type { Net } from "../../servers/netd/contract.ts";

/** What the functions need of the process that they run in. */
export interface NetworkWorld {
  /** Makes a client over a channel end that came in a message. */
  open<M extends Methods>(contract: Contract<M>, end: number): ClientOf<M>;
  /** Runs `f` after a span in nanoseconds. */
  after(span: number, f: () => void): { cancel(): void };
  /** Maps memory that came in a message, whose handle is given up; without it streams share no memory. */
  map?(memory: number, write: boolean): MappedMemory | Failure;
  /** Opens the network again after an end of its server; without it streams end with it. */
  again?(): Promise<ClientOf<typeof Net.methods> | Failure>;
  /** Closes what `again` has opened; it may be called again afterwards. */
  close?(): void;
}

/** How long an operation may take, and what ends it early. */
export interface Patience {
  /** Nanoseconds from now; each function says what it takes without. */
  readonly timeout?: number;
  readonly cancel?: CancelToken;
}

export class Network {
  readonly net: ClientOf<typeof Net.methods>;
  readonly world: NetworkWorld;

  constructor(net: ClientOf<typeof Net.methods>, world: NetworkWorld) {
    this.net = net;
    this.world = world;
  }

  close(): void {
    this.net.close();
    this.world.close?.();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
