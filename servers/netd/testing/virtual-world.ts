// The runtime as a server's parts see it, with a clock that a test moves.

import { createHash } from "node:crypto";
import { ManualTurn } from "./manual-turn.ts";

interface Timer {
  readonly at: number;
  readonly run: () => void;
  cancel(): void;
}

/** Time in nanoseconds, timers in order, and what was sent. */
export class VirtualWorld {
  time = 1_000_000_000;
  readonly sent: Uint8Array[][] = [];
  readonly logged: string[] = [];
  readonly links: boolean[] = [];
  readonly #timers: Timer[] = [];
  readonly #random = new ManualTurn();

  readonly now = () => this.time;
  readonly random32 = () => this.#random.random32();
  readonly sha256 = (data: Uint8Array) =>
    new Uint8Array(createHash("sha256").update(data).digest());
  readonly transmit = (frames: Uint8Array[]) => void this.sent.push(frames);
  readonly log = (text: string) => void this.logged.push(text);
  readonly linkChanged = (up: boolean) => void this.links.push(up);
  readonly after = (span: number, run: () => void) => this.at(this.time + span, run);
  readonly at = (at: number, run: () => void) => {
    const timer: Timer = {
      at,
      run,
      cancel: () => {
        const index = this.#timers.indexOf(timer);
        if (index >= 0) this.#timers.splice(index, 1);
      },
    };
    this.#timers.push(timer);
    return timer;
  };

  get timers(): number {
    return this.#timers.length;
  }

  /** Lets time pass, timers in order; returns how many ran. */
  advance(span: number): number {
    const end = this.time + span;
    let ran = 0;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      due.cancel();
      this.time = Math.max(this.time, due.at);
      due.run();
      ran += 1;
    }
    this.time = end;
    return ran;
  }
}
