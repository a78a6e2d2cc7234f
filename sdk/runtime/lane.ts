// Events that a kernel deals with before the loop looks at them, and memory that it reads and writes them in: a kernel does not reach the
// message buffer itself (docs/abi.md).
//
// Invariant: as long as a lane holds anything, nothing of this process runs between the arrival of events and it. What it leaves finds
// everything given back.
import { layouts, limits } from "../abi/table.ts";
import { Failure } from "../contract/failure.ts";
import { uusi } from "./binding.ts";
import { Memory } from "./memory.ts";
import { messageBuffer } from "./message-buffer.ts";
import { submitMade } from "./outbox.ts";
import type { SharedView } from "./shared-view.ts";

/** What the loop asks first (`setLane` in loop.ts). */
export interface Lane {
  /** whether it has anything of this server */
  readonly holds: boolean;
  /** when it wants to be asked at the latest; ns since boot, -1 never */
  readonly deadline: number;
  /**
   * Deals with the first of `bytes` of events: how many bytes those are. Where it leaves any, has something to do that is no event, or must not
   * (`may` false), it holds nothing any more when it returns.
   */
  take(bytes: number, may: boolean): number;
}

const EVENTS = limits.BUFFER_BYTES - limits.EVENT_OFFSET;
const MESSAGES = limits.SUBMIT_BYTES;

/** A part of memory as kernels take it. */
export interface Part {
  readonly address: number;
  readonly length: number;
}

/** Memory for a kernel: the events, the messages that it makes, and more. */
export class LaneMemory {
  readonly events: Part;
  readonly messages: Part;
  readonly more: Part;
  readonly #view: SharedView;

  private constructor(view: SharedView, more: number) {
    this.#view = view;
    const { address } = view;
    this.events = { address, length: EVENTS };
    this.messages = { address: address + EVENTS, length: MESSAGES };
    this.more = { address: address + EVENTS + MESSAGES, length: more };
  }

  /** With `more` bytes behind events and messages; charged to this process. */
  static create(more: number): LaneMemory | Failure {
    const memory = Memory.create(EVENTS + MESSAGES + more);
    if (memory instanceof Failure) return memory;
    const view = memory.mapForKernels();
    memory.close();
    return view instanceof Failure ? view : new LaneMemory(view, more);
  }

  /** The head of the wait and `bytes` of events are what the kernel sees. */
  bring(bytes: number): void {
    const { address } = this.events;
    const whole = layouts.wait.HEADER + bytes;
    uusi.copyIn(address, messageBuffer.bytes, limits.EVENT_OFFSET, whole);
  }

  /** What the kernel has made leaves with this turn. */
  send(bytes: number): void {
    submitMade(this.messages.address, bytes);
  }

  /** Bytes of `more`. */
  copyOut(at: number, count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    this.#view.copyOut(EVENTS + MESSAGES + at, bytes, 0, count);
    return bytes;
  }

  copyIn(at: number, bytes: Uint8Array): void {
    this.#view.copyIn(EVENTS + MESSAGES + at, bytes, 0, bytes.length);
  }
}
