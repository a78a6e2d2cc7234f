// A thread of the simulated machine: a server's engine, a native thread of a server, or one of the two native programs that servers may start
// (probe, spin).
// Invariant: what a turn does happens in `work`; what it submits leaves in `finish`, when its time on the processor is over.
import { limits } from "../abi/table.ts";
import type { ProcessHost } from "./binding.ts";
import type { Engine } from "./engine.ts";
import { entries } from "./image.ts";
import type { Machine } from "./machine.ts";
import type { Nucleus } from "./nucleus.ts";
import { NativeSteps } from "./native-steps.ts";
import { Fault, ProcessMemory } from "./process-memory.ts";
import { type Outcome, ServerThread } from "./server-thread.ts";
import { systemCalls } from "./system-calls.ts";

/** ns that a system call counts. */
const CALL_NS = 1_000;
/** ns that a native program's loop runs before it looks up. */
const SPIN_NS = 1_000_000;
/** ns that a step of a native thread counts. */
const STEP_NS = 2_000;
const UNDEFINED_INSTRUCTION = 6;
const PAGE_FAULT = 14;
const USER = 4;
const WRITE = 2;

type State =
  | { at: "new" }
  | { at: "submit"; outcome: Outcome }
  | { at: "end" }
  | { at: "waiting" }
  | { at: "ready"; result: number }
  | { at: "native"; program: number };

export class SimThread {
  readonly id: number;
  readonly #machine: Machine;
  readonly #nucleus: Nucleus;
  readonly #memory: ProcessMemory;
  #server: ServerThread | undefined;
  #steps: NativeSteps | undefined;
  #state: State = { at: "new" };
  #left = 0;
  #stopped = false;

  constructor(machine: Machine, id: number) {
    this.id = id;
    this.#machine = machine;
    this.#nucleus = machine.nucleus;
    this.#memory = new ProcessMemory(machine.nucleus, id, machine.board.pci);
  }

  /** Name of its server; "" before its start, and for a native program. */
  get server(): string {
    return this.#server?.name ?? "";
  }

  get engine(): Engine | undefined {
    return this.#server?.engine;
  }

  /** Ends its process as an undefined instruction does. */
  crash(): void {
    this.stop();
    this.#nucleus.fault(this.id, UNDEFINED_INSTRUCTION, 0, 0);
  }

  /** Does what the thread does next; returns the ns that it takes. */
  async work(): Promise<number> {
    if (this.#left > 0) return this.#takeLeft();
    if (this.#state.at === "waiting") {
      this.#state = { at: "ready", result: this.#nucleus.result(this.id) };
    }
    if (this.#state.at === "new") await this.#begin();
    else if (this.#state.at === "ready") {
      const { result } = this.#state;
      this.#state =
        this.#steps === undefined
          ? { at: "submit", outcome: (this.#server as ServerThread).resume(result) }
          : this.#step(this.#steps, result);
    } else if (this.#state.at === "native") return this.#native(this.#state.program);
    return this.#server?.takeCost() ?? (this.#steps === undefined ? CALL_NS : STEP_NS);
  }

  /** A step of a native thread; a fault of it has ended the process. */
  #step(steps: NativeSteps, result: number): State {
    const wait = steps.resume(result);
    return wait === undefined ? { at: "end" } : { at: "submit", outcome: { wait } };
  }

  /** The time that `work` named is over: submits and waits, or ends. */
  finish(): void {
    if (this.#state.at === "end" && !this.#stopped) {
      this.#call(systemCalls.thread_exit, []);
      this.stop();
      return;
    }
    if (this.#state.at !== "submit" || this.#stopped) return;
    const { outcome } = this.#state;
    if ("exit" in outcome) {
      this.#lastWords(outcome.why);
      this.#call(systemCalls.process_exit, [outcome.exit]);
      this.stop();
      return;
    }
    if (outcome.why !== undefined) this.#lastWords(outcome.why);
    const { port, bytes, deadline } = outcome.wait;
    if (bytes > 0) {
      const from = limits.SUBMIT_OFFSET;
      const submissions = this.#nucleus.buffer(this.id).subarray(from, from + bytes);
      this.#machine.onSubmit(this.server, submissions);
    }
    const waits = this.#call(systemCalls.submit_wait, [port, bytes, deadline]);
    this.#state = waits
      ? { at: "waiting" }
      : { at: "ready", result: this.#nucleus.result(this.id) };
  }

  /** Leaves its processor with `ns` of its work left. */
  leave(ns: number): void {
    this.#left = Math.max(0, ns);
  }

  /** Its process is ending: nothing of it runs again. */
  stop(): void {
    this.#stopped = true;
    if (this.#server !== undefined) this.#server.stopped = true;
  }

  #takeLeft(): number {
    const left = this.#left;
    this.#left = 0;
    return left;
  }

  async #begin(): Promise<void> {
    const entry = this.#nucleus.entry(this.id);
    if (entry === entries.probe || entry === entries.spin) {
      this.#state = { at: "native", program: entry };
      return;
    }
    if (entry === entries.native) {
      this.#steps = new NativeSteps(this.#host(), this.#nucleus.argument(this.id));
      this.#state = { at: "submit", outcome: { wait: this.#steps.begin() } };
      return;
    }
    if (entry !== entries.server) {
      this.#fault(new Fault(entry, false));
      return;
    }
    this.#server = new ServerThread(this.#host(), () => this.#machine.clock);
    this.#state = { at: "submit", outcome: await this.#server.start() };
  }

  /** One look of a native program. */
  #native(program: number): number {
    const counter = this.#nucleus.argument(this.id);
    try {
      if (program === entries.probe) {
        this.#memory.set(counter, 4, this.#memory.get(counter, 4) + 1);
        this.#call(systemCalls.thread_exit, []);
        this.stop();
        return CALL_NS;
      }
      this.#memory.set(counter, 8, this.#memory.get(counter, 8) + SPIN_NS / 10);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#fault(error);
    }
    return SPIN_NS;
  }

  /** Makes a system call; true when the thread waits now. */
  #call(number: number, args: ArrayLike<number>): boolean {
    this.#server?.addCost(CALL_NS);
    const state = this.#nucleus.call(this.id, number, args);
    if (state === "ended") this.stop();
    return state === "waiting";
  }

  #fault(fault: Fault): void {
    this.stop();
    this.#nucleus.fault(this.id, PAGE_FAULT, USER | (fault.write ? WRITE : 0), fault.address);
  }

  #lastWords(why: string): void {
    const server = this.#server as ServerThread;
    if (server.log === 0) return;
    const text = new TextEncoder().encode(`${server.name}: ${why}`.slice(0, 1000));
    this.#nucleus.buffer(this.id).set([...text, 10], limits.SCRATCH_OFFSET);
    this.#call(systemCalls.log_write, [server.log, text.length + 1]);
  }

  /** What the binding sees of the machine; an access that faults ends the process and reads as 0. */
  #host(): ProcessHost {
    const guarded = <T>(otherwise: T, address: number, f: () => T): T => {
      if (this.#stopped) return otherwise;
      try {
        return f();
      } catch (error) {
        if (error instanceof Fault) this.#fault(error);
        else if (error instanceof RangeError) this.#fault(new Fault(address, false));
        else throw error;
        return otherwise;
      }
    };
    const memory = this.#memory;
    return {
      buffer: () => this.#nucleus.buffer(this.id),
      sys: (number, args) => {
        if (this.#stopped) return 0;
        this.#call(number, args);
        return this.#nucleus.result(this.id);
      },
      second: () => this.#nucleus.second(this.id),
      get: (at, width) => guarded(0, at, () => memory.get(at, width)),
      set: (at, width, value) => guarded(undefined, at, () => memory.set(at, width, value)),
      load: (at, n) => guarded(new Uint8Array(0), at, () => memory.load(at, n)),
      store: (at, bytes) => guarded(undefined, at, () => memory.store(at, bytes)),
    };
  }
}
