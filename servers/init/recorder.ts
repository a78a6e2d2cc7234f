// What a server leaves: memory that init has too, so that it outlives the server (heads of messages, heads.ts, and its stack), and a channel in
// whose queue its engine puts the memory of its heap (remains.ts). Invariant: what it holds is the server's word and may be anything.
import { addresses, protections } from "../../sdk/abi/table.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { Handle } from "../../sdk/runtime/handle.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { Process } from "../../sdk/runtime/process.ts";
import { recorderPage } from "../../sdk/runtime/recorder-page.ts";
import type { SharedView } from "../../sdk/runtime/shared-view.ts";
import { Heads } from "./heads.ts";

/** Bytes of the first stack; the engine's own limit is derived from it. */
export const STACK = 256 << 10;
const BOTH = protections.READ | protections.WRITE;

/** What is left of a process that has ended. */
export interface Left {
  /** init's end of the channel with the memory of its heap */
  readonly heap: Handle;
  /** where its JSRuntime lay, 0 nowhere */
  readonly runtime: number;
  /** its stack, which ended at addresses.STACK_TOP */
  readonly stack: SharedView;
}

export class Recorder {
  readonly #stack: Memory;
  #heads: Heads | undefined;
  readonly #heap: Handle;

  /** Takes the stack's memory, the heads, and init's end of the channel for the heap, 0 none. */
  constructor(stack: Memory, heads: Heads, heap: number) {
    this.#stack = stack;
    this.#heads = heads;
    this.#heap = new Handle(heap);
  }

  /** Handle of its stack. */
  get stack(): number {
    return this.#stack.number;
  }

  /** Heads of its messages, until they are taken. */
  get heads(): Heads | undefined {
    return this.#heads;
  }

  /** Handle of the channel. */
  get heap(): number {
    return this.#heap.number;
  }

  /** Gives the heads away, for the caller to close. */
  takeHeads(): Heads | undefined {
    const heads = this.#heads;
    this.#heads = undefined;
    return heads;
  }

  /** The process lacks rings for so many slots of its loop; whether it has more now. */
  grow(process: Process, slots: number): boolean {
    return this.#heads?.grow(process, slots) ?? false;
  }

  /**
   * What is left of the process, which has ended, with its `heads`; the caller closes it. Undefined when that can't be had, and from the second
   * time on.
   */
  leave(heads: Heads | undefined): Left | undefined {
    const runtime = heads?.read((page) => page.get64(recorderPage.RUNTIME));
    if (this.#heap.closed || runtime === undefined) return undefined;
    const stack = this.#stack.map(protections.READ);
    if (stack instanceof Failure) return undefined;
    return { heap: new Handle(this.#heap.take()), runtime, stack };
  }

  close(): void {
    this.#heads?.close();
    this.#stack.close();
    this.#heap.close();
  }
}

/**
 * For a new process, mapped there, with `heap`, which it takes. Undefined when there is no room for it: the process has neither then, nor a
 * stack.
 */
export function recordFrom(process: Process, heap: number): Recorder | undefined {
  const heads = Heads.create(process);
  const stack = heads === undefined ? undefined : stackOf(process);
  if (heads !== undefined && stack !== undefined) return new Recorder(stack, heads, heap);
  heads?.close();
  new Handle(heap).close();
  return undefined;
}

function stackOf(process: Process): Memory | undefined {
  const stack = Memory.create(STACK);
  if (stack instanceof Failure) return undefined;
  if (!(process.map(stack, addresses.STACK_TOP - STACK, 0, STACK, BOTH) instanceof Failure))
    return stack;
  stack.close();
  return undefined;
}
