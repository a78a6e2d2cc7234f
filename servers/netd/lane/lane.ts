// Plain connections go to a kernel while TypeScript sleeps: a turn's events are its first, and what it leaves comes here.
//
// Invariant: between two turns of TypeScript a connection that is lent, and the pool of its card, are the kernel's; before any TypeScript of this
// server runs, all is given back. So nothing else here has to know of it.

import { serve, type Mapped } from "../../../tape/kernels/lane.tape";
import type { Stack } from "../stack.ts";
import type { Connection } from "../tcp/connection.ts";
import { NEVER } from "../turn.ts";
import { identificationPlace } from "../send.ts";
import { head, HEAD, slot, STORE, STRIDE, WAY } from "./layout.ts";
import { lend, type LentEnds, takeBack } from "./lend.ts";
import { isPlain } from "./plain.ts";

/** Connections at once: a kernel looks for its own one after the other. */
const MOST = 8;
/** Turns in a row that end plain before a connection is lent. */
const TRUST = 3;
/** How often it may come back without having been of use. */
const MISSES = 16;
/** And how long it is left alone then, in such turns. */
const REST = 32;
/** Packets of one call of the kernel. */
const PACKETS = 32;
/** Pieces of a batch that it looks at. */
const PIECES = 8;
/** Where there are more connections, their deadlines take longer to look through than a kernel saves. */
const CROWD = 64;

/** Bytes of the memory behind events and messages. */
export const LANE_BYTES = MOST * STORE;

/** Memory that a kernel takes: of this process, or on Node. */
type Bytes = Uint8Array | Mapped;

/** The stack as this needs it (StackHost). */
export interface LaneHost {
  readonly stack: Pick<Stack, "tcp" | "wires" | "loopback" | "counters" | "identifications">;
  /** milliseconds */
  readonly clock: { readonly latest: number; readonly ahead: number };
  tookBack(latest: number): void;
}

/** How packets get to a host: Ethernet and IP header, and until when that is known. */
export interface LaneWay {
  readonly wire: number;
  readonly headers: Uint8Array;
  readonly until: number;
}

/** The card's pool, as the kernel goes on with it. */
export interface LanePool {
  readonly frames: Bytes;
  readonly slots: Bytes;
  /** of the channel to its driver */
  readonly key: number;
  readonly handle: number;
  readonly slotCount: number;
  next: number;
  room: number;
  /** batches and pieces to give back */
  taken: number;
  pieces: number;
}

/** Memory for the kernel (LaneMemory in sdk/runtime/lane.ts). */
export interface LaneArea {
  readonly events: Bytes;
  readonly messages: Bytes;
  readonly more: Bytes;
  bring(bytes: number): void;
  send(bytes: number): void;
  copyIn(at: number, bytes: Uint8Array): void;
  copyOut(at: number, count: number): Uint8Array;
}

/** What it needs of this server. */
export interface LaneWorld {
  /** undefined where there is no memory for it */
  area(): LaneArea | undefined;
  /** The loop's port. */
  port(): number;
  /** The pool of a wire's card, undefined where that has none now. */
  pool(wire: number): LanePool | undefined;
  /** The way of a connection's packets, undefined while it is not known. */
  way(connection: Connection): LaneWay | undefined;
  /** The client of a connection's stream, undefined where it may not be served without TypeScript. */
  client(connection: Connection): LentEnds | undefined;
}

/** A connection that is lent whenever it is plain. */
interface Wanted {
  readonly connection: Connection;
  ends: LentEnds | undefined;
  misses: number;
}

export class Lane {
  /** ns since boot, -1 never */
  deadline = -1;
  /** Whether the kernel has anything. */
  holds = false;
  /** Events that it has dealt with, and turns of them. */
  events = 0;
  /** Why it left an event last (layout.ts). */
  left = 0;
  private readonly host: LaneHost;
  private readonly world: LaneWorld;
  /** The state (layout.ts). */
  readonly n = new Float64Array(HEAD + MOST * STRIDE);
  private readonly runs = new Uint32Array(16 * PIECES);
  private readonly pieces = new Uint32Array(3 * PIECES);
  private readonly packets = new Uint32Array(1 + 5 * PACKETS);
  private area: LaneArea | undefined;
  private pool: LanePool | undefined;
  private wanted: Wanted[] = [];
  private lent: Wanted[] = [];

  constructor(host: LaneHost, world: LaneWorld) {
    this.host = host;
    this.world = world;
  }

  /** From the loop (Lane in sdk/runtime/lane.ts). */
  take(bytes: number, may: boolean): number {
    let done = 0;
    if (may) {
      const { n, pool, area } = this;
      area!.bring(bytes);
      done = serve(
        pool!.frames,
        pool!.slots,
        area!.more,
        n,
        area!.events,
        bytes,
        area!.messages,
        this.runs,
        this.pieces,
        this.packets,
      );
      const made = n[head.out]!;
      if (made > 0) area!.send(made);
      this.left = n[head.why]!;
      if (this.left === 0) {
        this.setDeadline();
        return done;
      }
    }
    this.recall();
    return done;
  }

  private setDeadline(): void {
    const { n } = this;
    const due = n[head.due]!;
    // A microsecond late, as the host's timer is.
    this.deadline = due === NEVER ? -1 : Math.ceil((due - n[head.ahead]!) * 1_000_000) + 1_000;
  }

  /** At the end of a turn, when everything of it is settled: what is plain is lent. */
  offer(): void {
    const { stack } = this.host;
    const { tcp } = stack;
    const { recent } = tcp;
    if (recent !== undefined && recent.plainTurns < TRUST && isPlain(recent)) {
      recent.plainTurns += 1;
      if (recent.plainTurns === TRUST && this.wanted.length < MOST) {
        this.wanted.push({ connection: recent, ends: undefined, misses: 0 });
      }
    }
    if (this.wanted.length > 0 && !this.holds) this.lendWanted();
  }

  private lendWanted(): void {
    const { host, wanted, n } = this;
    const { stack } = host;
    const { tcp } = stack;
    if (tcp.connections.length > CROWD || tcp.stalled.length > 0) return;
    if (stack.loopback.length > 0 || !tcp.settings.shortcuts) return;
    let wire = -1;
    for (let index = 0; index < wanted.length; index++) {
      const each = wanted[index]!;
      const { connection } = each;
      if (connection.outcome !== "" || connection.detached) {
        wanted.splice(index--, 1);
        continue;
      }
      if (!isPlain(connection)) continue;
      const way = this.world.way(connection);
      if (way === undefined || (wire >= 0 && way.wire !== wire)) continue;
      const ends = this.world.client(connection);
      if (ends === undefined) continue;
      if (wire < 0 && !this.begin(way.wire)) return;
      wire = way.wire;
      this.lendOne(each, ends, way);
    }
    if (this.lent.length === 0) return;
    n[head.count] = this.lent.length;
    this.holds = true;
    this.noteDeadlines();
    this.setDeadline();
  }

  /** The pool goes to the kernel. */
  private begin(wire: number): boolean {
    const pool = this.world.pool(wire);
    const area = (this.area ??= this.world.area());
    if (pool === undefined || area === undefined || pool.key <= 0) return false;
    const { n, host } = this;
    const { latest, ahead } = host.clock;
    this.pool = pool;
    n[head.ahead] = ahead;
    n[head.latest] = latest;
    n[head.room] = pool.room;
    n[head.next] = pool.next;
    n[head.taken] = pool.taken;
    n[head.pieces] = pool.pieces;
    n[head.slots] = pool.slotCount;
    n[head.cardKey] = pool.key;
    n[head.card] = pool.handle;
    n[head.port] = this.world.port();
    n[head.mac] = host.stack.wires[wire]!.link.mac;
    n[head.framesIn] = n[head.bytesIn] = n[head.framesOut] = n[head.bytesOut] = 0;
    return true;
  }

  private lendOne(each: Wanted, ends: LentEnds, way: LaneWay): void {
    const { lent, n, host } = this;
    const { stack } = host;
    const { connection } = each;
    const index = lent.length;
    const id = stack.identifications[identificationPlace(stack, connection.remoteAddress)]!;
    const { userTimeout } = stack.tcp.settings;
    each.ends = ends;
    lent.push(each);
    this.area!.copyIn(index * STORE, way.headers);
    lend(n, HEAD + index * STRIDE, connection, ends, userTimeout, way.until, id);
  }

  /** The stack's next timer is without those that are lent, theirs are the kernel's. */
  private noteDeadlines(): void {
    const { n, lent } = this;
    const { tcp } = this.host.stack;
    let due = NEVER;
    for (let index = 0; index < lent.length; index++) {
      const at = n[HEAD + index * STRIDE + slot.acknowledgeAt]!;
      if (at < due) due = at;
    }
    n[head.due] = due;
    let deadline = NEVER;
    for (let index = 0; index < tcp.connections.length; index++) {
      const each = tcp.connections[index]!;
      if (each.deadline < deadline) deadline = each.deadline;
    }
    tcp.deadline = deadline;
  }

  /** All is TypeScript's again. */
  recall(): void {
    if (!this.holds) return;
    const { n, lent, pool, host } = this;
    const { counters, tcp } = host.stack;
    this.holds = false;
    this.deadline = -1;
    this.lent = [];
    pool!.room = n[head.room]!;
    pool!.next = n[head.next]!;
    pool!.taken = n[head.taken]!;
    pool!.pieces = n[head.pieces]!;
    counters.framesReceived += n[head.framesIn]!;
    counters.bytesReceived += n[head.bytesIn]!;
    counters.framesSent += n[head.framesOut]!;
    counters.bytesSent += n[head.bytesOut]!;
    for (let index = 0; index < lent.length; index++) this.takeBackOne(lent[index]!, index);
    for (let index = 0; index < lent.length; index++) {
      const { deadline } = lent[index]!.connection;
      if (deadline < tcp.deadline) tcp.deadline = deadline;
    }
    host.tookBack(n[head.latest]!);
  }

  private takeBackOne(each: Wanted, index: number): void {
    const { n, host } = this;
    const { stack } = host;
    const { connection } = each;
    const at = HEAD + index * STRIDE;
    const place = index * STORE + WAY;
    takeBack(n, at, connection, each.ends!, (count) => this.area!.copyOut(place, count));
    each.ends = undefined;
    const id = identificationPlace(stack, connection.remoteAddress);
    stack.identifications[id] = n[at + slot.identification]!;
    const work = n[at + slot.work]!;
    this.events += work;
    each.misses = work > 0 ? 0 : each.misses + 1;
    if (each.misses < MISSES) return;
    this.wanted.splice(this.wanted.indexOf(each), 1);
    connection.plainTurns = -REST;
  }
}
