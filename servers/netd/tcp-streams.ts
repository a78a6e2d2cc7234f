// TCP connections as channels: bytes out by calls, bytes in by events that the client has asked for.
// Invariant: a connection and its channel end together, but for what is still to be delivered; `transmit` calls are answered in order.
// (Fields are private by type only: `#x` costs an engine six times as much.)
import type { Channel } from "../../sdk/contract/channel.ts";
import { answerOver, type Parked, PARKED, takeReply } from "../../sdk/contract/parked.ts";
import { loadPeers, type SavedPeer, savePeers } from "../../sdk/hot/peers.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { type Peer, type Service, service } from "../../sdk/contract/server.ts";
import { TcpStream } from "./contract.ts";
import { netFailure } from "./failures.ts";
import type { NetErrorCode } from "./net-error.ts";
import { endsOf } from "./lane/ends-of.ts";
import type { LentEnds } from "./lane/lend.ts";
import type { StackHost } from "./stack-host.ts";
import { actTcp } from "./tcp-operation.ts";
import type { DurableStreams } from "./durable-streams.ts";
import { type MakeMemory, type SavedRings, StreamRings } from "./stream-rings.ts";
import {
  atEnd,
  tcpAbort,
  tcpClose,
  tcpFinish,
  tcpPut,
  tcpReceive,
  tcpSend,
  tcpTook,
  tcpTune,
} from "./tcp/calls.ts";
import { isShared } from "./tcp/byte-ring.ts";
import { type Connection, ENDED, READABLE, WRITABLE } from "./tcp/connection.ts";
import { pump } from "./tcp/pump.ts";
import { distance } from "./tcp/sequence.ts";
import { TIME_WAIT, states } from "./tcp/states.ts";

/** How many connections and listeners a client has open; one for each client of `Net`. */
export interface TcpCount {
  connections: number;
  listeners: number;
}

/** A `transmit` call that waits for room: its reply object, 0 while it is being handled. */
interface WaitingSend {
  readonly data: Uint8Array;
  at: number;
  reply: number;
}

/** A stream as it moves to another netd; `owner` is a place in its list. */
export interface SavedStream {
  readonly connection: number;
  readonly owner: number;
  readonly credit: number;
  readonly ended: boolean;
  readonly sends: { reply: number; data: Uint8Array; at: number }[];
  readonly mayRead: boolean;
  readonly mayWrite: boolean;
  readonly rings?: SavedRings | undefined;
}

interface Session {
  readonly connection: Connection;
  readonly owner: TcpCount;
  /** `data` events that the client still allows. */
  credit: number;
  ended: boolean;
  readonly sends: WaitingSend[];
  mayRead: boolean;
  mayWrite: boolean;
  /** Where bytes lie that are moved without messages. */
  rings: StreamRings | undefined;
  /** The last `put` of this turn, while it waits for the turn's end: several are one. */
  said?: number | undefined;
  /** Of its channel, while its connection is lent (lane/lane.ts). */
  key?: number;
  handle?: number;
}

type StreamPeer = Peer<typeof TcpStream.methods, Session>;

const MAX_CREDIT = 32;
const MAX_WAITING_SENDS = 4;
/** What a message holds beside method id and length. */
const MAX_DATA = 4064;
const NS_PER_MS = 1_000_000;
/** Milliseconds. */
const LEAST_KEEP_ALIVE = 10_000;

/** The answer to a `transmit` that is done. */
const SENT = {};

/** Why a client can't do what it has given up. */
const restricted = (what: string) =>
  refuse(
    failures.REFUSED,
    `this stream may not ${what}: it was restricted before it was handed on`,
  );

/** Why nothing can be sent on a connection. */
function sendError(connection: Connection): NetErrorCode {
  const { outcome } = connection;
  if (outcome === "reset" || outcome === "refused") return "net.reset";
  if (outcome === "timed-out") return "net.timed-out";
  return outcome === "unreachable" ? "net.unreachable" : "net.finished";
}

/** All streams that clients hold. */
export class TcpStreams {
  private readonly host: StackHost;
  private readonly service: Service<typeof TcpStream.methods, Session>;

  private readonly makeMemory: MakeMemory | undefined;
  /** Those that have said `put` in this turn. */
  private said: StreamPeer[] = [];
  /** What is kept of streams for the time after an end of this netd. */
  durable: DurableStreams | undefined;

  /** `freed` is called when a client has one connection less; without `makeMemory` no rings are shared. */
  constructor(host: StackHost, freed: () => void, makeMemory?: MakeMemory) {
    this.host = host;
    this.makeMemory = makeMemory;
    this.service = service<typeof TcpStream.methods, Session>(TcpStream, {
      transmit: ({ data }, peer) =>
        peer.session!.mayWrite ? this.send(peer, data) : restricted("write"),
      share: (_request, peer) => this.share(peer),
      taken: ({ total }, peer) => {
        const { connection, rings } = peer.session!;
        const count = rings === undefined ? 0 : distance(rings.taken, total);
        const sound = this.act((turn) =>
          actTcp(host.stack, turn, (tcp) => count <= 0 || tcpTook(tcp, turn, connection, count)),
        );
        if (!sound || rings === undefined) return void peer.close();
        if (count > 0) rings.taken = total;
        this.deliver(peer);
      },
      put: ({ total }, peer) => {
        const session = peer.session!;
        if (session.said === undefined) this.said.push(peer);
        session.said = total;
        if (!host.later()) this.settling();
      },
      finish: ({ total }, peer) => {
        this.settling();
        if (peer.session === undefined) return netFailure("net.finished");
        const { connection, sends, mayWrite } = peer.session;
        if (!mayWrite) return restricted("write");
        if (total !== undefined && !this.put(peer, total)) {
          return refuse(failures.INVALID, "there are not so many bytes in the ring");
        }
        if (sends.length > 0) return netFailure("net.too-many-sends");
        this.act((turn) => actTcp(host.stack, turn, (tcp) => tcpFinish(tcp, turn, connection)));
        return {};
      },
      tune: ({ noDelay, keepAlive }, peer) => {
        const { connection } = peer.session!;
        const silence = keepAlive === 0 ? 0 : Math.max(LEAST_KEEP_ALIVE, keepAlive / NS_PER_MS);
        this.act((turn) =>
          actTcp(host.stack, turn, (tcp) => tcpTune(tcp, turn, connection, noDelay, silence)),
        );
        return {};
      },
      abort: (_fields, peer) => {
        const { connection, mayWrite } = peer.session!;
        if (!mayWrite) return;
        this.act((turn) => actTcp(host.stack, turn, (tcp) => tcpAbort(tcp, connection)));
        this.end(peer, "aborted");
      },
      more: ({ count }, peer) => {
        const session = peer.session!;
        if (!session.mayRead) return;
        // Who has the stream now does not know of the rings yet.
        if (session.rings !== undefined) peer.send.arrived({ total: session.rings.arrived });
        session.credit = Math.min(MAX_CREDIT, session.credit + count);
        this.deliver(peer);
      },
      restrict: ({ read, write }, peer) => {
        this.settling();
        const { session } = peer;
        if (session === undefined) return netFailure("net.finished");
        session.mayRead &&= read;
        session.mayWrite &&= write;
        // What could be taken up again would have both rights.
        if (!session.mayRead || !session.mayWrite) this.durable?.drop(session.connection);
        if (!session.mayRead) session.credit = 0;
        return {};
      },
      info: (_request, peer) => {
        const { connection } = peer.session!;
        return {
          localAddress: connection.localAddress,
          localPort: connection.localPort,
          remoteAddress: connection.remoteAddress,
          remotePort: connection.remotePort,
          state: states[connection.state].name,
          roundTrip: Math.round(connection.roundTrip.smoothed * NS_PER_MS),
        };
      },
      closed: (peer) => {
        this.settling();
        const { session } = peer;
        if (session === undefined) return;
        this.failSends(peer, netFailure("net.finished"));
        peer.session = undefined;
        session.owner.connections -= 1;
        const { connection } = session;
        this.durable?.drop(connection);
        session.rings?.end(connection);
        this.act((turn) => actTcp(host.stack, turn, (tcp) => tcpClose(tcp, turn, connection)));
        freed();
      },
    });
  }

  /** Gives a connection that stands a channel, whose near end this is. `only`: all that its user may do. */
  open(connection: Connection, near: Channel, owner: TcpCount, only?: "read" | "write"): void {
    owner.connections += 1;
    const peer = this.service.accept(near);
    const may = { mayRead: only !== "write", mayWrite: only !== "read", rings: undefined };
    peer.session = { connection, owner, credit: 0, ended: false, sends: [], ...may };
  }

  /** Something happened to a connection; false when it has no stream. */
  events(connection: Connection, events: number): boolean {
    const peer = this.peer(connection);
    if (peer === undefined) return false;
    if ((events & (WRITABLE | ENDED)) !== 0) {
      if (peer.session?.rings === undefined) this.sendWaiting(peer);
      else this.tellOfRoom(peer.session.connection, peer.session.rings, peer);
    }
    if ((events & (READABLE | ENDED)) !== 0) this.deliver(peer);
    return true;
  }

  /** The client of a connection, where what it says and hears is plain: no rings, no calls that wait, and the contract's own shape. */
  lent(connection: Connection): LentEnds | undefined {
    const peer = this.peer(connection);
    const session = peer?.session;
    if (peer === undefined || session === undefined || session.rings !== undefined)
      return undefined;
    if (session.ended || !session.mayRead || !session.mayWrite || session.sends.length > 0) {
      return undefined;
    }
    if ((peer as { refused?: unknown }).refused !== undefined) return undefined;
    const { key, handle } = endsOf(peer);
    if (key <= 0) return undefined;
    session.key = key;
    session.handle = handle;
    return session as Session & LentEnds;
  }

  /** Does what streams have said by `put` in this turn. */
  settling(): void {
    if (this.said.length === 0) return;
    const all = this.said;
    this.said = [];
    for (let index = 0; index < all.length; index++) {
      const { session } = all[index];
      const total = session?.said;
      if (session === undefined || total === undefined) continue;
      session.said = undefined;
      if (!this.put(all[index], total)) all[index].close();
    }
  }

  /** The connections of all streams, those that are over too. */
  connections(): Connection[] {
    return this.service.peers.map((peer) => peer.session!.connection);
  }

  save(place: (owner: TcpCount) => number): SavedPeer<SavedStream>[] {
    return savePeers(this.service, (session) => {
      const { connection, owner, credit, ended, sends, mayRead, mayWrite, rings } = session;
      return {
        connection: connection.id,
        owner: place(owner),
        credit,
        ended,
        sends: sends.map(({ reply, data, at }) => ({ reply, data, at })),
        mayRead,
        mayWrite,
        rings: rings?.save(),
      };
    });
  }

  /** Takes streams over from another netd. */
  load(
    saved: readonly SavedPeer<SavedStream>[],
    connections: readonly Connection[],
    owners: readonly TcpCount[],
  ): void {
    const make = this.makeMemory;
    const known = new Map(connections.map((each) => [each.id, each]));
    loadPeers(this.service, saved, ({ connection, owner, sends, rings, ...others }) => {
      const found = known.get(connection);
      if (found === undefined) throw new Error(`a stream has lost its connection ${connection}`);
      const kept = rings && make && StreamRings.load(found, rings, make);
      return {
        connection: found,
        owner: owners[owner]!,
        sends: [...sends],
        ...others,
        rings: kept,
      };
    });
  }

  private act<T>(enter: (turn: Parameters<Parameters<StackHost["act"]>[0]>[1]) => T): T {
    return this.host.act((_stack, turn) => enter(turn));
  }

  private peer(connection: Connection): StreamPeer | undefined {
    const { peers } = this.service;
    for (let index = 0; index < peers.length; index++) {
      if (peers[index].session?.connection === connection) return peers[index];
    }
    return undefined;
  }

  /** Streams that have rings. */
  private sharing(): number {
    const { peers } = this.service;
    let count = 0;
    for (let i = 0; i < peers.length; i++) if (peers[i]!.session?.rings !== undefined) count += 1;
    return count;
  }

  private share(peer: StreamPeer) {
    const session = peer.session!;
    const { connection, sends } = session;
    if (!session.mayRead || !session.mayWrite) return restricted("share its buffers");
    if (sends.length > 0) return refuse(failures.BUSY, "calls to transmit wait; ask again later");
    const make = this.makeMemory;
    const usable = connection.outcome === "" && states[connection.state].synchronized;
    if (make !== undefined && usable)
      session.rings ??= StreamRings.share(connection, make, this.sharing());
    const { rings } = session;
    if (rings === undefined) {
      return refuse(failures.UNAVAILABLE, "there is no memory to share; go on with messages");
    }
    const receive = rings.receive.handle();
    const send = rings.send.handle();
    if (receive instanceof Failure) return receive;
    if (send instanceof Failure) return send;
    const { arrived, taken, put, left } = rings;
    // The answer may come before `data` that was sent before it; this word comes behind.
    peer.send.arrived({ total: arrived });
    const bytes = { receiveBytes: rings.receive.view.length, sendBytes: rings.send.view.length };
    const token = this.durable?.keep(connection, rings);
    const kept = token === undefined ? {} : { token };
    return { receive, send, ...bytes, arrived, taken, put, left, ...kept };
  }

  /** A stream that came back goes on with its rings (resume-stream.ts), and can come back again. */
  goOn(connection: Connection, rings: StreamRings, token: Uint8Array): void {
    const peer = this.peer(connection)!;
    peer.session!.rings = rings;
    this.act((turn) => actTcp(this.host.stack, turn, (tcp) => pump(tcp, connection, turn.now)));
    this.deliver(peer);
    this.durable?.keep(connection, rings, token);
  }

  /** Bytes of the send ring up to `total` may go; false when there can't be so many. */
  private put(peer: StreamPeer, total: number): boolean {
    const { connection, rings, mayWrite } = peer.session!;
    if (rings === undefined || !mayWrite) return false;
    // A word that was overtaken by a later one says nothing new.
    const count = distance(rings.put, total);
    if (count <= 0) return true;
    const sound = this.act((turn) =>
      actTcp(this.host.stack, turn, (tcp) => tcpPut(tcp, turn, connection, count)),
    );
    if (sound) rings.put = total;
    return sound;
  }

  /** Tells the client of free places in the send ring, when it is worth a message. */
  private tellOfRoom(connection: Connection, rings: StreamRings, peer: StreamPeer): void {
    const { outgoing } = connection;
    const left = (rings.put - outgoing.length) >>> 0;
    const freed = (left - rings.left) >>> 0;
    if (outgoing.length > 0) connection.wantsRoom = true;
    if (freed === 0 || (outgoing.length > 0 && freed < outgoing.bytes.length >> 2)) return;
    rings.left = left;
    peer.send.left({ total: left });
  }

  private send(peer: StreamPeer, data: Uint8Array): Failure | object | Parked {
    const session = peer.session!;
    if (session.rings !== undefined) {
      return refuse(failures.INVALID, "bytes go into the shared ring now; put them there");
    }
    if (session.sends.length >= MAX_WAITING_SENDS) return netFailure("net.too-many-sends");
    let first = 0;
    if (session.sends.length === 0 && session.connection.outcome === "") {
      // What has room is gone at once; who has some bytes left, or takes none, is asked again below.
      const { connection } = session;
      const turn = this.host.enter();
      const at = tcpSend(this.host.stack.tcp, turn, connection, data, 0);
      this.host.leave();
      if (at === data.length && at > 0) return SENT;
      first = at;
    }
    const waiting: WaitingSend = { data, at: first, reply: 0 };
    session.sends.push(waiting);
    if (session.sends.length === 1) {
      const failure = this.sendFirst(session);
      if (failure !== undefined) return failure;
      if (waiting.at === data.length) return {};
    }
    waiting.reply = takeReply();
    return PARKED;
  }

  /** Sends what has room of the oldest call, and takes it off when all of it is gone or it has failed. */
  private sendFirst(session: Session): Failure | undefined {
    const { connection, sends } = session;
    const first = sends[0];
    const { outcome, finQueued } = connection;
    if (outcome !== "" || finQueued || !states[connection.state].accepts) {
      sends.shift();
      return netFailure(sendError(connection));
    }
    first.at += this.act((turn) =>
      actTcp(this.host.stack, turn, (tcp) => tcpSend(tcp, turn, connection, first.data, first.at)),
    );
    if (first.at === first.data.length) sends.shift();
    return undefined;
  }

  private sendWaiting(peer: StreamPeer): void {
    const session = peer.session!;
    const { sends } = session;
    while (sends.length > 0) {
      const first = sends[0];
      const failure = this.sendFirst(session);
      if (sends[0] === first) return;
      // the call that is being handled right now is answered by its handler
      if (first.reply !== 0) answerOver(peer, "transmit", first.reply, failure ?? {});
    }
  }

  private failSends(peer: StreamPeer, failure: Failure): void {
    for (const { reply } of peer.session!.sends.splice(0))
      if (reply !== 0) answerOver(peer, "transmit", reply, failure);
  }

  private deliver(peer: StreamPeer): void {
    const session = peer.session;
    if (session === undefined) return;
    const { connection, rings } = session;
    if (rings !== undefined && isShared(connection.incoming.ring)) {
      const total = (rings.taken + connection.incoming.ring.length) >>> 0;
      if (total !== rings.arrived) peer.send.arrived({ total });
      rings.arrived = total;
      if (!session.ended && connection.peerFinished) {
        session.ended = true;
        peer.send.end({ total });
      }
    }
    while (rings === undefined && session.credit > 0 && connection.incoming.ring.length > 0) {
      const turn = this.host.enter();
      const data = tcpReceive(this.host.stack.tcp, turn, connection, MAX_DATA);
      this.host.leave();
      session.credit -= 1;
      peer.send.data({ data });
    }
    if (!session.ended && atEnd(connection)) {
      session.ended = true;
      peer.send.end({});
    }
    const { outcome } = connection;
    const finished = outcome === "finished" || connection.state === TIME_WAIT;
    if (finished && session.ended && (rings === undefined || atEnd(connection)))
      this.end(peer, "finished");
    else if (outcome === "refused") this.end(peer, "reset");
    else if (outcome !== "" && outcome !== "finished") this.end(peer, outcome);
  }

  private end(
    peer: StreamPeer,
    outcome: "finished" | "reset" | "timed-out" | "unreachable" | "aborted",
  ): void {
    const session = peer.session;
    if (session !== undefined) {
      const error = outcome === "aborted" ? "net.finished" : sendError(session.connection);
      this.failSends(peer, netFailure(error));
    }
    peer.send.over({ outcome });
    peer.close();
  }
}
