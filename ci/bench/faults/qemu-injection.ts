// A fault on its way into a server of a machine in QEMU. Invariant: the machine runs before and after each step.
import { limits } from "../../../sdk/abi/table.ts";
import type { Guest } from "../../qemu/guest.ts";
import type { GuestClock } from "./guest-clock.ts";
import type { GuestMemory } from "./guest-memory.ts";
import { flipBytecode, flipHeap, flipText, takeText } from "./guest-pages.ts";
import type { Kind, Random } from "./injection.ts";
import { MessageFault } from "./message-fault.ts";
import type { GuestProcess, NucleusView } from "./nucleus-view.ts";
import type { Injection } from "./subject.ts";

/** A machine and the ways into it. */
export interface Ways {
  readonly guest: Guest;
  readonly memory: GuestMemory;
  readonly view: NucleusView;
  readonly clock: GuestClock;
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

/** Waits for the next message of the process, and takes it away or changes it. */
export class MessageInjection implements Injection {
  readonly #ways: Ways;
  readonly #victim: GuestProcess;
  readonly #kind: Kind;
  readonly #random: Random;
  #fault: MessageFault | undefined;
  #over: boolean | undefined;

  constructor(ways: Ways, victim: GuestProcess, kind: Kind, random: Random) {
    this.#ways = ways;
    this.#victim = victim;
    this.#kind = kind;
    this.#random = random;
  }

  get done(): boolean {
    return this.#over ?? this.#fault?.done ?? false;
  }

  async inject(): Promise<void> {
    const { memory, view } = this.#ways;
    const { id, space } = this.#victim;
    await still(this.#ways, () => {
      if (!view.processes().some((each) => each.id === id)) return;
      const submissions = view.buffer(this.#victim) + BigInt(limits.SUBMIT_OFFSET);
      const corrupt = this.#kind === "message corrupted";
      this.#fault = new MessageFault(memory, space, submissions, corrupt, this.#random);
    });
  }

  async end(): Promise<void> {
    await still(this.#ways, () => {
      this.#over = this.done;
      this.#fault?.end();
    });
  }
}
