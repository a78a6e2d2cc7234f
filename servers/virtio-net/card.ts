// A running virtio network card (Virtio 1.2 section 5.1): a pool of buffers that the card fills and sends from, and who has which.
//
// Invariant: the device sees its rings, which are nobody else's, and the pool. A buffer belongs to the device, or to whoever uses the
// pool; its bytes are not looked at here, but for the header that the device writes in front of a frame, which is copied out once.

import type { DevicePool } from "../../sdk/virtio/claim.ts";
import type { MemoryView } from "../../sdk/runtime/shared-view.ts";
import type { DeviceQueue } from "../../sdk/virtio/queues.ts";
import { needsReset } from "../../sdk/virtio/registers.ts";
import { BROKEN, DEVICE_WRITES, NONE } from "../../sdk/virtio/split-ring.ts";
import {
  FRAME_AT,
  MORE,
  PACKET_WORDS,
  PIECE_WORDS,
  SLOT_BYTES,
  SUMS_RIGHT,
} from "../../sdk/net/card-pool.ts";
import type { DriverFault } from "./driver-fault.ts";
import { HEADER_BYTES, type Offloads, sentHeader } from "./offloads.ts";

const MIN_FRAME = 14;
const MAX_FRAME = 1514;
const CONFIG_STATUS = 6;
const STATUS_LINK_UP = 1;
/** Buffers that one frame can have: one of 65,562 bytes in buffers of 2,048. */
const MOST_BUFFERS = 33;
/** Frames that one visit to the ring takes, unless it is told otherwise. */
const PIECES = 128;

/** What the card counts. */
export interface CardCounters {
  received: number;
  sent: number;
  /** Received frames of a length that no frame has. */
  refused: number;
  /** Frames that found the transmit ring full, or had no frame's length. */
  dropped: number;
}

/** What `startCard` has found out and set up. */
export interface CardParts {
  readonly common: MemoryView;
  readonly config: MemoryView;
  readonly pool: DevicePool;
  readonly mac: Uint8Array;
  readonly reportsLink: boolean;
  readonly offloads: Offloads;
  readonly receiving: DeviceQueue;
  readonly sending: DeviceQueue;
}

/** A running card. Fields are private by type only, as in split-ring.ts. */
export class Card {
  readonly mac: Uint8Array;
  readonly counters: CardCounters = { received: 0, sent: 0, refused: 0, dropped: 0 };
  readonly offloads: Offloads;
  /** Bytes of the pool that the card receives into; behind them lie the slots to send from. */
  readonly receiveBytes: number;
  readonly sendSlots: number;
  /** The pieces that `harvest` found. */
  readonly pieces = new Uint32Array((PIECES + MOST_BUFFERS) * PIECE_WORDS);
  /** The slot that the next packet lies in, and how many are free. */
  head = 0;
  room: number;
  private readonly parts: CardParts;
  private readonly memory: MemoryView;
  /** Receive buffers that are out, oldest first, in a ring; how many each harvest took. */
  private readonly out: Uint16Array;
  private outFirst = 0;
  private outCount = 0;
  private readonly harvests: number[] = [];
  /** How many slots the packet at a slot takes, and whether the device has sent it; where the oldest lies. */
  private readonly spans: Uint16Array;
  private readonly done: Uint8Array;
  private tail = 0;
  /** 1 for slots whose header says nothing, as that of most frames does. */
  private readonly plain: Uint8Array;
  private unsaid = false;

  /** Use `startCard`. */
  constructor(parts: CardParts) {
    const { pool, offloads, mac } = parts;
    this.parts = parts;
    this.mac = mac;
    this.offloads = offloads;
    this.memory = pool.memory;
    const receiving = parts.receiving.ring;
    const sending = parts.sending.ring;
    this.receiveBytes = receiving.size * offloads.bufferBytes;
    this.sendSlots = this.room = sending.size;
    this.out = new Uint16Array(receiving.size);
    this.spans = new Uint16Array(sending.size);
    this.done = new Uint8Array(sending.size);
    this.plain = new Uint8Array(sending.size);
    const { busAddress } = pool;
    for (let slot = 0; slot < sending.size; slot++) {
      sending.describe(slot, busAddress + this.headerOf(slot), 0, 0);
    }
    const { bufferBytes } = offloads;
    for (let slot = 0; slot < receiving.size; slot++) {
      receiving.describe(slot, busAddress + slot * bufferBytes, bufferBytes, DEVICE_WRITES);
    }
  }

  private headerOf(slot: number): number {
    return this.receiveBytes + slot * SLOT_BYTES + FRAME_AT - HEADER_BYTES;
  }

  /** Gives all receive buffers to the device; call it once, after it went live. */
  begin(): void {
    const { ring } = this.parts.receiving;
    for (let slot = 0; slot < ring.size; slot++) ring.post(slot);
    ring.interruptAfter(1);
    this.parts.sending.ring.withoutInterrupts();
    this.parts.receiving.publish();
  }

  /** Whether the link is up; a card that does not say so counts as up. */
  linkUp(): boolean {
    if (!this.parts.reportsLink) return true;
    return (this.parts.config.get16(CONFIG_STATUS) & STATUS_LINK_UP) !== 0;
  }

  /**
   * Takes frames that have arrived, at most about `limit`, and says where they lie in `pieces`; returns how many pieces. Their buffers
   * are out until `giveBack` is called, once for each harvest that found any. A fault: the card must be reset.
   */
  harvest(limit = PIECES): number | DriverFault {
    const { ring } = this.parts.receiving;
    const { bufferBytes, merged, checks } = this.offloads;
    const { memory, pieces, counters, out } = this;
    const mask = out.length - 1;
    let count = 0;
    let taken = 0;
    /** Buffers that still belong to the frame; its pieces are dropped where `kept` is false. */
    let follow = 0;
    let kept = true;
    const most = Math.min(limit, PIECES);
    while (follow > 0 || (count < most && taken < most)) {
      const slot = ring.take();
      if (slot === NONE) {
        if (follow > 0) return "virtio.ring";
        break;
      }
      if (slot === BROKEN) return "virtio.ring";
      if (follow > 0 && ring.takenBytes > bufferBytes) return "virtio.ring";
      out[(this.outFirst + this.outCount) & mask] = slot;
      this.outCount += 1;
      taken += 1;
      let at = slot * bufferBytes;
      let bytes = ring.takenBytes;
      let flags = 0;
      if (follow === 0) {
        kept = bytes >= HEADER_BYTES + MIN_FRAME && bytes <= bufferBytes;
        if (!kept) {
          counters.refused += 1;
          continue;
        }
        if (merged) {
          const buffers = memory.get16(at + 10);
          if (buffers === 0 || buffers > MOST_BUFFERS) return "virtio.ring";
          follow = buffers;
        } else follow = 1;
        if (checks && (memory.get8(at) & 3) !== 0) flags = SUMS_RIGHT;
        at += HEADER_BYTES;
        bytes -= HEADER_BYTES;
        if (!this.offloads.receivesBig && bytes > MAX_FRAME) {
          counters.refused += 1;
          kept = false;
        } else counters.received += 1;
      }
      follow -= 1;
      if (!kept) continue;
      pieces[count * PIECE_WORDS] = at;
      pieces[count * PIECE_WORDS + 1] = bytes;
      pieces[count * PIECE_WORDS + 2] = follow > 0 ? flags | MORE : flags;
      count += 1;
    }
    if (taken === 0) return 0;
    this.harvests.push(taken);
    if (count === 0) this.giveBack();
    return count;
  }

  /** The buffers of the oldest harvest go to the device again. */
  giveBack(): void {
    const count = this.harvests.shift() ?? 0;
    if (count === 0) return;
    const { ring } = this.parts.receiving;
    const mask = this.out.length - 1;
    for (let index = 0; index < count; index++) {
      ring.post(this.out[(this.outFirst + index) & mask]!);
    }
    this.outFirst = (this.outFirst + count) & mask;
    this.outCount -= count;
    this.parts.receiving.publish();
  }

  /** All buffers that are out go back. */
  giveAllBack(): void {
    while (this.harvests.length > 0) this.giveBack();
  }

  /** Asks to be told of the next frame; what has come meanwhile must be looked for once more. */
  wakeOnFrame(): void {
    this.parts.receiving.ring.interruptAfter(1);
  }

  /** As `harvest`, for frames that are at most MAX_FRAME long: private copies of them, and the buffers go back at once. */
  receive(limit: number, deliver: (frame: Uint8Array) => void): number | DriverFault {
    const count = this.harvest(limit);
    if (typeof count === "string" || count === 0) return count;
    const { pieces, memory } = this;
    let whole = true;
    for (let index = 0; index < count; index++) {
      const bytes = pieces[index * PIECE_WORDS + 1]!;
      const more = (pieces[index * PIECE_WORDS + 2]! & MORE) !== 0;
      if (whole && !more && bytes <= MAX_FRAME) {
        const frame = new Uint8Array(bytes);
        memory.copyOut(pieces[index * PIECE_WORDS]!, frame, 0, bytes);
        deliver(frame);
      } else if (!more) this.counters.refused += 1;
      whole = !more;
    }
    this.giveBack();
    return count;
  }

  /**
   * Puts a frame into the transmit ring; `flush` hands it over. A frame that finds no room is dropped
   * and counted, as on any wire.
   */
  transmit(frame: Uint8Array): DriverFault | undefined {
    const { length } = frame;
    if (this.room === 0) {
      const fault = this.flush();
      if (fault !== undefined) return fault;
    }
    if (length < MIN_FRAME || length > MAX_FRAME || this.room === 0) {
      this.counters.dropped += 1;
      return undefined;
    }
    this.memory.copyIn(this.headerOf(this.head) + HEADER_BYTES, frame, 0, length);
    this.send(1, length, 0);
    return undefined;
  }

  /** Hands the packets since the last call over, and takes back the slots of those that are gone. */
  flush(): DriverFault | undefined {
    if (this.unsaid) this.parts.sending.publish();
    this.unsaid = false;
    return this.reclaim();
  }

  /**
   * Queues packets that lie in slots from `head` on (docs of PACKET_WORDS); false when they are not where they must be, or of no length
   * that they can have.
   */
  post(packets: Uint32Array): boolean {
    for (let at = 0; at < packets.length; at += PACKET_WORDS) {
      const slots = packets[at + 1]!;
      const bytes = packets[at + 2]!;
      const last = packets[at + 3]!;
      const size = packets[at + 4]!;
      if (packets[at] !== this.head || slots === 0 || slots > this.room) return false;
      if (this.head + slots > this.sendSlots) return false;
      if (size > 0) {
        if (!this.offloads.sendsBig || size > MAX_FRAME || size < 64) return false;
        if (bytes < 54 || bytes > slots * SLOT_BYTES - FRAME_AT) return false;
        this.send(slots, bytes, size);
      } else if (bytes === 0) this.skip(slots);
      else {
        if (bytes < MIN_FRAME || bytes > MAX_FRAME || last < MIN_FRAME || last > bytes) {
          return false;
        }
        for (let index = 1; index < slots; index++) this.send(1, bytes, 0);
        this.send(1, last, 0);
      }
    }
    return true;
  }

  /** The packet at `head` goes to the device. `size` > 0: of TCP, with so many data bytes a frame. */
  private send(slots: number, bytes: number, size: number): void {
    const slot = this.head;
    const { memory } = this;
    const at = this.headerOf(slot);
    if (size > 0) {
      const header = sentHeader(memory.get8(at + HEADER_BYTES + 46), size);
      for (let word = 0; word < 3; word++) memory.set32(at + 4 * word, header[word]!);
      this.plain[slot] = 0;
    } else if (this.plain[slot] === 0) {
      for (let word = 0; word < 3; word++) memory.set32(at + 4 * word, 0);
      this.plain[slot] = 1;
    }
    const { ring } = this.parts.sending;
    ring.setBytes(slot, HEADER_BYTES + bytes);
    ring.post(slot);
    this.spans[slot] = slots;
    this.done[slot] = 0;
    this.counters.sent += 1;
    this.unsaid = true;
    this.advance(slots);
  }

  /** Slots in front of the pool's end that nothing fits into. */
  private skip(slots: number): void {
    this.spans[this.head] = slots;
    this.done[this.head] = 1;
    this.advance(slots);
  }

  private advance(slots: number): void {
    if (slots > 1) this.plain.fill(0, this.head + 1, this.head + slots);
    this.room -= slots;
    this.head = (this.head + slots) % this.sendSlots;
  }

  private reclaim(): DriverFault | undefined {
    const { ring } = this.parts.sending;
    for (;;) {
      const slot = ring.take();
      if (slot === NONE) break;
      if (slot === BROKEN) return "virtio.ring";
      this.done[slot] = 1;
    }
    while (this.room < this.sendSlots && this.done[this.tail] === 1) {
      const slots = this.spans[this.tail]!;
      this.done[this.tail] = 0;
      this.room += slots;
      this.tail = (this.tail + slots) % this.sendSlots;
    }
    return undefined;
  }

  /** Asks to be told when half of what is on its way has left, or, without packets there, not at all. */
  wakeOnSent(wanted: boolean): void {
    const { ring } = this.parts.sending;
    if (!wanted || ring.outstanding === 0) ring.withoutInterrupts();
    else ring.interruptAfter((ring.outstanding + 1) >> 1);
  }

  /** Whether the device has stopped by itself. */
  stopped(): boolean {
    return needsReset(this.parts.common);
  }
}
