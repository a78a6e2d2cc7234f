// A pool card for clients that share no memory: private copies of frames that have arrived, and frames to send by their bytes.
//
// Invariant: no batch is out when a call returns; a frame that finds no room is dropped and counted, as on any wire.

import type { MemoryView } from "../runtime/shared-view.ts";
import { FRAME_AT, MORE, PACKET_WORDS, PIECE_WORDS, SLOT_BYTES } from "./card-pool.ts";
import { MOST_PIECES, type PoolCard, REFUSED } from "./pool-card.ts";

const MIN_FRAME = 14;
const MAX_FRAME = 1514;
const NO_PACKETS = new Uint32Array(0);

export class PoolFrames {
  /** Frames that had no frame's length on arrival in several buffers; that found no room, or had no frame's length. */
  refused = 0;
  dropped = 0;
  private readonly card: PoolCard;
  private readonly memory: MemoryView;
  /** Packets that `flush` hands over. */
  private readonly packets: Uint32Array;
  private count = 0;

  /** `memory`: the card's pool. */
  constructor(card: PoolCard, memory: MemoryView) {
    this.card = card;
    this.memory = memory;
    this.packets = new Uint32Array(card.sendSlots * PACKET_WORDS);
  }

  /** Hands out frames that have arrived, until there are `limit` or no more; how many pieces were looked at, or a fault. */
  receive(limit: number, deliver: (frame: Uint8Array) => void): number | string {
    const { card } = this;
    let total = 0;
    while (total < limit) {
      const count = card.exchange(NO_PACKETS, 0, Math.min(limit - total, MOST_PIECES));
      if (typeof count === "string") return count;
      if (count === 0 && !card.more) break;
      this.copyOut(count, deliver);
      // Frames that are refused for ever do not fill a turn.
      total += Math.max(1, count);
      const back = card.exchange(NO_PACKETS, card.batches, 0);
      if (typeof back === "string") return back;
      // What comes from now on tells of itself; what came before this is seen by the next look.
      card.order();
    }
    return total;
  }

  private copyOut(count: number, deliver: (frame: Uint8Array) => void): void {
    const { pieces } = this.card;
    let whole = true;
    for (let index = 0; index < count; index++) {
      const bytes = pieces[index * PIECE_WORDS + 1]!;
      const more = (pieces[index * PIECE_WORDS + 2]! & MORE) !== 0;
      if (whole && !more && bytes <= MAX_FRAME) {
        const frame = new Uint8Array(bytes);
        this.memory.copyOut(pieces[index * PIECE_WORDS]!, frame, 0, bytes);
        deliver(frame);
      } else if (!more) this.refused += 1;
      whole = !more;
    }
  }

  /** Puts a frame into the pool; `flush` hands it over, or a pool that is full does. */
  transmit(frame: Uint8Array): string | undefined {
    const { card, memory, packets } = this;
    const { length } = frame;
    if (this.count === card.room) {
      // Handed over, and looked whether they have left.
      const fault = this.flush() ?? this.flush();
      if (fault !== undefined) return fault;
    }
    if (length < MIN_FRAME || length > MAX_FRAME || card.room === 0) {
      this.dropped += 1;
      return undefined;
    }
    const slot = (card.head + this.count) % card.sendSlots;
    memory.copyIn(card.receiveBytes + slot * SLOT_BYTES + FRAME_AT, frame, 0, length);
    const at = this.count * PACKET_WORDS;
    packets[at] = slot;
    packets[at + 1] = 1;
    packets[at + 2] = packets[at + 3] = length;
    packets[at + 4] = 0;
    this.count += 1;
    return undefined;
  }

  /** Hands the frames since the last call over, and takes back the slots of those that are gone. */
  flush(): string | undefined {
    const packets = this.packets.slice(0, this.count * PACKET_WORDS);
    this.count = 0;
    const done = this.card.exchange(packets, 0, 0);
    if (done === REFUSED) throw new Error("a frame by itself was refused");
    return typeof done === "string" ? done : undefined;
  }
}
