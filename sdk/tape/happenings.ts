// What has happened and waits for a program that takes one thing at a time: calls, events, timers.
// Invariant: each call is answered once, in the order of arrival: by what its function gave, a refusal, or a fault.
import { Failure, failures } from "../contract/failure.ts";
import type { Value } from "./exchange.ts";

export interface Happening {
  /** EVENTS, or FIRST_METHOD and up. */
  readonly kind: number;
  readonly value: Value;
  readonly caller: string;
  readonly answer: ((reply: object | Failure) => void) | undefined;
}

/** Calls that may wait; more are refused as busy. */
const WAITING = 256;

export class Happenings {
  readonly #queue: Happening[] = [];
  #current: Happening | undefined;
  #refusal: Failure | undefined;
  #waker: (() => void) | undefined;

  get empty(): boolean {
    return this.#queue.length === 0;
  }

  /** Who made the call that is being answered. */
  get caller(): string {
    return this.#current?.caller ?? "";
  }

  /** A call, or an event of the contract, of which `answer` knows nothing. */
  add(happening: Happening): void {
    if (this.#queue.length >= WAITING && happening.answer !== undefined) {
      happening.answer(new Failure(failures.BUSY, "too many calls wait here; try again later"));
      return;
    }
    this.#queue.push(happening);
    this.wake();
  }

  /** A timer is due; a number that is already waiting is not added again. */
  due(kind: number, number: number): void {
    for (const each of this.#queue) if (each.kind === kind && each.value === number) return;
    this.add({ kind, value: number, caller: "", answer: undefined });
  }

  /** Forgets a timer that is over. */
  drop(kind: number, number: number): void {
    const at = this.#queue.findIndex((each) => each.kind === kind && each.value === number);
    if (at >= 0) this.#queue.splice(at, 1);
  }

  /** The next one; the one before it is over. */
  next(): Happening | undefined {
    this.settle(new Failure(failures.SERVER_FAULT, "the server gave no answer"));
    this.#current = this.#queue.shift();
    return this.#current;
  }

  /** The function of the call asks for this failure. */
  refuse(sentence: string): void {
    this.#refusal = new Failure(failures.INVALID, sentence);
  }

  /** Answers the call: by what its function asked for, else by this. */
  settle(reply: object | Failure): void {
    const current = this.#current;
    this.#current = undefined;
    current?.answer?.(this.#refusal ?? reply);
    this.#refusal = undefined;
  }

  /** Resolves when there is something. */
  arrival(): Promise<void> {
    if (!this.empty) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waker = resolve;
    });
  }

  /** Lets who waits look again. */
  wake(): void {
    this.#waker?.();
    this.#waker = undefined;
  }
}
