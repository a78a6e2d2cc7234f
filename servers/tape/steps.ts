// How a script moves: in slices, between which the server does its other work; interpreted or as machine code.
// Invariant: both ways give the same output and the same traps; `tier` says which it is.
import type { HostCall, HostFn } from "../../tape/interp/machine.ts";
import type { TraceLine } from "../../tape/interp/machine.ts";
import type { Code } from "../../tape/bytecode/program.ts";
import { type Slice, Stepper } from "../../sdk/tape/stepper.ts";

/** What host functions that need time tell whoever runs the program. */
export interface Waits {
  /** It is called again when `until` has come. */
  wait(m: HostCall, until: Promise<void>): void;
  /** It is called again in the next slice. */
  pause(m: HostCall): void;
  /** The program ends in a trap. */
  refuse(m: HostCall, sentence: string): void;
}

/** Makes a program's host functions. */
export type Hosts = (waits: Waits) => { readonly [name: string]: HostFn };

export type Tier = "native" | "interpreter";

export interface Steps {
  readonly tier: Tier;
  /** Calls and rounds of one slice: a few milliseconds. */
  readonly slice: number;
  /** While it waits: resolves when it can go on. */
  readonly waiting: Promise<void> | undefined;
  advance(fuel: number): Slice;
  /** Calls under way, innermost first; it does not go on after that. */
  trace(): readonly TraceLine[];
  close(): void;
}

/** Calls and loop rounds of a slice of an interpreter on an interpreter. */
const SLICE = 400;

/** A program in the interpreter. */
export class InterpretedSteps implements Steps {
  readonly tier = "interpreter";
  readonly slice = SLICE;
  readonly #stepper: Stepper;

  constructor(code: Code, hosts: Hosts, pages: number) {
    this.#stepper = new Stepper(code, hosts, pages);
  }

  get waiting(): Promise<void> | undefined {
    return this.#stepper.waiting;
  }

  advance(fuel: number): Slice {
    return this.#stepper.advance(fuel);
  }

  trace(): readonly TraceLine[] {
    return this.#stepper.machine.trace();
  }

  close(): void {}
}
