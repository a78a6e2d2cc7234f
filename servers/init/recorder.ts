// Memory of a server that init has too, so that it outlives the server: the page in which its engine notes the heads of its last messages,
// and its stack; and a channel in whose queue its engine puts the memory of its heap (remains.ts).
// Invariant: what it holds is the server's word and may be anything; reading it is bounded and gives numbers only.
import { addresses, protections } from "../../sdk/abi/table.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { Handle } from "../../sdk/runtime/handle.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { Process } from "../../sdk/runtime/process.ts";
import { RECORDER, recorderEntry, recorderPage } from "../../sdk/runtime/recorder-page.ts";
import type { SharedView } from "../../sdk/runtime/shared-view.ts";

/** Entries in one answer: 60 × 36 bytes. */
const PIECE = 60;

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
  readonly #memory: Memory;
  readonly #view: SharedView;
  readonly #heap: Handle;

  private constructor(memory: Memory, view: SharedView, heap: number) {
    this.#memory = memory;
    this.#view = view;
    this.#heap = new Handle(heap);
  }

  /** Takes the memory, and init's end of the channel for the heap, 0 none; undefined when there is no room to map it. */
  static of(memory: Memory, heap: number): Recorder | undefined {
    const view = memory.map(protections.READ, 0, recorderPage.BYTES);
    if (!(view instanceof Failure)) return new Recorder(memory, view, heap);
    memory.close();
    new Handle(heap).close();
    return undefined;
  }

  /** Handle of its memory. */
  get number(): number {
    return this.#memory.number;
  }

  /** Handle of the channel. */
  get heap(): number {
    return this.#heap.number;
  }

  /** The page as it is now. */
  copy(): Uint8Array {
    const bytes = new Uint8Array(recorderPage.BYTES);
    this.#view.copyOut(0, bytes, 0, bytes.length);
    return bytes;
  }

  /** What is left of the process, which has ended; the caller closes it. Undefined when that can't be had, and from the second time on. */
  leave(): Left | undefined {
    const size = this.#memory.size();
    if (this.#heap.closed || size <= recorderPage.BYTES) return undefined;
    const stack = this.#memory.map(protections.READ, recorderPage.BYTES);
    if (stack instanceof Failure) return undefined;
    return {
      heap: new Handle(this.#heap.take()),
      runtime: this.#view.get64(recorderPage.RUNTIME),
      stack,
    };
  }

  close(): void {
    this.#view.close();
    this.#memory.close();
    this.#heap.close();
  }
}

/**
 * For a new process, mapped there and here, with `heap`, which it takes. Undefined when there is no room for it: the process has neither
 * then.
 */
export function recordFrom(process: Process, heap: number): Recorder | undefined {
  const memory = Memory.create(recorderPage.BYTES + STACK);
  const recorder = memory instanceof Failure ? undefined : mapThere(process, memory, heap);
  if (recorder === undefined) new Handle(heap).close();
  return recorder;
}

function mapThere(process: Process, memory: Memory, heap: number): Recorder | undefined {
  const stack = addresses.STACK_TOP - STACK;
  const fault = process.map(memory, stack, recorderPage.BYTES, STACK, BOTH);
  const second =
    fault instanceof Failure ? fault : process.map(memory, RECORDER, 0, recorderPage.BYTES, BOTH);
  if (!(second instanceof Failure)) return Recorder.of(memory, heap);
  memory.close();
  return undefined;
}

/** Entries of a page, the oldest first, from place `from` on; none of no page. */
export function recordedPiece(page: Uint8Array | undefined, from: number) {
  if (page === undefined) return { turn: 0, messages: [], more: false };
  const view = new DataView(page.buffer, page.byteOffset, page.length);
  const { COUNT, TURN, FIRST, ENTRY, ENTRIES } = recorderPage;
  const time = (at: number) =>
    view.getUint32(at, true) + (view.getUint32(at + 4, true) & 0x7fff_ffff) * 4294967296;
  const count = time(COUNT);
  const all = Math.min(count, ENTRIES);
  const e = recorderEntry;
  const messages = [];
  for (let i = from; i < all && i < from + PIECE; i++) {
    const at = FIRST + ((count - all + i) % ENTRIES) * ENTRY;
    messages.push({
      time: time(at + e.time),
      kind: view.getUint8(at + e.kind),
      handles: view.getUint8(at + e.handles),
      bytes: view.getUint16(at + e.bytes, true),
      channel: view.getUint32(at + e.channel, true),
      word: view.getUint32(at + e.word, true),
      status: view.getInt32(at + e.status, true),
      cookie: view.getUint32(at + e.cookie, true),
      trace: view.getUint32(at + e.trace, true),
    });
  }
  return { turn: time(TURN), messages, more: from + PIECE < all };
}
