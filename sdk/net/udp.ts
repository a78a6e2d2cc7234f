// `udp`: a socket for datagrams.
// Invariant: at most KEPT datagrams wait here; when one more comes the oldest is lost, as UDP allows.
import type { ClientOf } from "../contract/client.ts";
import { Failure, failures, refuse } from "../contract/failure.ts";
import { UdpSocket as Contract } from "../../servers/netd/contract.ts";
import type { Network, Patience } from "./network.ts";
import { Waiters } from "./wait.ts";

/** A datagram that came. */
export interface Datagram {
  readonly from: number;
  readonly port: number;
  /** The own address that it was sent to. */
  readonly to: number;
  readonly data: Uint8Array;
}

const KEPT = 64;

export class UdpSocket {
  readonly port: number;
  /** Datagrams lost because nobody received them in time. */
  dropped = 0;
  /** Called when a datagram that was sent did not get there. */
  onLost: (to: number, port: number) => void = () => {};
  readonly #socket: ClientOf<typeof Contract.methods>;
  readonly #received: Datagram[] = [];
  readonly #waiting: Waiters<Datagram>;
  #closed = false;

  constructor(network: Network, socket: ClientOf<typeof Contract.methods>, port: number) {
    this.port = port;
    this.#socket = socket;
    this.#waiting = new Waiters(network.world);
    socket.on.datagram((datagram) => {
      if (this.#waiting.answer(datagram)) return;
      this.#received.push(datagram);
      if (this.#received.length <= KEPT) return;
      this.#received.shift();
      this.dropped += 1;
    });
    socket.on.lost(({ to, port: remote }) => this.onLost(to, remote));
    socket.onClosed(() => this.#end());
  }

  #end(): void {
    this.#closed = true;
    this.#waiting.answerAll(() => this.#over());
  }

  #over(): Failure {
    return refuse(failures.UNAVAILABLE, "the socket is closed; open another one");
  }

  /** Sends at most 4,000 bytes; done when they are on their way, which promises nothing. */
  async send(
    to: number,
    port: number,
    data: Uint8Array,
    patience: Patience = {},
  ): Promise<Failure | undefined> {
    const sent = await this.#socket.transmit({ to, port, data }, patience);
    return sent instanceof Failure ? sent : undefined;
  }

  /** From now on, and for good, talks to that address and port alone. */
  async restrict(to: number, port: number, patience: Patience = {}): Promise<Failure | undefined> {
    const done = await this.#socket.restrict({ to, port }, patience);
    return done instanceof Failure ? done : undefined;
  }

  /** The next datagram; without a timeout it waits for ever. */
  receive(patience: Patience = {}): Promise<Datagram | Failure> {
    const datagram = this.#received.shift();
    if (datagram !== undefined) return Promise.resolve(datagram);
    if (this.#closed) return Promise.resolve(this.#over());
    return this.#waiting.wait("UdpSocket.receive", patience);
  }

  close(): void {
    if (this.#closed) return;
    this.#end();
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Opens a socket at a port (0: any free one) of an own address (0: all). */
export async function udp(
  network: Network,
  port: number,
  options: Patience & { readonly address?: number; readonly broadcast?: boolean } = {},
): Promise<UdpSocket | Failure> {
  const { address = 0, broadcast = false, timeout, cancel } = options;
  const opened = await network.net.udp({ address, port, broadcast }, { timeout, cancel });
  if (opened instanceof Failure) return opened;
  return new UdpSocket(network, network.world.open(Contract, opened.socket), opened.port);
}
