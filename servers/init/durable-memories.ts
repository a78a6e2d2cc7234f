// What a server's processes leave for the next one: memory of its durable states and tables, by name.
// Invariant: of each name the newest is kept, and nothing of what was closed.
import { rights } from "../../sdk/abi/table.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { Process } from "../../sdk/runtime/process.ts";

/** Names of one server. */
const MOST = 16;

export class DurableMemories {
  #kept: { readonly name: string; readonly memory: Memory }[] = [];

  /** Takes the handle; beyond MOST names it is closed. `name`: "" for the states, else a table's. */
  keep(name: string, handle: number): void {
    const memory = new Memory(handle);
    const others = this.#kept.filter((each) => each.name !== name);
    if (others.length >= MOST) {
      memory.close();
      return;
    }
    for (const each of this.#kept) if (each.name === name) each.memory.close();
    this.#kept = [...others, { name, memory }];
  }

  /** What is kept. */
  get list(): readonly { readonly name: string; readonly memory: Memory }[] {
    return this.#kept;
  }

  /** Moves a handle of each into a process: grants `durable` and `durable:NAME`. */
  giveTo(process: Process): { name: string; number: number }[] | Failure {
    const grants: { name: string; number: number }[] = [];
    for (const { name, memory } of this.#kept) {
      const copy = memory.duplicate();
      const number = copy instanceof Failure ? copy : process.give(copy, rights.ALL);
      if (number instanceof Failure) return number;
      grants.push({ name: name === "" ? "durable" : `durable:${name}`, number });
    }
    return grants;
  }

  close(): void {
    for (const { memory } of this.#kept.splice(0)) memory.close();
  }
}
