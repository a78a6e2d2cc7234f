// A running 82574 network card: a pool of buffers that the card fills and sends from, moved by one kernel (tape/kernels/e1000e.tape).
//
// Invariant: the card sees its descriptors, which are nobody else's, and the pool. A buffer belongs to the card, or to whoever uses the pool;
// its bytes are not looked at here.

import { PIECE_WORDS } from "../../sdk/net/card-pool.ts";
import { MOST_PIECES, type PoolCard, REFUSED } from "../../sdk/net/pool-card.ts";
import type { SharedMemory } from "../../sdk/pci/claim.ts";
import type { MemoryView } from "../../sdk/runtime/shared-view.ts";
import { exchange } from "../../tape/kernels/e1000e.tape";
import {
  BUFFER_BYTES,
  causes,
  RECEIVE_RING,
  registers as r,
  SEND_SLOTS,
  status,
} from "./registers.ts";
import { resetCard } from "./reset.ts";
import { answers, words } from "./ring-state.ts";

const NO_PACKETS = new Uint32Array(0);

/** What a driver has of its card. */
export interface CardParts {
  /** Region 0. */
  readonly registers: MemoryView;
  /** The memory of the descriptors. */
  readonly rings: SharedMemory;
  readonly pool: SharedMemory;
  /** As PoolCard says. */
  order(): void;
}

/** A running card. Fields are private by type only: `#x` costs an engine six times as much. */
export class Card implements PoolCard {
  readonly mac: Uint8Array;
  readonly receiveBytes = RECEIVE_RING * BUFFER_BYTES;
  readonly sendSlots = SEND_SLOTS;
  readonly cutsPackets = false;
  readonly pieces = new Uint32Array(MOST_PIECES * PIECE_WORDS);
  more = false;
  readonly state: Uint32Array;
  private readonly parts: CardParts;
  /** Causes that interrupt; the card masks one when it has sent its message. */
  private armed = 0;

  /** Use `startCard`. `state`: as `ringState` makes it, or as the code before has left it. */
  constructor(parts: CardParts, mac: Uint8Array, state: Uint32Array) {
    this.parts = parts;
    this.mac = mac;
    this.state = state;
  }

  get head(): number {
    return this.state[words.HEAD]!;
  }
  get room(): number {
    return this.state[words.ROOM]!;
  }
  get freed(): number {
    return this.state[words.FREED]!;
  }
  get batches(): number {
    return this.state[words.BATCH_COUNT]!;
  }

  /** Frames received and sent, and received damaged or with a length that no frame has. */
  get counters(): { readonly received: number; readonly sent: number; readonly refused: number } {
    const { state } = this;
    const count = (at: number) => state[at]! + state[at + 1]! * 2 ** 32;
    return {
      received: count(words.RECEIVED),
      sent: count(words.SENT),
      refused: count(words.REFUSED),
    };
  }

  /** Gives the receive buffers to the card, but for one; call it once, after it went live. */
  begin(): void {
    this.exchange(NO_PACKETS, 1, 0);
    this.refilled();
  }

  linkUp(): boolean {
    return (this.parts.registers.get32(r.STATUS) & status.LINK_UP) !== 0;
  }

  exchange(packets: Uint32Array, back: number, most: number): number | string {
    const { parts, state, pieces } = this;
    const answer = exchange(parts.rings.bytes, state, packets, pieces, back, most);
    const count = answer & 0xffff;
    this.more = most > 0 && count >= most;
    return answer > 0xffff ? this.heed(answer >> 16, count) : count;
  }

  private heed(bits: number, count: number): number {
    const { parts, state, armed } = this;
    const { registers } = parts;
    if ((bits & answers.SAID) !== 0) registers.set32(r.TDT, state[words.NEXT]!);
    if ((bits & answers.REFILLED) !== 0) this.refilled();
    let wanted = (bits & answers.EMPTY) !== 0 ? causes.RECEIVE : 0;
    if ((bits & answers.FEW) !== 0) {
      // What was handed over just now may have left already.
      if ((bits & answers.SAID) !== 0) this.more = true;
      else wanted |= causes.SENT;
    }
    // What has come in between has left its cause, so that this lets it interrupt at once.
    if ((wanted & ~armed) !== 0) registers.set32(r.IMS, wanted & ~armed);
    this.armed = armed | wanted;
    return (bits & answers.BAD) !== 0 ? REFUSED : count;
  }

  /** The card has all up to the tail, and not the tail itself. */
  private refilled(): void {
    const { parts, state } = this;
    parts.registers.set32(r.RDT, (state[words.OLDEST_OUT]! - 1) & (RECEIVE_RING - 1));
  }

  /** The card has sent the message of frames, and masked its cause. */
  interrupted(): void {
    this.armed = 0;
  }

  order(): void {
    this.parts.order();
  }

  /** Called when the card says that something has changed: lets it say so again. */
  stopped(): undefined {
    const { registers } = this.parts;
    registers.set32(r.ICR, causes.LINK | causes.OTHER);
    registers.set32(r.IMS, causes.LINK | causes.OTHER);
    return undefined;
  }

  /** Brings it to rest. */
  reset(): void {
    resetCard(this.parts.registers);
  }
}
