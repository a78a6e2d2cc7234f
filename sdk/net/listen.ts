// `listen`: a port that takes TCP connections.
// Invariant: a connection is taken out of netd's backlog only when somebody waits in `accept` for it, or CREDIT of them lie here.
import type { ClientOf } from "../contract/client.ts";
import { Failure, failures, refuse } from "../contract/failure.ts";
import {
  TcpListener as Contract,
  TcpStream as StreamContract,
} from "../../servers/netd/contract.ts";
import { handleOf } from "../hot/handle-of.ts";
import type { Network, NetworkWorld, Patience } from "./network.ts";
import type { SavedListener } from "./saved-stream.ts";
import { TcpStream } from "./tcp-stream.ts";
import { Waiters } from "./wait.ts";

/** A connection that came in, and from where. */
export interface Accepted {
  readonly stream: TcpStream;
  readonly from: number;
  readonly port: number;
}

const CREDIT = 4;
const DEFAULT_BACKLOG = 16;

export class TcpListener {
  readonly port: number;
  readonly #listener: ClientOf<typeof Contract.methods>;
  readonly #ready: Accepted[] = [];
  readonly #waiting: Waiters<Accepted>;
  #closed = false;

  /** `saved`: it goes on where the code before has stopped. */
  constructor(
    network: Pick<Network, "world">,
    listener: ClientOf<typeof Contract.methods>,
    port: number,
    saved?: SavedListener,
  ) {
    this.port = port;
    this.#listener = listener;
    this.#waiting = new Waiters(network.world);
    listener.on.connection(({ from, port: remote, to, stream }) => {
      const client = network.world.open(StreamContract, stream);
      const accepted = { stream: new TcpStream(network, client, to, port), from, port: remote };
      if (this.#waiting.answer(accepted)) listener.send.more({ count: 1 });
      else this.#ready.push(accepted);
    });
    listener.onClosed(() => this.#end());
    if (saved === undefined) listener.send.more({ count: CREDIT });
    for (const { from, port: remote, ...stream } of saved?.ready ?? [])
      this.#ready.push({ stream: TcpStream.restore(network.world, stream), from, port: remote });
    if (listener.closed) this.#end();
  }

  /** The port for new code of this server, to be said with the state (sdk/hot); undefined when it is closed. */
  save(): SavedListener | undefined {
    if (this.#closed) return undefined;
    const ready: SavedListener["ready"] = [];
    for (const { stream, from, port } of this.#ready) {
      const saved = stream.save();
      if (saved !== undefined) ready.push({ ...saved, from, port });
    }
    return { channel: handleOf(this.#listener), port: this.port, ready };
  }

  static restore(world: NetworkWorld, saved: SavedListener): TcpListener {
    return new TcpListener({ world }, world.open(Contract, saved.channel), saved.port, saved);
  }

  #end(): void {
    this.#closed = true;
    this.#waiting.answerAll(() => this.#over());
  }

  #over(): Failure {
    return refuse(failures.UNAVAILABLE, "the listener is closed; listen again");
  }

  /** The next connection; without a timeout it waits for ever. One that was given up loses no connection. */
  accept(patience: Patience = {}): Promise<Accepted | Failure> {
    const accepted = this.#ready.shift();
    if (accepted !== undefined) {
      this.#listener.send.more({ count: 1 });
      return Promise.resolve(accepted);
    }
    if (this.#closed) return Promise.resolve(this.#over());
    return this.#waiting.wait("TcpListener.accept", patience);
  }

  /** Stops listening; connections that nobody took are closed. */
  close(): void {
    if (this.#closed) return;
    this.#end();
    for (const each of this.#ready.splice(0)) each.stream.close();
    this.#listener.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Listens at a port (0: any free one) of an own address (0: all). */
export async function listen(
  network: Network,
  port: number,
  options: Patience & { readonly address?: number; readonly backlog?: number } = {},
): Promise<TcpListener | Failure> {
  const { address = 0, backlog = DEFAULT_BACKLOG, timeout, cancel } = options;
  const opened = await network.net.listen({ address, port, backlog }, { timeout, cancel });
  if (opened instanceof Failure) return opened;
  return new TcpListener(network, network.world.open(Contract, opened.listener), opened.port);
}
