// Numbers that look random and repeat with their seed.

/** Marsaglia's xorshift, 32 bits. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) >>> 0 || 1;
    for (let count = 0; count < 8; count++) this.word();
  }

  /** 0 .. 2^32 - 1. */
  word(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }

  /** 0 <= x < 1. */
  fraction(): number {
    return this.word() / 4294967296;
  }

  /** True with a probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** Four of each word. */
  bytes(length: number): Uint8Array {
    const words = new Uint32Array((length + 3) >> 2);
    for (let index = 0; index < words.length; index++) words[index] = this.word();
    return new Uint8Array(words.buffer, 0, length);
  }
}
