// A program that runs in slices between which its process does other work.
// Invariant: after each slice it has ended, waits for something, or goes on; no slice takes more than its fuel.
import { traps } from "../../tape/bytecode/op-table.ts";
import type { Code } from "../../tape/bytecode/program.ts";
import { run } from "../../tape/interp/dispatch.ts";
import { type HostCall, HostExit, type HostFn, Machine } from "../../tape/interp/machine.ts";

/** Deepest nesting of calls. */
const DEPTH = 1_000;

/** Calls and rounds of a function beside the program, and how deep they nest. */
const ASIDE = 200_000;
const ASIDE_DEPTH = 200;

const FUEL = traps.indexOf("out of fuel");
const TRAP = traps.indexOf("trap");

/** How a slice ended: its fuel is used up (`spent`, all of it or less when a host function waits), by a code, or in a trap. */
export type Slice =
  | { readonly kind: "on"; readonly spent: number }
  | { readonly kind: "end"; readonly code: number }
  | { readonly kind: "trap"; readonly what: string };

export class Stepper {
  readonly machine: Machine;
  /** While it waits: resolves when it can go on. */
  waiting: Promise<void> | undefined;
  #begun = false;

  /**
   * @param hosts makes the host functions; those that wait call `wait` below
   * @param pages of memory at most, 64 KiB each
   */
  constructor(
    code: Code,
    hosts: (stepper: Stepper) => { readonly [name: string]: HostFn },
    pages: number,
  ) {
    this.machine = new Machine(code, hosts(this), { depth: DEPTH, pages, fuel: 0 });
  }

  /** For a host function: it is called again when `until` has come. */
  wait(m: HostCall, until: Promise<void>): void {
    m.hostTrap = FUEL;
    this.waiting = until.then(() => {
      this.waiting = undefined;
    });
  }

  /** For a host function: it is called again in the next slice. */
  pause(m: HostCall): void {
    m.hostTrap = FUEL;
  }

  /** For a host function: ends the program in a trap. */
  refuse(m: HostCall, sentence: string): void {
    (m as Machine).text = sentence;
    m.hostTrap = TRAP;
  }

  /** Runs a slice of at most `fuel` calls and rounds. */
  advance(fuel: number): Slice {
    const m = this.machine;
    m.fuel = fuel;
    let kind: number;
    try {
      kind = this.#begun ? run(m) : this.#begin(m);
    } catch (thrown) {
      if (!(thrown instanceof HostExit)) throw thrown;
      return { kind: "end", code: thrown.code };
    }
    if (kind === 0) return { kind: "end", code: Number(m.results[0] ?? 0) };
    if (kind === FUEL) return { kind: "on", spent: fuel - Math.max(m.fuel, 0) };
    const name = traps[kind] ?? "trap";
    const what = m.text === "" ? name : kind === TRAP ? m.text : `${name}: ${m.text}`;
    return { kind: "trap", what };
  }

  /**
   * Runs a function beside the program, which waits meanwhile: on the same memory, with registers of its own, and whatever lies on the
   * stack is there again afterwards. @returns a sentence when it trapped
   */
  aside(fn: number, hosts: { readonly [name: string]: HostFn }): string | undefined {
    const { machine } = this;
    const { program, stackLow, stackHigh } = machine;
    const stack = new Uint8Array(machine.memory).slice(stackLow, stackHigh);
    const limits = { depth: ASIDE_DEPTH, pages: machine.pages, fuel: ASIDE };
    const other = new Machine(program, hosts, limits, machine);
    const outcome = other.call(fn);
    machine.memory = other.memory;
    machine.view = other.view;
    new Uint8Array(machine.memory).set(stack, stackLow);
    if (outcome.ok) return undefined;
    return outcome.text === "" ? outcome.trap : outcome.text;
  }

  /** The first slice. */
  #begin(m: Machine): number {
    this.#begun = true;
    const outcome = m.call(m.program.main);
    if (outcome.ok) {
      if (m.exit !== undefined) throw m.exit;
      return 0;
    }
    return (traps as readonly string[]).indexOf(outcome.trap);
  }
}
