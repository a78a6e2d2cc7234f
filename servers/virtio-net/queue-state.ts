// The state that the kernel of the two queues works on (tape/kernels/virtqueue.tape): words by their places, as both sides know them.
//
// Invariant: TypeScript writes it at the start alone; afterwards it only reads. While a client has the pool, the native thread's kernel works on it.

import { Failure } from "../../sdk/contract/failure.ts";
import type { KernelBytes } from "../../sdk/pci/claim.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { SharedView } from "../../sdk/runtime/shared-view.ts";
import type { SplitRing } from "../../sdk/virtio/split-ring.ts";
import type { Offloads } from "./offloads.ts";

/** Words that kernels work on. */
export interface KernelWords {
  /** as a kernel takes them */
  readonly words: Uint32Array | Exclude<KernelBytes, Uint8Array>;
  get(place: number): number;
  set(place: number, value: number): void;
  copy(): Uint32Array;
}

/** In the engine's heap, for kernels that are called. */
export function heapWords(words: Uint32Array): KernelWords {
  return {
    words,
    get: (place) => words[place]!,
    set: (place, value) => {
      words[place] = value;
    },
    copy: () => words.slice(),
  };
}

/** In memory that a native thread works on as well */
export function mappedWords(words: Uint32Array): KernelWords & { readonly words: SharedView } {
  const memory = Memory.create(words.byteLength);
  if (memory instanceof Failure) throw new Error(memory.sentence);
  const view = memory.mapForKernels();
  memory.close();
  if (view instanceof Failure) throw new Error(view.sentence);
  view.copyIn(
    0,
    new Uint8Array(words.buffer, words.byteOffset, words.byteLength),
    0,
    words.byteLength,
  );
  return {
    words: view,
    get: (place) => view.get32(4 * place),
    set: (place, value) => view.set32(4 * place, value),
    copy: () => {
      const copied = new Uint32Array(words.length);
      view.copyOut(0, new Uint8Array(copied.buffer), 0, words.byteLength);
      return copied;
    },
  };
}

/** Places. */
export const words = {
  RECEIVE: 0,
  SEND: 8,
  BY_INDEX: 16,
  BUFFER: 18,
  AGREED: 19,
  OUT_COUNT: 21,
  OUT: 22,
  BATCH_COUNT: 24,
  BATCHES: 25,
  HEAD: 29,
  ROOM: 30,
  SPANS: 32,
  SPOILT: 33,
  ARMED: 35,
  RECEIVED: 36,
  REFUSED: 38,
  SENT: 40,
  HANDED: 43,
  FREED: 44,
  BEFORE: 45,
} as const;

/** Of a queue, behind where its words begin. */
export const queueWords = {
  DESCRIPTORS: 0,
  AVAILABLE: 1,
  USED: 2,
  MASK: 3,
  POSTED: 4,
  SLOTS: 7,
} as const;

/** Bits of the kernel's answer above the number of pieces. */
export const answers = { SAID: 1, REFILLED: 2, AGAIN: 4, BAD: 8 } as const;

const agreements = { MERGED: 1, CHECKS: 2, RECEIVES_BIG: 4, SENDS_BIG: 8 } as const;
const FIRST_LIST = 64;

/** The state before the first call: all receive buffers are out, as one batch, which the first call gives to the device. */
export function queueState(
  receiving: SplitRing,
  sending: SplitRing,
  offloads: Offloads,
  byIndex: boolean,
): Uint32Array {
  const state = new Uint32Array(FIRST_LIST + 2 * receiving.size + 3 * sending.size);
  let next = FIRST_LIST;
  const list = (size: number) => {
    next += size;
    return next - size;
  };
  const queue = (at: number, ring: SplitRing) => {
    const { descriptors, available, used } = ring.places;
    state[at + queueWords.DESCRIPTORS] = descriptors;
    state[at + queueWords.AVAILABLE] = available;
    state[at + queueWords.USED] = used;
    state[at + queueWords.MASK] = ring.size - 1;
    state[at + queueWords.SLOTS] = list(ring.size);
  };
  queue(words.RECEIVE, receiving);
  queue(words.SEND, sending);
  state[words.BY_INDEX] = byIndex ? 1 : 0;
  state[words.BUFFER] = offloads.bufferBytes;
  state[words.AGREED] =
    (offloads.merged ? agreements.MERGED : 0) |
    (offloads.checks ? agreements.CHECKS : 0) |
    (offloads.receivesBig ? agreements.RECEIVES_BIG : 0) |
    (offloads.sendsBig ? agreements.SENDS_BIG : 0);
  const out = list(receiving.size);
  state[words.OUT] = out;
  for (let slot = 0; slot < receiving.size; slot++) state[out + slot] = slot;
  state[words.OUT_COUNT] = state[words.BATCHES] = receiving.size;
  state[words.BATCH_COUNT] = 1;
  state[words.ROOM] = sending.size;
  state[words.SPANS] = list(sending.size);
  state[words.SPOILT] = list(sending.size);
  state[words.ARMED] = 1;
  return state;
}
