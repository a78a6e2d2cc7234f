// An 82574 network card: frames in and out through two rings of descriptors in their old form, without offloads.
//
// Invariant: the device is not believed: what it writes into a descriptor is copied out once and checked; addresses are written anew
// each time and never read back. Frames are 14 .. 1,514 bytes both ways.

import type { MemoryView } from "../../sdk/runtime/shared-view.ts";
import {
  ADDRESS_VALID,
  causes,
  control,
  DONE,
  descriptor,
  END_OF_FRAME,
  GAPS,
  RECEIVE_ON,
  REGISTER_BYTES,
  registers as r,
  SEND,
  status,
  TRANSMIT_ON,
  WRITE_BACK_EACH,
} from "./registers.ts";

/** Descriptors of each ring: a multiple of 8. */
const RING_SIZE = 64;
const RING_BYTES = RING_SIZE * descriptor.BYTES;
const BUFFER_BYTES = 2048;
const BUFFERS = 4096;
const MIN_FRAME = 14;
const MAX_FRAME = 1514;
/** Reads until a reset that does not end counts as failed. */
const RESET_READS = 100_000;

/** Bytes of memory that card and driver share. */
export const CARD_MEMORY_BYTES = BUFFERS + 2 * RING_SIZE * BUFFER_BYTES;
/** Which interrupt is which. */
export const vectors = { CHANGE: 0, RECEIVE: 1 } as const;

const receiveBuffer = (slot: number) => BUFFERS + slot * BUFFER_BYTES;
const sendBuffer = (slot: number) => BUFFERS + (RING_SIZE + slot) * BUFFER_BYTES;
/** The send ring lies first. */
const sendEntry = (slot: number) => slot * descriptor.BYTES;
const receiveEntry = (slot: number) => RING_BYTES + slot * descriptor.BYTES;
const next = (slot: number) => (slot + 1) & (RING_SIZE - 1);

/** What a driver has of its card. */
export interface CardParts {
  /** Region 0. */
  readonly registers: MemoryView;
  readonly memory: MemoryView;
  readonly busAddress: number;
}

/** A running card (sdk/net/serve-card.ts). */
export class Card {
  readonly mac: Uint8Array;
  private readonly counts = { received: 0, sent: 0, refused: 0, dropped: 0 };
  private readonly parts: CardParts;
  /** The next descriptor that the card fills. */
  private arriving = 0;
  /** Whether what comes belongs to a frame that was refused. */
  private skipping = false;
  /** Descriptors from `leaving` up to `tail` are the card's. */
  private leaving = 0;
  private tail = 0;
  private told = 0;

  /** Use `startCard`. */
  constructor(parts: CardParts, mac: Uint8Array) {
    this.parts = parts;
    this.mac = mac;
    for (let slot = 0; slot < RING_SIZE; slot++) this.offer(slot);
  }

  /** Gives a receive buffer back. */
  private offer(slot: number): void {
    const { memory, busAddress } = this.parts;
    const at = receiveEntry(slot);
    memory.set64(at, busAddress + receiveBuffer(slot));
    memory.set64(at + descriptor.LENGTH, 0);
  }

  counters() {
    return this.counts;
  }

  linkUp(): boolean {
    return (this.parts.registers.get32(r.STATUS) & status.LINK_UP) !== 0;
  }

  /** Hands out at most `limit` frames as private copies; returns how many buffers were looked at. */
  receive(limit: number, deliver: (frame: Uint8Array) => void): number {
    const { memory, registers } = this.parts;
    let count = 0;
    let last = -1;
    while (count < limit) {
      const slot = this.arriving;
      const at = receiveEntry(slot);
      const state = memory.get8(at + descriptor.STATUS);
      if ((state & DONE) === 0) break;
      const length = memory.get16(at + descriptor.LENGTH);
      const whole = (state & END_OF_FRAME) !== 0;
      const sound = whole && !this.skipping && memory.get8(at + descriptor.ERRORS) === 0;
      if (sound && length >= MIN_FRAME && length <= MAX_FRAME) {
        const frame = new Uint8Array(length);
        memory.copyOut(receiveBuffer(slot), frame, 0, length);
        this.counts.received += 1;
        deliver(frame);
      } else if (whole) this.counts.refused += 1;
      this.skipping = !whole;
      this.offer(slot);
      last = slot;
      this.arriving = next(slot);
      count += 1;
    }
    // The card has all up to the tail, and not the tail itself.
    if (last >= 0) registers.set32(r.RDT, last);
    // It has masked itself when it sent its message.
    registers.set32(r.IMS, causes.RECEIVE);
    return count;
  }

  /** Puts a frame into the ring; `flush` hands it over. One that finds no room is dropped and counted. */
  transmit(frame: Uint8Array): undefined {
    const { memory, busAddress } = this.parts;
    const { length } = frame;
    if (next(this.tail) === this.leaving) this.flush();
    if (length < MIN_FRAME || length > MAX_FRAME || next(this.tail) === this.leaving) {
      this.counts.dropped += 1;
      return undefined;
    }
    const slot = this.tail;
    const at = sendEntry(slot);
    memory.copyIn(sendBuffer(slot), frame, 0, length);
    memory.set64(at, busAddress + sendBuffer(slot));
    memory.set32(at + descriptor.STATUS, 0);
    memory.set16(at + descriptor.LENGTH, length);
    memory.set8(at + descriptor.CHECKSUM_OFFSET, 0);
    memory.set8(at + descriptor.COMMAND, SEND);
    this.tail = next(slot);
    this.counts.sent += 1;
    return undefined;
  }

  /** Hands over the frames since the last call, and takes back what is gone. */
  flush(): undefined {
    const { memory, registers } = this.parts;
    if (this.told !== this.tail) registers.set32(r.TDT, this.tail);
    this.told = this.tail;
    while (this.leaving !== this.tail) {
      if ((memory.get8(sendEntry(this.leaving) + descriptor.STATUS) & DONE) === 0) break;
      this.leaving = next(this.leaving);
    }
    return undefined;
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

/** Resets the card; false when that does not end. Its address is read anew from its store. */
function resetCard(registers: MemoryView): boolean {
  registers.set32(r.IMC, 0xffffffff);
  registers.set32(r.RCTL, 0);
  registers.set32(r.TCTL, 0);
  registers.set32(r.CTRL, (registers.get32(r.CTRL) | control.RESET) >>> 0);
  for (let count = 0; count < RESET_READS; count++) {
    if ((registers.get32(r.CTRL) & control.RESET) === 0) {
      registers.set32(r.IMC, 0xffffffff);
      registers.get32(r.ICR);
      return true;
    }
  }
  return false;
}

function setAddress(registers: MemoryView, low: number, address: number): void {
  registers.set32(low, address % 2 ** 32);
  registers.set32(low + 4, Math.floor(address / 2 ** 32));
}

/** Sets a card up from whatever state it is in, and starts it; or a sentence that says why not. */
export function startCard(parts: CardParts): Card | string {
  const { registers, memory, busAddress } = parts;
  if (registers.length < REGISTER_BYTES || memory.length < CARD_MEMORY_BYTES)
    return "the card has too few registers, or the driver too little memory";
  if (!resetCard(registers)) return "the card's reset does not end; switch the machine off and on";
  const mac = new Uint8Array(6);
  const low = registers.get32(r.RAL);
  const high = registers.get32(r.RAH);
  for (let index = 0; index < 6; index++)
    mac[index] = index < 4 ? low >>> (8 * index) : high >>> (8 * (index - 4));
  const empty = mac.every((byte) => byte === 0);
  if ((high & ADDRESS_VALID) === 0 || (mac[0]! & 1) !== 0 || empty)
    return "the card's store holds no station's address";
  for (let word = 0; word < 128; word++) registers.set32(r.MTA + word * 4, 0);
  const card = new Card(parts, mac);
  setAddress(registers, r.TDBAL, busAddress + sendEntry(0));
  registers.set32(r.TDLEN, RING_BYTES);
  registers.set32(r.TDH, 0);
  registers.set32(r.TDT, 0);
  setAddress(registers, r.RDBAL, busAddress + receiveEntry(0));
  registers.set32(r.RDLEN, RING_BYTES);
  registers.set32(r.RDH, 0);
  registers.set32(r.RDT, 0);
  registers.set32(r.TXDCTL, WRITE_BACK_EACH);
  registers.set32(r.TIPG, GAPS);
  // Receive queue 0 has its vector, all else that is no queue's the other; bits 3 and 19 make them valid.
  registers.set32(r.IVAR, vectors.RECEIVE | 8 | (vectors.CHANGE << 16) | (8 << 16));
  registers.set32(r.EIAC, causes.RECEIVE);
  const wanted = control.LINK_UP | control.SPEED_BY_LINK;
  registers.set32(r.CTRL, (registers.get32(r.CTRL) | wanted) >>> 0);
  registers.set32(r.TCTL, TRANSMIT_ON);
  registers.set32(r.RCTL, RECEIVE_ON);
  registers.set32(r.RDT, RING_SIZE - 1);
  registers.set32(r.IMS, causes.RECEIVE | causes.LINK | causes.OTHER);
  return card;
}
