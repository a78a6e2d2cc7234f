// Timers of a program, by its own numbers.
import { after, every, type Timer } from "../runtime/timers.ts";
import { MILLISECOND } from "../runtime/time.ts";

/** The longest span, in milliseconds: a hundred days. */
const LONGEST = 8.64e9;

export class Timers {
  readonly #timers: (Timer | undefined)[] = [];
  readonly #due: (id: number) => void;

  constructor(due: (id: number) => void) {
    this.#due = due;
  }

  /** Whether none is pending. */
  get none(): boolean {
    return this.#timers.every((timer) => timer === undefined);
  }

  set(id: number, milliseconds: number, again: boolean): void {
    this.#timers[id]?.cancel();
    const span = Math.min(Math.max(milliseconds, again ? 1 : 0), LONGEST) * MILLISECOND;
    const due = () => {
      if (!again) this.#timers[id] = undefined;
      this.#due(id);
    };
    this.#timers[id] = again ? every(span, due) : after(span, due);
  }

  cancel(id: number): void {
    this.#timers[id]?.cancel();
    this.#timers[id] = undefined;
  }
}
