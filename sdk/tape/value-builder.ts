// Values that a program hands over part by part: scalars, and lists and records by their length before their parts.
// Invariant: `done` gives whole values only; a container that was never filled is as long as what came.
import type { Value } from "./exchange.ts";

interface Open {
  readonly into: Value[] | { [key: string]: Value };
  /** Parts that are still to come: of a record its keys and values. */
  left: number;
  key: string | undefined;
}

export class ValueBuilder {
  #values: Value[] = [];
  readonly #open: Open[] = [];

  /** A value that is whole. */
  add(value: Value): void {
    const top = this.#open[this.#open.length - 1];
    if (top === undefined) {
      this.#values.push(value);
      return;
    }
    top.left -= 1;
    if (Array.isArray(top.into)) top.into.push(value);
    else if (top.key === undefined) top.key = String(value);
    else {
      top.into[top.key] = value;
      top.key = undefined;
    }
    this.#close();
  }

  /** A container whose `count` items, or keys and values, come next. */
  open(kind: "list" | "record", count: number): void {
    if (kind === "list") this.#open.push({ into: [], left: count, key: undefined });
    else this.#open.push({ into: {}, left: 2 * count, key: undefined });
    this.#close();
  }

  /** All values so far; begins again. */
  done(): readonly Value[] {
    const values = this.#values;
    this.#values = [];
    this.#open.length = 0;
    return values;
  }

  #close(): void {
    const top = this.#open[this.#open.length - 1];
    if (top === undefined || top.left > 0) return;
    this.#open.pop();
    this.add(top.into);
  }
}
