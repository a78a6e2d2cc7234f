// A fault on its way into a server of a machine in QEMU. Invariant: the machine runs before and after each step.
import { systemCalls } from "../../../sdk/sim/system-calls.ts";
import type { Guest } from "../../qemu/guest.ts";
import type { Debugger } from "./debugger.ts";
import type { GuestMemory } from "./guest-memory.ts";
import { flipBytecode, flipHeap, flipText, takeText } from "./guest-pages.ts";
import { corruptMessage, dropMessage, type Kind, type Random } from "./injection.ts";
import type { GuestProcess, GuestThread, NucleusView } from "./nucleus-view.ts";
import type { Injection } from "./subject.ts";

/** Where a thread's registers keep a system call's number (rax) and its second argument (rsi; nucleus/x86_64/cpu.h, struct registers). */
const NUMBER_AT = 14 * 8;
const SECOND_AT = 8;

/** ms in which a stop that was on its way is told. */
const DRAIN = 30;

/** A machine and the ways into it. */
export interface Ways {
  readonly guest: Guest;
  readonly memory: GuestMemory;
  readonly view: NucleusView;
  readonly debugger: Debugger;
}

/** While `work` runs the machine stands still. */
export async function still<T>({ guest }: Ways, work: () => T): Promise<T> {
  await guest.qmp.execute("stop");
  try {
    return work();
  } finally {
    await guest.qmp.execute("cont");
  }
}

/** Changes pages of the process. */
export class PageInjection implements Injection {
  done = false;
  readonly #ways: Ways;
  readonly #victim: GuestProcess;
  readonly #kind: Kind;
  readonly #used: ReadonlySet<bigint>;
  readonly #random: Random;

  constructor(
    ways: Ways,
    victim: GuestProcess,
    kind: Kind,
    used: ReadonlySet<bigint>,
    random: Random,
  ) {
    this.#ways = ways;
    this.#victim = victim;
    this.#kind = kind;
    this.#used = used;
    this.#random = random;
  }

  async inject(): Promise<void> {
    const { memory, view } = this.#ways;
    const { id, name, space } = this.#victim;
    this.done = await still(this.#ways, () => {
      if (!view.processes().some((each) => each.id === id)) return false;
      if (this.#kind === "crash") return takeText(memory, space);
      if (this.#kind === "flips in engine text")
        return flipText(memory, space, this.#used, this.#random);
      if (this.#kind === "flips in bytecode")
        return flipBytecode(memory, space, this.#used, name, this.#random);
      return flipHeap(memory, space, this.#used, this.#random);
    });
  }

  async end(): Promise<void> {}
}

/** Waits in the nucleus's entry for the next message of the process, and takes it away or changes it. */
export class MessageInjection implements Injection {
  done = false;
  readonly #ways: Ways;
  readonly #victim: GuestProcess;
  readonly #kind: Kind;
  readonly #random: Random;
  readonly #entry: bigint;
  #over = false;
  #hunt: Promise<void> | undefined;

  constructor(ways: Ways, victim: GuestProcess, kind: Kind, random: Random) {
    this.#ways = ways;
    this.#victim = victim;
    this.#kind = kind;
    this.#random = random;
    this.#entry = ways.view.symbol("serve_call");
  }

  async inject(): Promise<void> {
    const { debugger: machine, view } = this.#ways;
    await machine.halt();
    const threads = view.threads(this.#victim);
    await machine.mark(this.#entry);
    machine.go();
    this.#hunt = this.#wait(threads);
  }

  async #wait(threads: readonly GuestThread[]): Promise<void> {
    const { debugger: machine } = this.#ways;
    while (!this.#over) {
      if (!(await machine.stop(50))) continue;
      const registers = await machine.firstArgument();
      const thread = threads.find((each) => each.registers === registers);
      this.done = thread !== undefined && this.#change(thread);
      if (this.done) break;
      await machine.over(this.#entry);
      machine.go();
    }
    if (!this.done) await machine.halt();
    await machine.unmark(this.#entry);
    machine.go();
    // Another processor may have come to the mark together with this one.
    while (await machine.stop(DRAIN)) machine.go();
  }

  #change({ registers, submissions }: GuestThread): boolean {
    const { memory, view } = this.#ways;
    const saved = view.read(registers, NUMBER_AT + 8);
    if (saved.readUInt32LE(NUMBER_AT) !== systemCalls.submit_wait) return false;
    const length = saved.readUInt32LE(SECOND_AT);
    if (length === 0) return false;
    const bytes = memory.read(submissions, length);
    const change = this.#kind === "message dropped" ? dropMessage : corruptMessage;
    if (!change(bytes, this.#random)) return false;
    memory.write(submissions, bytes);
    return true;
  }

  async end(): Promise<void> {
    this.#over = true;
    await this.#hunt;
  }
}
