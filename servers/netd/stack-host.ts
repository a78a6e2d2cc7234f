// Runs the stack in a server: gives it turns, sends its frames in batches, and wakes it at its deadlines.
// Invariant: the stack is only ever entered through `act`; when `act` returns, all frames of that entry are in messages and the
// timer stands at the stack's next deadline.
import { FrameBatch } from "../../sdk/net/frame-batch.ts";
import { deadlinePassed, nextDeadline } from "./deadlines.ts";
import { copyFrame } from "./packet-buffer.ts";
import { type Stack, type StackEffects, createStack } from "./stack.ts";
import { NEVER, type Turn } from "./turn.ts";

/** What the host needs of the runtime, as arguments, so that it runs on Node too. */
export interface HostWorld {
  /** Nanoseconds since boot, fixed for a turn. */
  now(): number;
  random32(): number;
  /** Runs `f` at a time in nanoseconds since boot. */
  at(deadline: number, f: () => void): { cancel(): void };
  /** Sends frames to the card; without a card they are lost, as on a wire. */
  transmit(frames: Uint8Array[]): void;
}

const NS_PER_MS = 1_000_000;

/** A stack that lives in a server. */
export class StackHost {
  readonly stack: Stack;
  private readonly world: HostWorld;
  private readonly turn: { now: number; random32(): number };
  private readonly outgoing: FrameBatch;
  private timer: { cancel(): void } | undefined;
  private timerAt = NEVER;

  /** `effects` gets all that the stack does but frames. */
  constructor(world: HostWorld, effects: Omit<StackEffects, "transmit">) {
    this.world = world;
    this.turn = { now: world.now() / NS_PER_MS, random32: () => world.random32() };
    this.outgoing = new FrameBatch((frames) => world.transmit(frames));
    this.stack = createStack(this.turn, {
      transmit: (packet) => this.outgoing.add(copyFrame(packet)),
      bound: (lease, renewed) => effects.bound(lease, renewed),
      unbound: (lease, reason) => effects.unbound(lease, reason),
      pingEnded: (result) => effects.pingEnded(result),
      datagramArrived: (socket) => effects.datagramArrived(socket),
      datagramLost: (socket, to, port) => effects.datagramLost(socket, to, port),
    });
  }

  /** Enters the stack. */
  act<T>(enter: (stack: Stack, turn: Turn) => T): T {
    this.turn.now = this.world.now() / NS_PER_MS;
    const result = enter(this.stack, this.turn);
    this.outgoing.flush();
    this.arm();
    return result;
  }

  /** Time in milliseconds, as the stack counts it. */
  now(): number {
    return this.world.now() / NS_PER_MS;
  }

  private arm(): void {
    const deadline = nextDeadline(this.stack);
    if (deadline === this.timerAt) return;
    this.timer?.cancel();
    this.timer = undefined;
    this.timerAt = deadline;
    if (deadline === NEVER) return;
    // A microsecond late: a timer early by rounding would find nothing due, and be set again for ever.
    this.timer = this.world.at(Math.ceil(deadline * NS_PER_MS) + 1_000, () => {
      this.timerAt = NEVER;
      this.act(deadlinePassed);
    });
  }
}
