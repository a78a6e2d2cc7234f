// What the world outside answered to a conversation so far. Each line runs everything before it again; the journal makes that exact and
// without effect: earlier calls get their earlier answers.

export class Journal {
  readonly #keeps: boolean;
  readonly #kept: unknown[];
  #next = 0;

  /** @param keeps false for a script that runs once, perhaps for a long time; `kept`: of the code before */
  constructor(keeps = true, kept: unknown[] = []) {
    this.#keeps = keeps;
    this.#kept = kept;
  }

  /** All that is kept. */
  get answers(): readonly unknown[] {
    return this.#kept;
  }

  /** The answer to the call that comes next, when it was made by an earlier line. */
  replay(): { readonly value: unknown } | undefined {
    if (this.#next >= this.#kept.length) return undefined;
    return { value: this.#kept[this.#next++] };
  }

  /** Keeps the answer to a new call. */
  keep(value: unknown): void {
    if (this.#keeps) this.#kept.push(value);
    this.#next = this.#kept.length;
  }

  /** A fact of the moment: the earlier one when a line runs again. */
  fact<T>(now: () => T): T {
    const kept = this.replay();
    if (kept !== undefined) return kept.value as T;
    const value = now();
    this.keep(value);
    return value;
  }

  /** Begins a run; gives the mark for `cut`. */
  rewind(): number {
    this.#next = 0;
    return this.#kept.length;
  }

  /** Forgets what came after a mark: the line that it belongs to is not kept. */
  cut(mark: number): void {
    this.#kept.length = mark;
  }
}
