// A virtio network card (Virtio 1.2 section 5.1): frames in and out through two rings.
//
// Invariant: frames are 14 .. 1,514 bytes both ways, copied in and out; the device only ever sees the
// one memory object that holds rings and buffers.

import type { DeviceParts } from "../../sdk/virtio/claim.ts";
import type { DriverFault } from "./driver-fault.ts";
import * as device from "../../sdk/virtio/registers.ts";
import { BROKEN, DEVICE_WRITES, NONE, ringBytes, SplitRing } from "../../sdk/virtio/split-ring.ts";

/** Feature bits (section 5.1.3). */
const features = { MAC: 1 << 5, STATUS: 1 << 16 } as const;
const RECEIVE_QUEUE = 0;
const TRANSMIT_QUEUE = 1;
/** Slots of each ring; with the buffers, about 260 KiB. */
const RING_SIZE = 64;
const BUFFER_BYTES = 2048;
/** struct virtio_net_hdr; without offloads all zeros, and without meaning when received. */
const HEADER_BYTES = 12;
const MIN_FRAME = 14;
const MAX_FRAME = 1514;
const BUFFERS_OFFSET = 8192;
const CONFIG_STATUS = 6;
const STATUS_LINK_UP = 1;
/** MAC and status (section 5.1.4). */
export const CARD_CONFIG_BYTES = 8;

/** Vectors that the card's interrupts must be set up for: changes of the link, and received frames. */
export const vectors = { CONFIG: 0, RECEIVE: 1 } as const;

/** Bytes of DMA memory that a card needs. */
export const CARD_MEMORY_BYTES = BUFFERS_OFFSET + 2 * RING_SIZE * BUFFER_BYTES;

/** What the card counts. */
export interface CardCounters {
  received: number;
  sent: number;
  /** Received frames of a length that no frame has. */
  refused: number;
  /** Frames that found the transmit ring full, or had no frame's length. */
  dropped: number;
}

/** A running card. Fields are private by type only, as in split-ring.ts. */
export class Card {
  readonly mac: Uint8Array;
  readonly counters: CardCounters = { received: 0, sent: 0, refused: 0, dropped: 0 };
  private readonly parts: DeviceParts;
  private readonly reportsLink: boolean;
  private readonly receiving: SplitRing;
  private readonly sending: SplitRing;
  private readonly receiveNotify: number;
  private readonly sendNotify: number;
  /** Slots of the transmit ring that the device does not have. */
  private readonly free: number[] = [];
  private unsaid = false;

  /** Use `startCard`. */
  constructor(
    parts: DeviceParts,
    mac: Uint8Array,
    reportsLink: boolean,
    receiving: SplitRing,
    sending: SplitRing,
    receiveNotify: number,
    sendNotify: number,
  ) {
    this.mac = mac;
    this.parts = parts;
    this.reportsLink = reportsLink;
    this.receiving = receiving;
    this.sending = sending;
    this.receiveNotify = receiveNotify;
    this.sendNotify = sendNotify;
    const { memory, busAddress } = parts;
    for (let slot = sending.size - 1; slot >= 0; slot--) {
      const at = sendBuffer(slot);
      for (let word = 0; word < HEADER_BYTES; word += 4) memory.set32(at + word, 0);
      sending.describe(slot, busAddress + at, 0, 0);
      this.free.push(slot);
    }
    for (let slot = 0; slot < receiving.size; slot++) {
      receiving.describe(slot, busAddress + receiveBuffer(slot), BUFFER_BYTES, DEVICE_WRITES);
    }
  }

  /** Gives all receive buffers to the device; call it once, after it went live. */
  begin(): void {
    for (let slot = 0; slot < this.receiving.size; slot++) this.receiving.post(slot);
    this.publish(this.receiving, RECEIVE_QUEUE, this.receiveNotify);
  }

  /** Whether the link is up; a card that does not say so counts as up. */
  linkUp(): boolean {
    if (!this.reportsLink) return true;
    return (this.parts.config.get16(CONFIG_STATUS) & STATUS_LINK_UP) !== 0;
  }

  /**
   * Hands out at most `limit` frames that have arrived, as private copies. Returns how many buffers
   * were looked at, or a fault after which the card must be reset.
   */
  receive(limit: number, deliver: (frame: Uint8Array) => void): number | DriverFault {
    const ring = this.receiving;
    const memory = this.parts.memory;
    let count = 0;
    while (count < limit) {
      const slot = ring.take();
      if (slot === NONE) break;
      if (slot === BROKEN) return "virtio.ring";
      const length = ring.takenBytes - HEADER_BYTES;
      if (length >= MIN_FRAME && length <= MAX_FRAME) {
        const frame = new Uint8Array(length);
        memory.copyOut(receiveBuffer(slot) + HEADER_BYTES, frame, 0, length);
        this.counters.received += 1;
        deliver(frame);
      } else {
        this.counters.refused += 1;
      }
      ring.post(slot);
      count += 1;
    }
    if (count > 0) this.publish(ring, RECEIVE_QUEUE, this.receiveNotify);
    return count;
  }

  /**
   * Puts a frame into the transmit ring; `flush` hands it over. A frame that finds no room is dropped
   * and counted, as on any wire.
   */
  transmit(frame: Uint8Array): DriverFault | undefined {
    const length = frame.length;
    if (this.free.length === 0) {
      const fault = this.flush();
      if (fault !== undefined) return fault;
    }
    if (length < MIN_FRAME || length > MAX_FRAME || this.free.length === 0) {
      this.counters.dropped += 1;
      return undefined;
    }
    const slot = this.free.pop() as number;
    this.parts.memory.copyIn(sendBuffer(slot) + HEADER_BYTES, frame, 0, length);
    this.sending.setBytes(slot, HEADER_BYTES + length);
    this.sending.post(slot);
    this.counters.sent += 1;
    this.unsaid = true;
    return undefined;
  }

  /** Hands the frames since the last call over, and takes back the buffers of those that are gone. */
  flush(): DriverFault | undefined {
    if (this.unsaid) this.publish(this.sending, TRANSMIT_QUEUE, this.sendNotify);
    this.unsaid = false;
    for (;;) {
      const slot = this.sending.take();
      if (slot === NONE) return undefined;
      if (slot === BROKEN) return "virtio.ring";
      this.free.push(slot);
    }
  }

  /** Whether the device has stopped by itself. */
  stopped(): boolean {
    return device.needsReset(this.parts.common);
  }

  private publish(ring: SplitRing, queue: number, register: number): void {
    if (ring.publish()) this.parts.notify.set16(register, queue);
  }
}

function receiveBuffer(slot: number): number {
  return BUFFERS_OFFSET + slot * BUFFER_BYTES;
}

function sendBuffer(slot: number): number {
  return BUFFERS_OFFSET + (RING_SIZE + slot) * BUFFER_BYTES;
}

/** Sets a card up from whatever state it is in, and starts it. */
export function startCard(parts: DeviceParts): Card | DriverFault {
  const { common, memory, busAddress } = parts;
  if (memory.length < CARD_MEMORY_BYTES) return "virtio.memory";
  const agreed = device.negotiate(common, { needed: features.MAC, welcome: features.STATUS });
  if (agreed === "virtio.lacking") return "virtio.no-mac";
  if (typeof agreed === "string") return agreed;
  const fault = device.setConfigVector(common, vectors.CONFIG);
  if (fault !== undefined) return fault;
  const mac = new Uint8Array(6);
  for (let index = 0; index < 6; index++) mac[index] = parts.config.get8(index);
  if ((mac[0] & 1) !== 0 || mac.every((byte) => byte === 0)) return "virtio.mac";
  const rings: SplitRing[] = [];
  const notify: number[] = [];
  let offset = 0;
  for (const [queue, vector] of [
    [RECEIVE_QUEUE, vectors.RECEIVE],
    [TRANSMIT_QUEUE, device.NO_VECTOR],
  ]) {
    const size = device.queueSize(common, queue, RING_SIZE);
    if (typeof size === "string") return size;
    const ring = new SplitRing(memory, offset, size);
    const place = device.enableQueue(common, queue, size, vector, ring.addresses(busAddress));
    if (typeof place === "string") return place;
    if (place * parts.notifyMultiplier + 2 > parts.notify.length) return "virtio.region";
    rings.push(ring);
    notify.push(place * parts.notifyMultiplier);
    offset += (ringBytes(size) + 15) & ~15;
  }
  rings[TRANSMIT_QUEUE].withoutInterrupts();
  const card = new Card(
    parts,
    mac,
    (agreed.features & features.STATUS) !== 0,
    rings[0],
    rings[1],
    notify[0],
    notify[1],
  );
  device.goLive(common);
  card.begin();
  return card;
}
