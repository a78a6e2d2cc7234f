// A card whose buffers lie in a pool that a client may share: what its driver gives to the code that every such driver has
// (shared-pool.ts, pool-frames.ts).

/** Pieces that a batch has at most, but for the rest of its last frame. */
export const MOST_PIECES = 128;

/** The packets of a call can't be, those before a bad one were queued. */
export const REFUSED = -1;

/** A running card, by its rings. */
export interface PoolCard {
  /** Bytes of the pool that the card receives into; behind them lie the slots to send from. */
  readonly receiveBytes: number;
  readonly sendSlots: number;
  /** The slot that the next packet lies in, and how many are free. */
  readonly head: number;
  readonly room: number;
  /** Slots that were taken back since the start, modulo 2^32. */
  readonly freed: number;
  /** Whether the card cuts packets of TCP into frames. */
  readonly cutsPackets: boolean;
  /** What the last batch consists of, PIECE_WORDS each. */
  readonly pieces: Uint32Array;
  /** Batches that are out. */
  readonly batches: number;
  /** Whether there may be more to see at once. */
  readonly more: boolean;
  /**
   * Gives the `back` oldest batches to the card, queues packets that lie in slots from `head` on, takes slots back, and takes what has
   * arrived as one batch more, of at most about `most` pieces (0: none). How many it has, REFUSED, or a fault of the card as a sentence.
   */
  exchange(packets: Uint32Array, back: number, most: number): number | string;
  /** Orders what was written to memory before what is read of it from now on. */
  order(): void;
}
