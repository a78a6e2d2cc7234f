// Waiting for something that comes by itself, with a deadline and a way to give up.
// Invariant: each waiter gets exactly one answer, in order of arrival; one that gave up takes nothing with it.
import { Failure } from "../contract/failure.ts";
import { systemFailure } from "../contract/system-failure.ts";
import type { NetworkWorld, Patience } from "./network.ts";

const TIMED_OUT = -10;
const CANCELLED = -11;

interface Waiter<T> {
  answer(value: T | Failure): void;
}

/** Those who wait for values of one kind. */
export class Waiters<T> {
  private readonly world: NetworkWorld;
  private readonly waiting: Waiter<T>[] = [];

  constructor(world: NetworkWorld) {
    this.world = world;
  }

  get length(): number {
    return this.waiting.length;
  }

  /** Waits for a value; `what` names the operation in the failure. */
  wait(what: string, patience: Patience): Promise<T | Failure> {
    const { timeout, cancel } = patience;
    if (timeout === undefined && cancel === undefined) {
      return new Promise((answer) => void this.waiting.push({ answer }));
    }
    if (cancel?.cancelled) return Promise.resolve(systemFailure(CANCELLED, what));
    return new Promise((resolve) => {
      let timer: { cancel(): void } | undefined;
      const token = {
        cancel: () => this.leave(waiter, systemFailure(CANCELLED, what)),
      };
      const waiter: Waiter<T> = {
        answer: (value) => {
          timer?.cancel();
          const place = cancel === undefined ? -1 : cancel.calls.indexOf(token);
          if (place >= 0) cancel?.calls.splice(place, 1);
          resolve(value);
        },
      };
      this.waiting.push(waiter);
      cancel?.calls.push(token);
      if (timeout !== undefined) {
        const late = () => this.leave(waiter, systemFailure(TIMED_OUT, what));
        timer = this.world.after(timeout, late);
      }
    });
  }

  private leave(waiter: Waiter<T>, why: Failure): void {
    const place = this.waiting.indexOf(waiter);
    if (place < 0) return;
    this.waiting.splice(place, 1);
    waiter.answer(why);
  }

  /** Answers the one who has waited longest; false when nobody waits. */
  answer(value: T | Failure): boolean {
    const waiter = this.waiting.shift();
    if (waiter === undefined) return false;
    waiter.answer(value);
    return true;
  }

  /** Answers all. */
  answerAll(value: () => T | Failure): void {
    while (this.answer(value()));
  }
}

/** Whether a value is a failure: a guard for unions with generic types. */
export function isFailure(value: unknown): value is Failure {
  return value instanceof Failure;
}
