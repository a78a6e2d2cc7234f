// All connections and listeners of one host, and what TCP needs of the world.
//
// Invariant: `live` + `timeWait` is the number of connections in the table; `halfOpen` of them stand in a listener's backlog in
// SYN-RECEIVED. Lookup is by a keyed hash of the ends, so that nobody can aim at one bucket.

import { type PacketBuffer, createPacketBuffer } from "../packet-buffer.ts";
import { type RateLimit, createRateLimit } from "../rate-limit.ts";
import { NEVER } from "../turn.ts";
import { type MemoryAccount, releaseRing } from "./byte-ring.ts";
import { Connection, ENDED, type Ends, type TcpOutcome } from "./connection.ts";
import type { SegmentFields } from "./segment-fields.ts";
import type { TcpSettings } from "./settings.ts";
import { CLOSED, SYN_RECEIVED, TIME_WAIT } from "./states.ts";

/** What TCP does to the world, and asks of it. */
export interface TcpWorld {
  /**
   * Sends the segment at IP_PAYLOAD .. `packet.end`; `packet` is only valid during the call. What cannot be sent is lost. `congestion`: the
   * IP header's ECN bits.
   */
  transmit(source: number, destination: number, packet: PacketBuffer, congestion: number): void;
  /**
   * Builds a plain segment and sends it where the way to the peer is known and frames are built in place (SegmentBuilder in ../stack.ts); false:
   * `transmit` is to do it.
   */
  compose?(ends: Ends, ...fields: SegmentFields): boolean;
  /** Into how many frames a packet towards a host may be cut, below 2: it may not. */
  longest?(source: number, destination: number): number;
  /** Frames towards a host that are made now would be lost on this one. */
  full?(source: number, destination: number): boolean;
  /** Longest IP packet of the interface towards a host, and of the path as far as it is known; bytes. */
  interfaceMtu(remote: number): number;
  pathMtu(remote: number): number;
  /** A keyed hash of four 32-bit numbers, unpredictable without the key: 32 bits (RFC 6528 section 3). */
  hash(a: number, b: number, c: number, d: number): number;
}

/** A port that takes connections. */
export interface Listener {
  readonly id: number;
  /** 0: every own address. */
  readonly address: number;
  readonly port: number;
  /** Most complete connections that wait to be accepted. */
  readonly backlog: number;
  /** Complete ones, oldest first. */
  readonly ready: Connection[];
  incomplete: number;
}

/** The whole state of TCP. */
export interface TcpTable {
  readonly settings: TcpSettings;
  readonly world: TcpWorld;
  readonly account: MemoryAccount;
  readonly connections: Connection[];
  readonly buckets: Connection[][];
  /** How many connections there are by 16 bits of their ends' hash: 0 where there is none (tape/kernels/syns.tape). */
  readonly known: Uint8Array;
  /** The one that a plain segment was for last (receive-direct.ts). */
  recent: Connection | undefined;
  salt: number;
  readonly listeners: Listener[];
  nextId: number;
  /** RFC 6056 algorithm 3. */
  nextPort: number;
  halfOpen: number;
  timeWait: number;
  /** What cookies are made with (cookie.ts), once there was one. */
  cookieKey: Uint32Array | undefined;
  /** SYN cookies have been sent, and are believed until this time (milliseconds). */
  cookiesUntil: number;
  /** Ends of connections whose netd has ended, and that their users may come back for: segments for them are lost (revive.ts). */
  readonly awaited: Ends[];
  /** Connections with events, in order of the first one. */
  readonly signalled: Connection[];
  /** Connections that wait until frames have left. */
  readonly stalled: Connection[];
  /** Listeners with a new ready connection. */
  readonly readyListeners: Listener[];
  /** No timer is due before (milliseconds). */
  deadline: number;
  /** Where segments are built. */
  readonly packet: PacketBuffer;
  readonly resets: RateLimit;
  /** Challenge acknowledgements of all connections together (RFC 5961 section 7). */
  readonly challenges: RateLimit;
  /** Scratch of SACK blocks to report. */
  readonly blockLeft: Uint32Array;
  readonly blockRight: Uint32Array;
}

const BUCKETS = 256;
const PLACES = 65_536;
const RESETS_PER_SECOND = 200;
const CHALLENGES_PER_SECOND = 1000;

/** A table without connections. `salt`: a random number; `packet`: where segments are built. */
export function createTcpTable(
  world: TcpWorld,
  settings: TcpSettings,
  salt: number,
  packet: PacketBuffer = createPacketBuffer(),
): TcpTable {
  const buckets: Connection[][] = [];
  for (let index = 0; index < BUCKETS; index++) buckets.push([]);
  return {
    settings,
    world,
    account: { used: 0, limit: settings.memory },
    connections: [],
    buckets,
    known: new Uint8Array(PLACES),
    recent: undefined,
    salt,
    listeners: [],
    nextId: 1,
    nextPort: salt & 0xffff,
    halfOpen: 0,
    timeWait: 0,
    cookieKey: undefined,
    cookiesUntil: Number.NEGATIVE_INFINITY,
    awaited: [],
    signalled: [],
    stalled: [],
    readyListeners: [],
    deadline: NEVER,
    packet,
    resets: createRateLimit(RESETS_PER_SECOND, RESETS_PER_SECOND / 2),
    challenges: createRateLimit(CHALLENGES_PER_SECOND, CHALLENGES_PER_SECOND / 2),
    blockLeft: new Uint32Array(4),
    blockRight: new Uint32Array(4),
  };
}

/** The place of these ends: below PLACES. */
function placeOf(tcp: TcpTable, local: number, remote: number, ports: number): number {
  let mixed = Math.imul(remote ^ tcp.salt, 0x9e3779b1) ^ Math.imul(ports, 0x85ebca6b) ^ local;
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed >>> 16;
}

function bucketOf(tcp: TcpTable, local: number, remote: number, ports: number): Connection[] {
  return tcp.buckets[placeOf(tcp, local, remote, ports) >>> 8];
}

/** The connection between these ends. */
export function findConnection(
  tcp: TcpTable,
  localAddress: number,
  localPort: number,
  remoteAddress: number,
  remotePort: number,
): Connection | undefined {
  const ports = localPort * 65_536 + remotePort;
  const bucket = bucketOf(tcp, localAddress, remoteAddress, ports);
  for (let index = 0; index < bucket.length; index++) {
    const each = bucket[index];
    if (
      each.remotePort === remotePort &&
      each.localPort === localPort &&
      each.remoteAddress === remoteAddress &&
      each.localAddress === localAddress
    ) {
      return each;
    }
  }
  return undefined;
}

/** A new connection in the table; undefined when it is full. The caller has looked that the ends are free. */
export function addConnection(
  tcp: TcpTable,
  state: number,
  ends: Ends,
  now: number,
): Connection | undefined {
  if (tcp.connections.length - tcp.timeWait >= tcp.settings.connections) return undefined;
  const connection = new Connection(tcp.nextId++, state, ends, tcp.settings, tcp.account, now);
  insertConnection(tcp, connection);
  return connection;
}

/** Puts a connection into the table, which has looked at no bound. */
export function insertConnection(tcp: TcpTable, connection: Connection): void {
  tcp.connections.push(connection);
  const ports = connection.localPort * 65_536 + connection.remotePort;
  const place = placeOf(tcp, connection.localAddress, connection.remoteAddress, ports);
  tcp.buckets[place >>> 8].push(connection);
  tcp.known[place] += 1;
}

/** Takes the connection out of table, backlog and counts; its received bytes stay for its user. */
function removeConnection(tcp: TcpTable, connection: Connection): void {
  const place = tcp.connections.indexOf(connection);
  if (place < 0) return;
  tcp.connections.splice(place, 1);
  if (tcp.recent === connection) tcp.recent = undefined;
  const ports = connection.localPort * 65_536 + connection.remotePort;
  const hashed = placeOf(tcp, connection.localAddress, connection.remoteAddress, ports);
  const bucket = tcp.buckets[hashed >>> 8];
  bucket.splice(bucket.indexOf(connection), 1);
  tcp.known[hashed] -= 1;
  if (connection.state === TIME_WAIT) tcp.timeWait -= 1;
  leaveBacklog(tcp, connection);
}

/** The connection does not stand in a backlog any more: completed, accepted or over. */
export function leaveBacklog(tcp: TcpTable, connection: Connection): void {
  const listener = findListenerById(tcp, connection.listener);
  if (listener === undefined) return;
  if (connection.state === SYN_RECEIVED) {
    tcp.halfOpen -= 1;
    listener.incomplete -= 1;
  } else {
    const place = listener.ready.indexOf(connection);
    if (place >= 0) listener.ready.splice(place, 1);
  }
}

/** The open listener with this id. */
export function findListenerById(tcp: TcpTable, id: number): Listener | undefined {
  for (let index = 0; index < tcp.listeners.length; index++) {
    if (tcp.listeners[index].id === id) return tcp.listeners[index];
  }
  return undefined;
}

/** Who listens at an own address and port. */
export function findListener(tcp: TcpTable, address: number, port: number): Listener | undefined {
  for (let index = 0; index < tcp.listeners.length; index++) {
    const each = tcp.listeners[index];
    if (each.port === port && (each.address === 0 || each.address === address)) return each;
  }
  return undefined;
}

/** Notes that something happened to a connection, for its user. */
export function signal(tcp: TcpTable, connection: Connection, events: number): void {
  connection.events |= events;
  if (connection.signalled) return;
  connection.signalled = true;
  tcp.signalled.push(connection);
}

/** Takes the connections with events; the caller reads and clears `events` of each. */
export function takeSignalled(tcp: TcpTable): Connection[] {
  const list = tcp.signalled.splice(0);
  for (let index = 0; index < list.length; index++) list[index].signalled = false;
  return list;
}

/** Ends a connection for good: nothing of it goes out any more. */
export function endConnection(tcp: TcpTable, connection: Connection, outcome: TcpOutcome): void {
  if (connection.outcome !== "") return;
  removeConnection(tcp, connection);
  connection.state = CLOSED;
  connection.listener = 0;
  connection.outcome = outcome;
  connection.flight.segments.length = 0;
  connection.flight.bytes = 0;
  connection.flight.sackedCount = 0;
  connection.flight.lostCount = 0;
  connection.deadline = NEVER;
  releaseRing(connection.outgoing);
  if (outcome !== "finished" || connection.detached) releaseIncoming(connection);
  signal(tcp, connection, ENDED);
}

/** Drops what was received and not read. */
export function releaseIncoming(connection: Connection): void {
  releaseRing(connection.incoming.ring);
  connection.incoming.ranges.length = 0;
  connection.incoming.recent.length = 0;
}
