// The state that the kernel of the two rings works on (tape/kernels/e1000e.tape): words by their places, as both sides know them.
//
// Invariant: TypeScript writes it at the start alone; afterwards it only reads.
import { BUFFER_BYTES, descriptor, RECEIVE_RING, SEND_RING, SEND_SLOTS } from "./registers.ts";

/** Places. */
export const words = {
  IN: 0,
  IN_MASK: 1,
  TAKEN: 2,
  OLDEST_OUT: 3,
  OUT: 4,
  BATCH_COUNT: 7,
  BATCHES: 8,
  GOING: 12,
  GOING_MASK: 13,
  NEXT: 14,
  OLDEST: 15,
  SPANS: 16,
  HEAD: 17,
  ROOM: 18,
  SLOT_MASK: 19,
  FREED: 21,
  RECEIVED: 22,
  REFUSED: 24,
  SENT: 26,
  BUFFERS_AT: 28,
  SLOTS_AT: 30,
} as const;

/** Bits of the kernel's answer above the number of pieces. */
export const answers = { SAID: 1, REFILLED: 2, EMPTY: 4, BAD: 8, FEW: 16 } as const;

const FIRST_LIST = 32;
/** Words of it. */
export const STATE_WORDS = FIRST_LIST + SEND_RING;

/** Where the descriptors lie in their memory. */
export const places = { receive: 0, send: RECEIVE_RING * descriptor.BYTES } as const;

/** The state before the first call: all receive buffers are out, as one batch, which that call gives to the card. `pool`: its bus address. */
export function ringState(pool: number): Uint32Array {
  const state = new Uint32Array(STATE_WORDS);
  const wide = (at: number, value: number) => {
    state[at] = value % 2 ** 32;
    state[at + 1] = Math.floor(value / 2 ** 32);
  };
  state[words.IN] = places.receive;
  state[words.IN_MASK] = RECEIVE_RING - 1;
  state[words.OUT] = state[words.BATCHES] = RECEIVE_RING;
  state[words.BATCH_COUNT] = 1;
  state[words.GOING] = places.send;
  state[words.GOING_MASK] = SEND_RING - 1;
  state[words.SPANS] = FIRST_LIST;
  state[words.ROOM] = SEND_SLOTS;
  state[words.SLOT_MASK] = SEND_SLOTS - 1;
  wide(words.BUFFERS_AT, pool);
  wide(words.SLOTS_AT, pool + RECEIVE_RING * BUFFER_BYTES);
  return state;
}
