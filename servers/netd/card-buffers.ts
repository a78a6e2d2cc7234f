// The card's pool on this side (sdk/net/card-pool.ts): frames are read out of it by Tape kernels, and built in it.
//
// Invariant: what a kernel or a copy touches lies inside the pool. The driver's word is not taken for it: places of frames are checked
// where they are used, and slots are counted here.

import {
  CUTS_PACKETS,
  FRAME_AT,
  PACKET_WORDS,
  PIECE_WORDS,
  SLOT_BYTES,
} from "../../sdk/net/card-pool.ts";
import { compose, cut, gather, type Mapped, pour } from "../../tape/kernels/frames.tape";
import type { MemoryView } from "../../sdk/runtime/shared-view.ts";
import type { Outgoing, SynScreen } from "./syn-screen.ts";
import type { ByteRing, Payload } from "./tcp/byte-ring.ts";
import { FRAME_START, type PacketBuffer } from "./packet-buffer.ts";

/** The pool's memory, which kernels can take as it is. */
export type PoolMemory = MemoryView & Mapped;

/** What both sides know of the pool. */
export interface PoolFacts {
  readonly receiveBytes: number;
  readonly slots: number;
  readonly offloads: number;
}

/** Where the next packet must lie, and how many slots are free. */
export interface PoolPlace {
  readonly next: number;
  readonly room: number;
}

/** Numbers of a run, as the kernel writes them: those of Run, then what its headers say (receive-direct.ts). */
export const RUN_WORDS = 16;
/** What a driver puts into one message at most: 4,096 bytes. */
const MOST_PIECES = 341;
/** Packets that one message holds. */
const MOST_PACKETS = 200;
/** Slots of the longest packet, and how many are left to small frames when long ones wait. */
const LONGEST = 32;
const RESERVE = 16;
/** One packet's frames: as many as fit the slots, each by itself or all in a row. */
const MOST_FRAMES = 32;

/** One run of frames: a plain segment of TCP, or a frame as it came. */
export interface Run {
  /** where its first headers lie */
  at: number;
  /** bytes of the first frame */
  bytes: number;
  /** bytes of the headers; 0: as it came */
  headers: number;
  /** data bytes behind them */
  data: number;
  frames: number;
  /** the frame as it came lies in one piece */
  whole: boolean;
  /** as the kernel says them: TCP's flags, or not 0 when the card vouches for the sums of a frame that is as it came */
  flags: number;
}

export class CardBuffers implements Outgoing {
  readonly view: PoolMemory;
  readonly facts: PoolFacts;
  /** Bytes that lie in the pool and were taken out of it as data of segments. */
  readonly window: Mapped;
  private readonly post: (packets: Uint8Array) => void;
  /** The slot that the next packet lies in, and how many are free. */
  next: number;
  room: number;
  /** Packets that were built since the last `flush`. */
  readonly packets = new Uint32Array(MOST_PACKETS * PACKET_WORDS);
  posted = 0;
  private pieces: Uint32Array = new Uint32Array(0);
  /** What `find` found. */
  readonly runs = new Uint32Array(MOST_PIECES * RUN_WORDS);
  private readonly run: Run = {
    at: 0,
    bytes: 0,
    headers: 0,
    data: 0,
    frames: 0,
    whole: true,
    flags: 0,
  };
  private first = 0;
  /** Runs of the last message that were no plain segments. */
  odd = 0;
  /** The slots to send from. */
  readonly slots: Mapped;
  /** Where the frame is built that goes out next. */
  private readonly place: { address: number; readonly length: number };
  /** The data of the run that was looked at last. */
  readonly payload: Payload;

  /** `post` sends packets to the driver. */
  constructor(
    view: PoolMemory,
    facts: PoolFacts,
    place: PoolPlace,
    post: (packets: Uint8Array) => void,
  ) {
    this.view = view;
    this.facts = facts;
    this.next = place.next;
    this.room = place.room;
    this.post = post;
    const { receiveBytes, slots } = facts;
    this.window = { address: view.address, length: receiveBytes };
    this.slots = { address: view.address + receiveBytes, length: slots * SLOT_BYTES };
    this.place = { address: 0, length: SLOT_BYTES - FRAME_AT };
    this.payload = {
      pour: (skip, count, to, at) =>
        pour(this.window, this.pieces, this.first, skip, count, to, at),
    };
  }

  /** For the code that goes on with the pool. */
  get saved(): PoolPlace {
    return { next: this.next, room: this.room };
  }

  /**
   * Finds the runs of a message of pieces, for a station with the address `mac`: how many, -1 where the message is not sound. With a screen, SYNs
   * are taken out before.
   */
  find(message: Uint8Array, mac: number, screen?: SynScreen): number {
    const count = message.length / (4 * PIECE_WORDS);
    if (!Number.isInteger(count) || count > MOST_PIECES) return -1;
    this.odd = 0;
    const pieces = new Uint32Array(message.buffer, message.byteOffset, message.length >> 2);
    this.pieces = pieces;
    const { window } = this;
    const kept = screen?.screen(window, pieces, count, this.slots, this) ?? count;
    return kept < 0 ? -1 : gather(window, pieces, kept, this.runs, mac);
  }

  /** The data of the run whose numbers begin at `at`, until the next one is asked for. */
  payloadAt(at: number): Payload {
    this.first = this.runs[at + 2]!;
    return this.payload;
  }

  /** The run whose numbers begin at `at`, until the next one is asked for. */
  show(at: number): Run {
    const { runs, run } = this;
    run.at = runs[at]!;
    run.bytes = runs[at + 1]!;
    run.whole = runs[at + 3] === 1;
    run.data = runs[at + 4]!;
    run.headers = runs[at + 5]!;
    if (run.headers === 0) this.odd += 1;
    run.frames = runs[at + 6]!;
    run.flags = runs[at + 7]!;
    return run;
  }

  /** The oldest `slots` slots are free again; false where there are not so many. */
  freed(slots: number): boolean {
    this.room += slots;
    return this.room <= this.facts.slots;
  }

  /** Whether data should wait: what is left is for acknowledgements. */
  full(): boolean {
    return this.room < LONGEST + RESERVE;
  }

  /** Into how many frames a packet may be cut now. */
  longest(): number {
    return this.full() ? 0 : MOST_FRAMES;
  }

  /** Sends the frame in a packet buffer, with the tail that it may have; without room it is lost, as on a wire. */
  send(packet: PacketBuffer): void {
    const { tail } = packet;
    if (tail !== undefined) this.sendLong(packet, tail, packet.tailOffset, packet.tailBytes);
    else this.sendBytes(packet.bytes, FRAME_START, packet.end);
  }

  /** Sends a frame that lies between `start` and `end`. */
  sendBytes(from: Uint8Array, start: number, end: number): void {
    if (this.room === 0) return;
    const bytes = end - start;
    this.view.copyIn(this.slot(this.next), from, start, bytes);
    this.note(1, bytes, bytes, 0);
  }

  /** Builds and sends a segment (SegmentBuilder in stack.ts). */
  compose(
    way: Uint8Array,
    identification: number,
    ports: number,
    sequence: number,
    acknowledgment: number,
    flags: number,
    window: number,
    stamp: number,
    echo: number,
    ring: ByteRing,
    offset: number,
    count: number,
  ): void {
    if (this.room === 0) return;
    const { place } = this;
    place.address = this.view.address + this.slot(this.next);
    const from = count === 0 ? 0 : (ring.head + offset) & (ring.bytes.length - 1);
    const bytes = compose(
      way,
      place,
      identification,
      ports,
      sequence,
      acknowledgment,
      flags,
      window,
      stamp,
      echo,
      ring.bytes,
      from,
      count,
    );
    this.note(1, bytes, bytes, 0);
  }

  private slot(slot: number): number {
    return this.facts.receiveBytes + slot * SLOT_BYTES + FRAME_AT;
  }

  private sendLong(packet: PacketBuffer, ring: ByteRing, offset: number, count: number): void {
    const { tailSize } = packet;
    const front = packet.end - FRAME_START - count;
    const cuts = (this.facts.offloads & CUTS_PACKETS) !== 0;
    const slots = cuts
      ? Math.ceil((front + count + FRAME_AT) / SLOT_BYTES)
      : Math.ceil(count / tailSize);
    const left = this.facts.slots - this.next;
    if (slots > left) {
      if (left > this.room) return;
      this.note(left, 0, 0, 0);
    }
    if (slots > this.room) return;
    const at = this.slot(this.next);
    const from = (ring.head + offset) & (ring.bytes.length - 1);
    if (cuts) {
      this.view.copyIn(at, packet.bytes, FRAME_START, front);
      const direct = Math.min(count, ring.bytes.length - from);
      copyIn(this.view, at + front, ring.bytes, from, direct);
      if (direct < count) {
        copyIn(this.view, at + front + direct, ring.bytes, 0, count - direct);
      }
      this.note(slots, front + count, 0, tailSize);
      return;
    }
    const headers = packet.bytes.subarray(FRAME_START, FRAME_START + front);
    const place = { address: this.view.address + at, length: slots * SLOT_BYTES - FRAME_AT };
    cut(headers, ring.bytes, from, count, tailSize, place, SLOT_BYTES);
    const last = count - (slots - 1) * tailSize;
    this.note(slots, front + Math.min(count, tailSize), front + last, 0);
  }

  private note(slots: number, bytes: number, last: number, size: number): void {
    const { packets } = this;
    const at = this.posted * PACKET_WORDS;
    packets[at] = this.next;
    packets[at + 1] = slots;
    packets[at + 2] = bytes;
    packets[at + 3] = last;
    packets[at + 4] = size;
    this.posted += 1;
    this.room -= slots;
    this.next = (this.next + slots) % this.facts.slots;
    if (this.posted === MOST_PACKETS) this.flush();
  }

  /** Sends what was built since the last call to the driver. */
  flush(): void {
    if (this.posted === 0) return;
    const bytes = this.posted * PACKET_WORDS * 4;
    this.posted = 0;
    this.post(new Uint8Array(this.packets.buffer, 0, bytes));
  }
}

const piece = new Uint32Array(3);

function copyIn(
  view: PoolMemory,
  to: number,
  from: ByteRing["bytes"],
  at: number,
  count: number,
): void {
  if (from instanceof Uint8Array) {
    view.copyIn(to, from, at, count);
    return;
  }
  piece[0] = at;
  piece[1] = count;
  pour(from, piece, 0, 0, count, { address: view.address + to, length: count }, 0);
}
