// Timers: the earliest one is the deadline of the loop's wait, so that no timer object is needed.
// Invariant: `queue` is a binary heap by deadline, then by order of setting, so that equal deadlines fire in order.
import { tracing } from "../contract/tracing.ts";
import { turnTime } from "./turn-time.ts";

export interface Timer {
  cancel(): void;
  readonly pending: boolean;
}

class Entry implements Timer {
  deadline: number;
  readonly order: number;
  readonly period: number;
  readonly run: () => void;
  /** the request that it was set for */
  readonly trace: number;
  place = -1;

  constructor(deadline: number, order: number, period: number, run: () => void) {
    this.trace = tracing.current;
    this.deadline = deadline;
    this.order = order;
    this.period = period;
    this.run = run;
  }

  get pending(): boolean {
    return this.place >= 0;
  }

  cancel(): void {
    if (this.place >= 0) remove(this);
  }
}

const queue: Entry[] = [];
let orders = 0;

/** For the loop: the earliest deadline, -1 when there is none. */
export let earliest = -1;

function before(a: Entry, b: Entry): boolean {
  return a.deadline < b.deadline || (a.deadline === b.deadline && a.order < b.order);
}

function put(entry: Entry, place: number): void {
  queue[place] = entry;
  entry.place = place;
  if (place === 0) earliest = entry.deadline;
}

function rise(entry: Entry, from: number): void {
  let at = from;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(entry, queue[parent]!)) break;
    put(queue[parent]!, at);
    at = parent;
  }
  put(entry, at);
}

function sink(entry: Entry, from: number): void {
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= queue.length) break;
    if (child + 1 < queue.length && before(queue[child + 1]!, queue[child]!)) child++;
    if (!before(queue[child]!, entry)) break;
    put(queue[child]!, at);
    at = child;
  }
  put(entry, at);
}

function remove(entry: Entry): void {
  const place = entry.place;
  const last = queue.pop()!;
  entry.place = -1;
  if (last === entry) {
    if (queue.length === 0) earliest = -1;
    return;
  }
  rise(last, place);
  sink(last, last.place);
}

function add(deadline: number, period: number, run: () => void): Timer {
  const entry = new Entry(deadline, orders++, period, run);
  queue.push(entry);
  rise(entry, queue.length - 1);
  return entry;
}

/** Runs `f` once, `ns` from this turn's time on (at the earliest in the next turn). */
export function after(ns: number, f: () => void): Timer {
  return add(turnTime.now + Math.max(ns, 0), 0, f);
}

/** Runs `f` once at `deadline` (ns since boot). */
export function at(deadline: number, f: () => void): Timer {
  return add(deadline, 0, f);
}

/** Runs `f` each `ns` (at least 1 ms); a late round is not made up for. */
export function every(ns: number, f: () => void): Timer {
  const period = Math.max(ns, 1_000_000);
  return add(turnTime.now + period, period, f);
}

/** Resolves `ns` from now. */
export function sleep(ns: number): Promise<void> {
  return new Promise((resolve) => {
    after(ns, resolve);
  });
}

/** For the loop: runs what is due at `now`, or `one` of it; timers set meanwhile wait for the next turn. Whether anything was due. */
export function runTimers(now: number, one = false): boolean {
  const newest = orders;
  const later: Entry[] = [];
  let any = false;
  while (queue.length > 0 && queue[0]!.deadline <= now) {
    const entry = queue[0]!;
    remove(entry);
    if (entry.order >= newest) {
      later.push(entry);
      continue;
    }
    if (entry.period > 0) {
      entry.deadline = now + entry.period;
      queue.push(entry);
      rise(entry, queue.length - 1);
    }
    any = true;
    tracing.current = entry.trace;
    entry.run();
    if (one) break;
  }
  for (let i = 0; i < later.length; i++) {
    queue.push(later[i]!);
    rise(later[i]!, queue.length - 1);
  }
  return any;
}
