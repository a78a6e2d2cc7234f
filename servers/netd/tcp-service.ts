// `Net.connect`, `Net.listen` and the listeners' own channels.
// Invariant: a call to connect is answered exactly once; a listener and its channel end together; a client has at most MAX_EACH.
import type { Reply } from "../../sdk/contract/contract.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { type Peer, type Service, service } from "../../sdk/contract/server.ts";
import { loadPeers, type SavedPeer, savePeers } from "../../sdk/hot/peers.ts";
import { type Net, TcpListener } from "./contract.ts";
import type { DurableStreams } from "./durable-streams.ts";
import { netFailure } from "./failures.ts";
import { parseIpAddress } from "./ip-address.ts";
import type { NetErrorCode } from "./net-error.ts";
import type { LentEnds } from "./lane/lend.ts";
import type { StackHost } from "./stack-host.ts";
import { actTcp, connectTcp, listenTcp } from "./tcp-operation.ts";
import { type SavedStream, type TcpCount, TcpStreams } from "./tcp-streams.ts";
import { tcpAbort, tcpAccept, tcpStopListening } from "./tcp/calls.ts";
import { CONNECTED, type Connection, ENDED, type TcpOutcome } from "./tcp/connection.ts";
import { states } from "./tcp/states.ts";
import { findListenerById, type Listener } from "./tcp/table.ts";
import { type ResumeRequest, resumeStream } from "./resume-stream.ts";
import type { MakeMemory } from "./stream-rings.ts";
import type { MakeChannel } from "./udp-service.ts";

type ConnectReply = Reply<(typeof Net.methods)["connect"]>;
type ResumeReply = Reply<(typeof Net.methods)["resume"]>;
type Connections = Reply<(typeof Net.methods)["connections"]>;

/** A call that waits for its connection. */
interface Opening {
  readonly connection: Connection;
  readonly owner: TcpCount;
  readonly only: "read" | "write" | undefined;
  readonly patience: { cancel(): void };
  answer(reply: ConnectReply | Failure): void;
}

interface ListenSession {
  readonly listener: Listener;
  readonly owner: TcpCount;
  credit: number;
}

/** A listener as it moves to another netd; `owner` is a place in its list. */
export interface SavedListener {
  readonly listener: number;
  readonly owner: number;
  readonly credit: number;
}

/** What moves to another netd beside the stack's own state. */
export interface SavedTcp {
  readonly listeners: SavedPeer<SavedListener>[];
  readonly streams: SavedPeer<SavedStream>[];
}

const MAX_CONNECTIONS = 64;
const MAX_LISTENERS = 8;
const MAX_CREDIT = 16;
/** Longest timeout of connect, in milliseconds. */
const MAX_TIMEOUT = 120_000;
const NS_PER_MS = 1_000_000;
/** Connections that one reply lists: each takes at most 38 bytes. */
const MAX_LISTED = 100;

const openingErrors: { readonly [outcome in TcpOutcome]: NetErrorCode } = {
  "": "net.timed-out",
  finished: "net.finished",
  refused: "net.refused",
  reset: "net.reset",
  "timed-out": "net.timed-out",
  unreachable: "net.unreachable",
  aborted: "net.timed-out",
};

/** All of TCP that clients can reach. */
export class TcpService {
  private readonly host: StackHost;
  private readonly makeChannel: MakeChannel;
  private readonly makeMemory: MakeMemory | undefined;
  private readonly streams: TcpStreams;
  private readonly listeners: Service<typeof TcpListener.methods, ListenSession>;
  private readonly openings: Opening[] = [];

  constructor(host: StackHost, makeChannel: MakeChannel, makeMemory?: MakeMemory) {
    this.host = host;
    this.makeChannel = makeChannel;
    this.makeMemory = makeMemory;
    this.streams = new TcpStreams(host, () => this.acceptMore(), makeMemory);
    this.listeners = service<typeof TcpListener.methods, ListenSession>(TcpListener, {
      more: ({ count }, peer) => {
        const session = peer.session!;
        session.credit = Math.min(MAX_CREDIT, session.credit + count);
        this.accept(peer);
      },
      closed: (peer) => {
        const { session } = peer;
        if (session === undefined) return;
        peer.session = undefined;
        session.owner.listeners -= 1;
        const { listener } = session;
        host.act((stack, turn) => actTcp(stack, turn, (tcp) => tcpStopListening(tcp, listener)));
      },
    });
  }

  /** What streams have said in this turn is to be done now (HostEffects.settling). */
  settling(): void {
    this.streams.settling();
  }

  /** Opens a connection for a client, or says why not. */
  connect(
    request: {
      host: string;
      port: number;
      timeout: number;
      only?: "read" | "write" | undefined;
    },
    owner: TcpCount,
  ): Failure | Promise<ConnectReply | Failure> {
    const { host, port, only } = request;
    const destination = parseIpAddress(host);
    if (destination === undefined) {
      return refuse(
        failures.INVALID,
        `\`${host.slice(0, 64)}\` is no IPv4 address; give four numbers as in 10.0.2.2`,
      );
    }
    if (owner.connections >= MAX_CONNECTIONS) return netFailure("net.too-many-connections");
    const connection = this.host.act((stack, turn) => connectTcp(stack, turn, destination, port));
    if (typeof connection === "string") return netFailure(connection);
    owner.connections += 1;
    const timeout = Math.min(request.timeout / NS_PER_MS, MAX_TIMEOUT);
    return new Promise((answer) => {
      const patience = this.host.at(this.host.now() + timeout, () => this.giveUp(connection));
      this.openings.push({ connection, owner, only, patience, answer });
    });
  }

  private giveUp(connection: Connection): void {
    this.host.act((stack, turn) => actTcp(stack, turn, (tcp) => tcpAbort(tcp, connection)));
    this.opened(connection);
  }

  /** Listens for a client, or says why not. */
  listen(
    request: { address: number; port: number; backlog: number },
    owner: TcpCount,
  ): { port: number; listener: number } | Failure {
    if (owner.listeners >= MAX_LISTENERS) return netFailure("net.too-many-connections");
    const { address, port, backlog } = request;
    const listener = this.host.act((stack, turn) => listenTcp(stack, turn, address, port, backlog));
    if (typeof listener === "string") return netFailure(listener);
    const channel = this.makeChannel();
    if (channel instanceof Failure) {
      this.host.act((stack) => tcpStopListening(stack.tcp, listener));
      return channel;
    }
    owner.listeners += 1;
    this.listeners.accept(channel.near).session = { listener, owner, credit: 0 };
    return { port: listener.port, listener: channel.far };
  }

  /** What is kept of streams for the time after an end of this netd. */
  set durable(durable: DurableStreams) {
    this.streams.durable = durable;
  }

  /** Gives a client a stream back that a netd which has ended had kept, or says why not. */
  resume(request: ResumeRequest, owner: TcpCount): ResumeReply | Failure {
    const { durable } = this.streams;
    if (owner.connections >= MAX_CONNECTIONS) return netFailure("net.too-many-connections");
    const make = this.makeMemory;
    if (durable === undefined || make === undefined)
      return refuse(failures.NOT_FOUND, "this netd keeps no streams; connect again");
    const resumed = resumeStream(durable, make, request);
    if (resumed instanceof Failure) return resumed;
    const { connection, rings } = resumed;
    const stream = this.stream(connection, owner);
    if (stream instanceof Failure) {
      rings.end(connection);
      return stream;
    }
    const { arrived, left } = rings;
    this.streams.goOn(connection, rings, request.token);
    return { stream, arrived, left };
  }

  /** Connections that are over, and whose clients have not taken everything yet. */
  held(): Connection[] {
    const { connections } = this.host.stack.tcp;
    return this.streams.connections().filter((each) => !connections.includes(each));
  }

  save(place: (owner: TcpCount) => number): SavedTcp {
    const listeners = savePeers(this.listeners, ({ listener, owner, credit }) => ({
      listener: listener.id,
      owner: place(owner),
      credit,
    }));
    return { listeners, streams: this.streams.save(place) };
  }

  /** Takes listeners and streams over from another netd. */
  load(
    { listeners, streams }: SavedTcp,
    connections: readonly Connection[],
    owners: readonly TcpCount[],
  ): void {
    const { tcp } = this.host.stack;
    loadPeers(this.listeners, listeners, ({ listener, owner, credit }) => {
      const found = findListenerById(tcp, listener);
      if (found === undefined) throw new Error(`a listener has lost its port (${listener})`);
      return { listener: found, owner: owners[owner]!, credit };
    });
    this.streams.load(streams, connections, owners);
  }

  /** Something happened to a connection. */
  events(connection: Connection, events: number): void {
    if (this.streams.events(connection, events)) return;
    if ((events & (CONNECTED | ENDED)) !== 0) this.opened(connection);
  }

  /** The client of a connection (TcpStreams.lent). */
  lent(connection: Connection): LentEnds | undefined {
    return this.streams.lent(connection);
  }

  /** A listener's backlog has a connection. */
  ready(listener: Listener): void {
    const { peers } = this.listeners;
    for (let index = 0; index < peers.length; index++) {
      if (peers[index].session?.listener === listener) this.accept(peers[index]);
    }
  }

  /** The connections with ids above `after`. */
  list(after: number): Connections {
    const { connections } = this.host.stack.tcp;
    const later = connections.filter((each) => each.id > after).sort((a, b) => a.id - b.id);
    return {
      list: later.slice(0, MAX_LISTED).map((each) => ({
        id: each.id,
        localAddress: each.localAddress,
        localPort: each.localPort,
        remoteAddress: each.remoteAddress,
        remotePort: each.remotePort,
        state: states[each.state].name,
        sending: each.outgoing.length,
        received: each.incoming.ring.length,
      })),
    };
  }

  /** A call to connect has come to its end, good or bad. */
  private opened(connection: Connection): void {
    const index = this.openings.findIndex((each) => each.connection === connection);
    if (index < 0) return;
    const [{ owner, only, patience, answer }] = this.openings.splice(index, 1);
    patience.cancel();
    owner.connections -= 1;
    if (!states[connection.state].synchronized) {
      answer(netFailure(openingErrors[connection.outcome]));
      return;
    }
    const stream = this.stream(connection, owner, only);
    if (stream instanceof Failure) answer(stream);
    else {
      const { localAddress, localPort } = connection;
      answer({ stream, address: localAddress, localPort });
    }
  }

  private stream(
    connection: Connection,
    owner: TcpCount,
    only?: "read" | "write",
  ): number | Failure {
    const channel = this.makeChannel();
    if (channel instanceof Failure) {
      this.host.act((stack, turn) => actTcp(stack, turn, (tcp) => tcpAbort(tcp, connection)));
      return channel;
    }
    this.streams.open(connection, channel.near, owner, only);
    return channel.far;
  }

  /** A client may have come below its bound again. */
  private acceptMore(): void {
    const { peers } = this.listeners;
    for (let index = 0; index < peers.length; index++) {
      if (peers[index].session !== undefined) this.accept(peers[index]);
    }
  }

  private accept(peer: Peer<typeof TcpListener.methods, ListenSession>): void {
    const session = peer.session!;
    const { listener, owner } = session;
    while (session.credit > 0 && owner.connections < MAX_CONNECTIONS) {
      const connection = tcpAccept(listener);
      if (connection === undefined) return;
      const stream = this.stream(connection, owner);
      if (stream instanceof Failure) return;
      session.credit -= 1;
      const { remoteAddress, remotePort, localAddress } = connection;
      peer.send.connection({ from: remoteAddress, port: remotePort, to: localAddress, stream });
    }
  }
}
