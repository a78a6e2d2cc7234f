// `Net.udp` and the sockets' own channels.
// Invariant: a socket and its channel end together, whichever ends first; a client has at most MAX_EACH.
import type { Channel } from "../../sdk/contract/channel.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { type Peer, type Service, service } from "../../sdk/contract/server.ts";
import { UdpSocket } from "./contract.ts";
import { netFailure } from "./failures.ts";
import type { StackHost } from "./stack-host.ts";
import { openUdp, sendUdp } from "./udp-operation.ts";
import { type UdpOptions, closeSocket, dequeue, findSocket } from "./udp-sockets.ts";

/** How many sockets a client has open; one for each client of `Net`. */
export interface SocketCount {
  sockets: number;
}

/** A new channel: the end to keep, and the handle of the end to give away. */
export type MakeChannel = () => { near: Channel; far: number } | Failure;

interface Session {
  readonly socket: number;
  readonly owner: SocketCount;
}

const MAX_EACH = 16;

/** All open sockets. */
export class UdpService {
  readonly #host: StackHost;
  readonly #makeChannel: MakeChannel;
  readonly #service: Service<typeof UdpSocket.methods, Session>;

  constructor(host: StackHost, makeChannel: MakeChannel) {
    this.#host = host;
    this.#makeChannel = makeChannel;
    this.#service = service<typeof UdpSocket.methods, Session>(UdpSocket, {
      transmit: ({ to, port, data }, peer) => {
        const id = peer.session?.socket ?? 0;
        const error = host.act((stack, turn) => sendUdp(stack, turn, id, to, port, data));
        return error === undefined ? {} : netFailure(error);
      },
      closed: (peer) => {
        if (peer.session === undefined) return;
        closeSocket(host.stack.udp, peer.session.socket);
        peer.session.owner.sockets -= 1;
      },
    });
  }

  /** Opens a socket for a client. */
  open(options: UdpOptions, owner: SocketCount): { port: number; socket: number } | Failure {
    if (owner.sockets >= MAX_EACH) return netFailure("net.too-many-sockets");
    const socket = this.#host.act((stack, turn) => openUdp(stack, turn, options));
    if (typeof socket === "string") return netFailure(socket);
    const channel = this.#makeChannel();
    if (channel instanceof Failure) {
      closeSocket(this.#host.stack.udp, socket.id);
      return channel;
    }
    owner.sockets += 1;
    this.#service.accept(channel.near).session = { socket: socket.id, owner };
    return { port: socket.port, socket: channel.far };
  }

  /** A datagram lies in the socket's queue: sends it on. */
  arrived(id: number): void {
    const socket = findSocket(this.#host.stack.udp, id);
    const datagram = socket === undefined ? undefined : dequeue(socket);
    if (datagram === undefined) return;
    this.#peer(id)?.send.datagram({
      from: datagram.source,
      port: datagram.sourcePort,
      to: datagram.destination,
      data: datagram.data,
    });
  }

  /** A datagram of the socket was lost. */
  lost(id: number, to: number, port: number): void {
    this.#peer(id)?.send.lost({ to, port });
  }

  #peer(id: number): Peer<typeof UdpSocket.methods, Session> | undefined {
    const peers = this.#service.peers;
    for (let index = 0; index < peers.length; index++) {
      if (peers[index].session?.socket === id) return peers[index];
    }
    return undefined;
  }
}
