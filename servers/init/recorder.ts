// The page in which a server's engine notes the heads of its last messages: made and kept by init, so that it outlives the server.
// Invariant: what it holds is the server's word and may be anything; reading it is bounded and gives numbers only.
import { protections } from "../../sdk/abi/table.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { Process } from "../../sdk/runtime/process.ts";
import { RECORDER, recorderEntry, recorderPage } from "../../sdk/runtime/recorder-page.ts";
import type { SharedView } from "../../sdk/runtime/shared-view.ts";

/** Entries in one answer: 60 × 36 bytes. */
const PIECE = 60;

export class Recorder {
  readonly #memory: Memory;
  readonly #view: SharedView;

  private constructor(memory: Memory, view: SharedView) {
    this.#memory = memory;
    this.#view = view;
  }

  /** Takes the memory; undefined when there is no room to map it. */
  static of(memory: Memory): Recorder | undefined {
    const view = memory.map(protections.READ);
    if (!(view instanceof Failure)) return new Recorder(memory, view);
    memory.close();
    return undefined;
  }

  /** Handle of its memory. */
  get number(): number {
    return this.#memory.number;
  }

  /** The page as it is now. */
  copy(): Uint8Array {
    const bytes = new Uint8Array(recorderPage.BYTES);
    this.#view.copyOut(0, bytes, 0, bytes.length);
    return bytes;
  }

  close(): void {
    this.#view.close();
    this.#memory.close();
  }
}

/** A page for a new process, mapped there and here; undefined when there is no room for it: the server runs without one. */
export function recordFrom(process: Process): Recorder | undefined {
  const memory = Memory.create(recorderPage.BYTES);
  if (memory instanceof Failure) return undefined;
  const both = protections.READ | protections.WRITE;
  const there = process.map(memory, RECORDER, 0, recorderPage.BYTES, both);
  if (!(there instanceof Failure)) return Recorder.of(memory);
  memory.close();
  return undefined;
}

/** Entries of a page, the oldest first, from place `from` on; none of no page. */
export function recordedPiece(page: Uint8Array | undefined, from: number) {
  if (page === undefined) return { turn: 0, messages: [], more: false };
  const view = new DataView(page.buffer, page.byteOffset, page.length);
  const { COUNT, TURN, FIRST, ENTRY, ENTRIES } = recorderPage;
  const time = (at: number) =>
    view.getUint32(at, true) + (view.getUint32(at + 4, true) & 0x1f_ffff) * 4294967296;
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
