// The base of all handle classes: owns one handle number and closes it once. What is forgotten is to be closed by the collector, and counted.
// It is so on Node; the engine's registry keeps its token, which is the handle itself, so there a forgotten handle stays open until the process ends.
import { rights } from "../abi/table.ts";
import type { Failure } from "../contract/failure.ts";
import { uusi } from "./binding.ts";
import { hold } from "./hold.ts";
import { systemCalls } from "./system-call.ts";
import { systemFailure } from "../contract/system-failure.ts";

const forgotten = { count: 0 };

const collected = new FinalizationRegistry((number: number) => {
  forgotten.count++;
  closeHandle(number);
});

/** How many handles the collector had to close; tests want 0. */
export function forgottenHandles(): number {
  return forgotten.count;
}

export class Handle {
  /** 0 when closed or given away */
  number: number;
  closed: boolean;
  /** `borrowed`: the number belongs to somebody else, who closes it; so nobody closes this one, and the collector neither. */
  constructor(number: number, borrowed = false) {
    this.number = number;
    this.closed = number === 0;
    if (number !== 0 && !borrowed) collected.register(this, number, this);
  }

  /** Gives up ownership: returns the number, to be moved in a message or into another process. */
  take(): number {
    const number = this.number;
    if (number !== 0) collected.unregister(this);
    this.number = 0;
    this.closed = true;
    return number;
  }

  /** A second handle number with a subset of the rights (default: the same rights); a badge of 0 keeps the badge. */
  duplicate(keep: number = rights.ALL, badge = 0): number | Failure {
    const kept = keep & this.rights();
    const result = uusi.sys(systemCalls.handle_duplicate, this.number, kept, badge);
    return result < 0 ? systemFailure(result, "duplicating a handle") : result;
  }

  /** Rights of the handle, 0 when it is closed. */
  rights(): number {
    const result = uusi.sys(systemCalls.handle_info, this.number);
    return result < 0 ? 0 : Math.floor(result / 256);
  }

  close(): void {
    if (this.number !== 0) closeHandle(this.take());
  }

  /** The same object under another number of this process. */
  renumber(number: number): void {
    collected.unregister(this);
    this.number = number;
    this.closed = number === 0;
    collected.register(this, number, this);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Closes a bare handle number; 0 is ignored. */
export function closeHandle(number: number): void {
  if (hold.on) hold.closes.push(number);
  else if (number !== 0) uusi.sys(systemCalls.handle_close, number);
}
