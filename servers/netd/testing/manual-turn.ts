// A turn whose clock is moved by hand and whose random numbers come from a seed.

import type { Turn } from "../turn.ts";

/** Time stands until a test moves it. */
export class ManualTurn implements Turn {
  now: number;
  #state: number;

  constructor(now = 1_000_000, seed = 1) {
    this.now = now;
    this.#state = seed >>> 0 || 1;
  }

  /** Marsaglia's xorshift, 32 bits. */
  random32(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }
}
