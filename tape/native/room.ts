/**
 * Arrays of numbers that a pass uses again for each function: a fresh one of more than some words costs as much as a short pass.
 *
 * Invariant: one place in the code takes from a room, and what it took is done with before it takes again.
 */
export class Room {
  #words = new Int32Array(256);

  /** At least `n` numbers, the first `n` of them `value`. */
  take(n: number, value: number): Int32Array {
    if (this.#words.length < n) this.#words = new Int32Array(2 * n);
    return this.#words.fill(value, 0, n);
  }
}
