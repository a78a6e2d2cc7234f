// Runs the stack in a server: gives it turns, sends its frames in batches, and wakes it at its deadlines.
// Invariant: the stack is only ever entered through `act`; at the end of a turn all frames of its entries are in messages and the
// timer stands at the stack's next deadline. Where the world has no turns' ends, that is so when `act` returns.
import { FrameBatch } from "../../sdk/net/frame-batch.ts";
import { deadlinePassed, nextDeadline } from "./deadlines.ts";
import { createHashKey, createKeyedHash } from "./keyed-hash.ts";
import { copyFrame, type PacketBuffer } from "./packet-buffer.ts";
import { type Restored, restoreStack } from "./state/restore-stack.ts";
import { saveAddress, saveStack } from "./state/save-stack.ts";
import { TableReader } from "./state/table-reader.ts";
import type { TableWriter } from "./state/table-writer.ts";
import { type FrameOutlet, type Stack, type StackEffects, createStack } from "./stack.ts";
import type { Connection } from "./tcp/connection.ts";
import { type Listener, takeSignalled } from "./tcp/table.ts";
import { NEVER, type Turn } from "./turn.ts";
import { chooseWire, WIRES } from "./wires.ts";

/** What the host needs of the runtime, as arguments, so that it runs on Node too. */
export interface HostWorld {
  /** Nanoseconds since boot, fixed for a turn. */
  now(): number;
  random32(): number;
  /** SHA-256: 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
  /** Runs `f` at a time in nanoseconds since boot. */
  at(deadline: number, f: () => void): { cancel(): void };
  /** Sends frames to a wire's card; without a card they are lost, as on a wire. */
  transmit(frames: Uint8Array[], wire: number): void;
  /** The pool of a wire's card, where frames are built in place. */
  outlet?(wire: number): HostOutlet | undefined;
  /** Runs `f` at the end of each turn, before its messages leave; without it each entry is settled by itself. */
  atTurnEnd?(f: () => void): void;
  /** What is plain goes on without TypeScript from the end of a turn on (lane/lane.ts). */
  offer?(): void;
}

/** The card's pool as the host uses it. */
export interface HostOutlet extends FrameOutlet {
  send(packet: PacketBuffer): void;
  /** What was sent leaves. */
  flush(): void;
}

const NS_PER_MS = 1_000_000;

/** What the host tells of: all that the stack does but frames, and what happened to connections. */
export interface HostEffects extends Omit<StackEffects, "transmit" | "outlet"> {
  /** Bits of tcp/connection.ts, cleared by the call. Told outside of the stack: the handler may enter it. */
  connectionEvents(connection: Connection, events: number): void;
  /** The listener's backlog has a connection to accept. Told outside of the stack. */
  connectionReady(listener: Listener): void;
  /** The stack was entered and left. Called outside of the stack. */
  outside?(): void;
  /** What waited for `later` is to be done now; it may enter the stack. */
  settling?(): void;
}

/** A stack that lives in a server. */
export class StackHost {
  readonly stack: Stack;
  private readonly world: HostWorld;
  private readonly turn: { now: number; random32(): number };
  private readonly outgoing: readonly FrameBatch[];
  private timer: { cancel(): void } | undefined;
  private timerAt = NEVER;
  private readonly effects: HostEffects;
  private depth = 0;
  /** The stack was entered since it was settled last. */
  private entered = false;
  /** The world's time when it was last asked for, and how far the stack's is ahead of it; milliseconds. */
  private latest = 0;
  private ahead = 0;
  private readonly key: Uint8Array;
  /** What came with the state of another netd; undefined without one, or when it was not sound. */
  readonly restored: Restored | undefined;

  /** `saved`: what the netd before this one has said by `save`. */
  constructor(world: HostWorld, effects: HostEffects, saved?: Uint8Array) {
    this.world = world;
    this.effects = effects;
    this.turn = { now: world.now() / NS_PER_MS, random32: () => world.random32() };
    this.outgoing = Array.from(
      { length: WIRES },
      (_, wire) => new FrameBatch((frames) => world.transmit(frames, wire)),
    );
    const stackEffects: StackEffects = {
      outlet: (wire) => world.outlet?.(wire),
      transmit: (packet, wire) => {
        const outlet = world.outlet?.(wire);
        if (outlet === undefined) this.outgoing[wire]!.add(copyFrame(packet));
        else outlet.send(packet);
      },
      bound: (lease, renewed) => effects.bound(lease, renewed),
      unbound: (lease, reason) => effects.unbound(lease, reason),
      pingEnded: (result) => effects.pingEnded(result),
      datagramArrived: (socket) => effects.datagramArrived(socket),
      datagramLost: (socket, to, port) => effects.datagramLost(socket, to, port),
    };
    const reader = saved && TableReader.open(saved);
    const savedHost = reader?.table("host");
    const savedKey = savedHost?.blob(0, "key");
    this.key = savedKey?.length === 32 ? savedKey.slice() : createHashKey(() => world.random32());
    this.ahead = savedHost?.number(0, "ahead") ?? 0;
    this.turn.now = this.now();
    const hash = createKeyedHash(this.key, (data) => world.sha256(data));
    let stack = createStack(this.turn, stackEffects, hash);
    if (saved !== undefined) {
      this.restored = restoreStack(stack, reader, this.turn.now);
      if (this.restored === undefined) stack = createStack(this.turn, stackEffects, hash);
    }
    this.stack = stack;
    this.arm();
    world.atTurnEnd?.(() => this.settle());
  }

  /**
   * All state, for the netd that takes over; to be called between turns, and the stack is not entered again unless nobody took over.
   * `held`: connections that are over and still have a user; `more` adds tables.
   */
  save(held: readonly Connection[], more: (writer: TableWriter) => void): Uint8Array {
    return saveStack(this.stack, held, (writer) => {
      this.saveOwn(writer);
      more(writer);
    });
  }

  /** The address and DHCP's state, for the netd that begins after an end of this one: the constructor takes it. */
  saveAddress(): Uint8Array {
    return saveAddress(this.stack, (writer) => this.saveOwn(writer));
  }

  private saveOwn(writer: TableWriter): void {
    writer.rows("host", ["bkey", "nahead"], [{ key: this.key, ahead: this.ahead }]);
  }

  /** A fresh, unpredictable integer of 32 bits. */
  random32(): number {
    return this.world.random32();
  }

  /** As `act`, with a wire chosen: what has happened there. */
  actOn<T>(wire: number, enter: (stack: Stack, turn: Turn) => T): T {
    return this.act((stack, turn) => {
      const before = chooseWire(stack, wire);
      const result = enter(stack, turn);
      chooseWire(stack, before);
      return result;
    });
  }

  /** Enters the stack. */
  act<T>(enter: (stack: Stack, turn: Turn) => T): T {
    const turn = this.enter();
    const result = enter(this.stack, turn);
    this.leave();
    return result;
  }

  /** As `act` without a function, where each step counts: TCP is entered by what comes between this and `leave`, which must follow. */
  enter(): Turn {
    const { turn } = this;
    turn.now = this.stack.tcpClock.now = this.now();
    this.depth += 1;
    return turn;
  }

  /** Ends what `enter` has begun. */
  leave(): void {
    this.depth -= 1;
    if (this.depth > 0) return;
    this.entered = true;
    if (this.world.atTurnEnd === undefined) this.settle();
  }

  /** Whether work may wait for `settling`; it comes then. */
  later(): boolean {
    if (this.world.atTurnEnd === undefined) return false;
    this.entered = true;
    return true;
  }

  /** Tells what happened, sends what was built and sets the timer: once for all entries of a turn. */
  settle(): void {
    if (!this.entered || this.depth > 0) return;
    this.effects.settling?.();
    this.depth = 1;
    this.tellConnections();
    this.depth = 0;
    this.entered = false;
    for (let wire = 0; wire < WIRES; wire++) {
      this.outgoing[wire]!.flush();
      this.world.outlet?.(wire)?.flush();
    }
    this.world.offer?.();
    this.arm();
  }

  /** The world's latest time, and how far the stack's is ahead of it; milliseconds. */
  get clock(): { readonly latest: number; readonly ahead: number } {
    return { latest: this.latest, ahead: this.ahead };
  }

  /** What was offered is the stack's again, and time has passed until `latest`. */
  tookBack(latest: number): void {
    this.latest = latest;
    this.arm();
  }

  /** Time in milliseconds, as the stack counts it: it never goes back, even where the world's does. */
  now(): number {
    const time = this.world.now() / NS_PER_MS;
    if (time < this.latest) {
      this.ahead += this.latest - time;
      this.timerAt = NEVER;
    }
    this.latest = time;
    return time + this.ahead;
  }

  /** Runs `f` at a time in milliseconds, as the stack counts it. */
  at(deadline: number, f: () => void): { cancel(): void } {
    return this.world.at(Math.ceil((deadline - this.ahead) * NS_PER_MS) + 1_000, f);
  }

  /** Hands out what happened to connections, until nothing more comes of it. */
  private tellConnections(): void {
    const { tcp } = this.stack;
    do {
      if (tcp.readyListeners.length > 0) {
        const ready = tcp.readyListeners.splice(0);
        for (let index = 0; index < ready.length; index++)
          this.effects.connectionReady(ready[index]);
      }
      if (tcp.signalled.length > 0) this.tellSignalled(takeSignalled(tcp));
      this.effects.outside?.();
    } while (tcp.signalled.length > 0 || tcp.readyListeners.length > 0);
  }

  private tellSignalled(signalled: readonly Connection[]): void {
    for (let index = 0; index < signalled.length; index++) {
      const connection = signalled[index];
      const events = connection.events;
      connection.events = 0;
      if (events !== 0) this.effects.connectionEvents(connection, events);
    }
  }

  private arm(): void {
    const deadline = nextDeadline(this.stack);
    if (deadline === this.timerAt) return;
    this.timer?.cancel();
    this.timer = undefined;
    this.timerAt = deadline;
    if (deadline === NEVER) return;
    // A microsecond late: a timer early by rounding would find nothing due, and be set again for ever.
    this.timer = this.at(deadline, () => {
      this.timerAt = NEVER;
      this.act(deadlinePassed);
    });
  }
}
