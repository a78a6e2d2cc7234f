// `Net.udp` and the sockets' own channels.
// Invariant: a socket and its channel end together, whichever ends first; a client has at most MAX_EACH.
import type { Channel } from "../../sdk/contract/channel.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { type Peer, type Service, service } from "../../sdk/contract/server.ts";
import { loadPeers, type SavedPeer, savePeers } from "../../sdk/hot/peers.ts";
import { UdpSocket } from "./contract.ts";
import { netFailure } from "./failures.ts";
import { formatIpAddress } from "./ip-address.ts";
import { Policy, type PolicyOrigin } from "./policy.ts";
import type { StackHost } from "./stack-host.ts";
import { openUdp, sendUdp } from "./udp-operation.ts";
import { type Datagram, type UdpOptions, closeSocket, dequeue, findSocket } from "./udp-sockets.ts";

/** How many sockets a client has open; one for each client of `Net`. */
export interface SocketCount {
  sockets: number;
}

/** A new channel: the end to keep, and the handle of the end to give away. */
export type MakeChannel = () => { near: Channel; far: number } | Failure;

interface Session {
  readonly socket: number;
  readonly owner: SocketCount;
  readonly policy: Policy;
  /** whether it has a port that its client may listen at: then everybody may send to it, and gets answers */
  readonly listening: boolean;
  /** who has sent something last, as `address:port` */
  readonly heard: string[];
}

/** A socket as it moves to another netd; `owner` is a place in its list. */
export interface SavedSocket {
  readonly socket: number;
  readonly owner: number;
  readonly policy: PolicyOrigin;
  readonly listening: boolean;
  readonly heard: string[];
}

const MAX_EACH = 16;
/** Of each socket: senders that it may answer. */
const MAX_HEARD = 64;

/** Whether a datagram is for the client: it listens, or may send to where it comes from. */
function mayHear(session: Session, { source, sourcePort }: Datagram): boolean {
  if (!session.listening) return session.policy.reach("udp", source, sourcePort) === undefined;
  const from = `${source}:${sourcePort}`;
  if (session.heard.includes(from)) return true;
  if (session.heard.push(from) > MAX_HEARD) session.heard.shift();
  return true;
}

/** Why a client may not send there: it may answer whom it has heard, and reach what its rules name. */
function mayNotSend(session: Session, to: number, port: number): Failure | undefined {
  if (session.listening && session.heard.includes(`${to}:${port}`)) return undefined;
  return session.policy.reach("udp", to, port);
}

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
        const refused = peer.session && mayNotSend(peer.session, to, port);
        if (refused !== undefined) return refused;
        const id = peer.session?.socket ?? 0;
        const error = host.act((stack, turn) => sendUdp(stack, turn, id, to, port, data));
        return error === undefined ? {} : netFailure(error);
      },
      restrict: ({ to, port }, peer) => {
        const { session } = peer;
        if (session === undefined) return {};
        const policy = session.policy.narrowed({ connect: [`udp:${formatIpAddress(to)}:${port}`] });
        peer.session = { ...session, policy, listening: false };
        return {};
      },
      closed: (peer) => {
        if (peer.session === undefined) return;
        closeSocket(host.stack.udp, peer.session.socket);
        peer.session.owner.sockets -= 1;
      },
    });
  }

  /** Opens a socket for a client. */
  open(
    options: UdpOptions,
    owner: SocketCount,
    policy: Policy,
  ): { port: number; socket: number } | Failure {
    if (owner.sockets >= MAX_EACH) return netFailure("net.too-many-sockets");
    const socket = this.#host.act((stack, turn) => openUdp(stack, turn, options));
    if (typeof socket === "string") return netFailure(socket);
    const channel = this.#makeChannel();
    if (channel instanceof Failure) {
      closeSocket(this.#host.stack.udp, socket.id);
      return channel;
    }
    owner.sockets += 1;
    this.#service.accept(channel.near).session = {
      socket: socket.id,
      owner,
      policy,
      listening: options.port !== 0,
      heard: [],
    };
    return { port: socket.port, socket: channel.far };
  }

  save(place: (owner: SocketCount) => number): SavedPeer<SavedSocket>[] {
    return savePeers(this.#service, ({ socket, owner, policy, listening, heard }) => ({
      socket,
      owner: place(owner),
      policy: policy.origin,
      listening,
      heard: [...heard],
    }));
  }

  /** Takes sockets over from another netd; those that nobody has any more are closed. */
  load(saved: readonly SavedPeer<SavedSocket>[], owners: readonly SocketCount[]): void {
    loadPeers(this.#service, saved, ({ socket, owner, policy, listening, heard }) => ({
      socket,
      owner: owners[owner]!,
      policy: Policy.from(policy),
      listening,
      heard: [...heard],
    }));
    const { udp } = this.#host.stack;
    for (const { id } of udp.sockets.slice())
      if (!saved.some(({ session }) => session.socket === id)) closeSocket(udp, id);
  }

  /** A datagram lies in the socket's queue: sends it on. */
  arrived(id: number): void {
    const socket = findSocket(this.#host.stack.udp, id);
    const datagram = socket === undefined ? undefined : dequeue(socket);
    if (datagram === undefined) return;
    const peer = this.#peer(id);
    if (peer?.session === undefined || !mayHear(peer.session, datagram)) return;
    peer.send.datagram({
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
