// Commands to the card (Virtio 1.2 section 5.1.6.5), one at a time over its control queue.
//
// Invariant: nobody waits for an answer. A card that refuses a command goes on as it is; one that does not answer in time, or lies about its
// queue, gets no more of them.

import type { MemoryView } from "../../sdk/runtime/shared-view.ts";
import type { DeviceQueue } from "../../sdk/virtio/queues.ts";
import { BROKEN, DEVICE_WRITES, NONE } from "../../sdk/virtio/split-ring.ts";

/** Slots of the queue, of which two are used. */
export const CONTROL_SLOTS = 8;
/** Bytes behind the rings: a command, and its answer. */
export const CONTROL_BYTES = 64;
const ANSWER_AT = CONTROL_BYTES - 1;
/** The chain's first descriptor, and its second: one that has NEXT goes on at 0, as `describe` leaves it. */
const COMMAND = 1;
const ANSWER = 0;
const NEXT = 1;
const OK = 0;
const NOT_YET = 0xff;
/** Nanoseconds until a card that does not answer is given up. */
const PATIENCE = 1_000_000_000;

/** Class, command, and what belongs to it. */
export const commands = {
  onlyOwn: Uint8Array.of(0, 0, 0),
  onlyJoined: Uint8Array.of(0, 1, 0),
  /** Stations and groups besides the own address and broadcast: none. */
  nobodyElse: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  address: (mac: Uint8Array) => Uint8Array.of(1, 1, ...mac),
  announced: Uint8Array.of(3, 0),
} as const;

/** What the queue needs of the runtime. */
export interface ControlWorld {
  after(span: number, f: () => void): void;
  log(text: string): void;
}

export class ControlQueue {
  /** Commands that the card has refused. */
  refused = 0;
  /** Not used any more. */
  dead = false;
  private readonly queue: DeviceQueue;
  private readonly memory: MemoryView;
  private readonly at: number;
  private waiting: Uint8Array[] = [];
  private world: ControlWorld | undefined;
  /** Numbers the command that is on its way; 0 for none. */
  private asked = 0;
  private count = 0;

  /** `at`: where CONTROL_BYTES of the memory are its own. */
  constructor(queue: DeviceQueue, memory: MemoryView, at: number) {
    this.queue = queue;
    this.memory = memory;
    this.at = at;
  }

  /** Tells the card where commands lie; once, before it goes live. */
  describe(busAddress: number): void {
    const { ring } = this.queue;
    ring.describe(COMMAND, busAddress + this.at, 0, NEXT);
    ring.describe(ANSWER, busAddress + this.at + ANSWER_AT, 1, DEVICE_WRITES);
    ring.interruptAfter(1);
  }

  /** From now on commands go out, those that wait first. */
  begin(world: ControlWorld): void {
    this.world = world;
    this.next();
  }

  /** Lines a command up, at most 63 bytes. */
  ask(command: Uint8Array): void {
    if (this.dead) return;
    this.waiting.push(command);
    this.next();
  }

  /** Whether all commands are answered, or given up. */
  get idle(): boolean {
    return this.dead || (this.asked === 0 && this.waiting.length === 0);
  }

  /** Commands so far, modulo 65,536; all are answered. Undefined: no more can be given. */
  get given(): number | undefined {
    return this.dead ? undefined : this.queue.ring.save().posted;
  }

  private next(): void {
    const { queue, memory, at, world } = this;
    if (world === undefined || this.dead || this.asked !== 0) return;
    const command = this.waiting.shift();
    if (command === undefined) return;
    this.count += 1;
    const mine = this.count;
    this.asked = mine;
    memory.copyIn(at, command, 0, command.length);
    memory.set8(at + ANSWER_AT, NOT_YET);
    queue.ring.setBytes(COMMAND, command.length);
    queue.ring.post(COMMAND);
    queue.publish();
    world.after(PATIENCE, () => {
      // Its interrupt may be late, or lost.
      if (this.asked === mine) this.look();
      if (this.asked === mine) this.giveUp("does not answer commands");
    });
  }

  /** The card may have answered. */
  look(): void {
    const { ring } = this.queue;
    while (!this.dead && this.asked !== 0) {
      const slot = ring.take();
      if (slot === NONE) return;
      if (slot === BROKEN) {
        this.giveUp("lies about its control queue");
        return;
      }
      this.asked = 0;
      ring.interruptAfter(1);
      if (this.memory.get8(this.at + ANSWER_AT) !== OK) this.refused += 1;
      this.next();
    }
  }

  private giveUp(why: string): void {
    this.dead = true;
    this.asked = 0;
    this.waiting = [];
    this.world?.log(`the card ${why}: it gets no more of them`);
  }
}
