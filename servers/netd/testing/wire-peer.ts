// Another host on the simulated machine's wire: a stack of its own with a fixed address, in the machine's virtual time.
// Invariant: a frame takes its delay there and back, and moves only in `pass`, so that a run repeats exactly.

import type { SimGuest } from "../../../sdk/sim/testing/sim-guest.ts";
import { deadlinePassed, nextDeadline } from "../deadlines.ts";
import { type Host, arrive, boundHost } from "./host.ts";
import { ManualTurn } from "./manual-turn.ts";

/** Where it is. */
export const PEER = "10.0.2.9";
const PEER_IP = 0x0a000209;
const PEER_MAC = 0x525400000009;

const NS_PER_MS = 1_000_000;
/** Milliseconds that a frame is on its way, and that a step takes, unless a test says otherwise. */
const DELAY = 0.25;

interface Flying {
  readonly at: number;
  readonly frame: Uint8Array;
  readonly toGuest: boolean;
}

/** Such a host. */
export class WirePeer {
  readonly host: Host;
  readonly turn: ManualTurn;
  /** Called at each step, to go on with what the host's programs do. */
  work: () => void = () => {};
  /** Whether a frame arrives. */
  carry: (frame: Uint8Array, toGuest: boolean) => boolean = () => true;
  /** Frames that have arrived there and at the guest. */
  frames = 0;
  readonly #guest: SimGuest;
  /** How far its clock is ahead of the machine's, in milliseconds. */
  readonly #ahead: number;
  #flying: Flying[] = [];
  readonly #delay: number;

  constructor(guest: SimGuest, delay = DELAY) {
    this.#guest = guest;
    this.#delay = delay;
    const { board } = guest.machine;
    const { gateway } = board;
    if (gateway === undefined) throw new Error("the machine has no card");
    this.turn = new ManualTurn();
    this.host = boundHost(PEER_IP, PEER_MAC, this.turn);
    this.#ahead = this.turn.now - guest.machine.now / NS_PER_MS;
    const answered = gateway.receive.bind(gateway);
    gateway.receive = (frame) => {
      answered(frame);
      this.#fly(frame, false);
    };
  }

  #fly(frame: Uint8Array, toGuest: boolean): void {
    if (!this.carry(frame, toGuest)) return;
    const at = this.#guest.machine.now / NS_PER_MS + this.#delay;
    this.#flying.push({ at, frame: frame.slice(), toGuest });
  }

  /** Lets `span` milliseconds pass for both, or less when `until` is true. */
  async pass(span: number, until: () => boolean = () => false): Promise<void> {
    const { machine } = this.#guest;
    const end = machine.now / NS_PER_MS + span;
    while (machine.now / NS_PER_MS < end && !until()) {
      await this.#guest.pass(this.#delay * NS_PER_MS);
      const now = machine.now / NS_PER_MS;
      this.turn.now = now + this.#ahead;
      const due = this.#flying.filter(({ at }) => at <= now);
      this.#flying = this.#flying.filter(({ at }) => at > now);
      for (const { frame, toGuest } of due) {
        this.frames += 1;
        if (toGuest) machine.board.card?.receive(frame);
        else arrive(this.host, frame);
      }
      if (nextDeadline(this.host.stack) <= this.turn.now)
        deadlinePassed(this.host.stack, this.turn);
      this.work();
      for (const frame of this.host.did.take()) this.#fly(frame, true);
    }
  }
}
