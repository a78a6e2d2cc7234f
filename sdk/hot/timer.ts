// Timers that outlive a swap: a name and a deadline move, the handler is the new code's.
// Invariant: one timer for each name; setting it again replaces the deadline.
import { at, type Timer } from "../runtime/timers.ts";

export interface NamedTimer {
  /** ns since boot; in the past means as soon as possible */
  set(deadline: number): void;
  cancel(): void;
  /** undefined when it is not set */
  readonly deadline: number | undefined;
}

class Named implements NamedTimer {
  readonly name: string;
  readonly handler: () => void;
  deadline: number | undefined = undefined;
  #timer: Timer | undefined;

  constructor(name: string, handler: () => void) {
    this.name = name;
    this.handler = handler;
  }

  set(deadline: number): void {
    this.cancel();
    this.deadline = deadline;
    this.#timer = at(deadline, () => {
      this.deadline = undefined;
      this.handler();
    });
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.deadline = undefined;
  }
}

const timers: Named[] = [];
let found: { [name: string]: number } = {};

/** Declares a timer. When the code before had set one of that name, it is set to the same deadline. */
export function timer(name: string, handler: () => void): NamedTimer {
  if (timers.some((each) => each.name === name)) throw new Error(`timer ${name} is declared twice`);
  const made = new Named(name, handler);
  timers.push(made);
  const deadline = found[name];
  if (deadline !== undefined) made.set(deadline);
  return made;
}

/** For the hand-over: name and deadline of each timer that is set. */
export function timersSet(): { [name: string]: number } {
  const set: { [name: string]: number } = {};
  for (const { name, deadline } of timers) if (deadline !== undefined) set[name] = deadline;
  return set;
}

/** For the hand-over: the deadlines of the code before. Timers that are declared already are set at once. */
export function adoptTimers(deadlines: { [name: string]: number }): void {
  found = deadlines;
  for (const each of timers) {
    const deadline = deadlines[each.name];
    if (deadline !== undefined) each.set(deadline);
  }
}
