// A virtio console device with one port (Virtio 1.2 section 5.3, without multiport): bytes in and out through two rings.
//
// Invariant: bytes are copied in and out; the device only ever sees the one memory object that holds rings and buffers. A received
// buffer goes back to the device when its bytes were taken, so that a reader who is slow slows the host.

import type { DeviceParts } from "../../sdk/virtio/claim.ts";
import type { DeviceFault } from "../../sdk/virtio/device-fault.ts";
import * as device from "../../sdk/virtio/registers.ts";
import { BROKEN, DEVICE_WRITES, NONE, ringBytes, SplitRing } from "../../sdk/virtio/split-ring.ts";

const RECEIVE_QUEUE = 0;
const TRANSMIT_QUEUE = 1;
/** Slots of each ring; with the buffers, about 66 KiB. */
const RING_SIZE = 16;
const BUFFER_BYTES = 2048;
const BUFFERS_OFFSET = 4096;

/** Vectors that interrupts must be set up for: received bytes; room to send, and changes of the device. */
export const vectors = { RECEIVE: 0, TRANSMIT: 1 } as const;

/** Bytes of DMA memory that a port needs. */
export const PORT_MEMORY_BYTES = BUFFERS_OFFSET + 2 * RING_SIZE * BUFFER_BYTES;

/** A running port. Fields are private by type only, as in split-ring.ts. */
export class Port {
  private readonly parts: DeviceParts;
  private readonly receiving: SplitRing;
  private readonly sending: SplitRing;
  private readonly receiveNotify: number;
  private readonly sendNotify: number;
  /** Slots of the transmit ring that the device does not have. */
  private readonly free: number[] = [];

  /** Use `startPort`. */
  constructor(
    parts: DeviceParts,
    receiving: SplitRing,
    sending: SplitRing,
    receiveNotify: number,
    sendNotify: number,
  ) {
    this.parts = parts;
    this.receiving = receiving;
    this.sending = sending;
    this.receiveNotify = receiveNotify;
    this.sendNotify = sendNotify;
    const { busAddress } = parts;
    for (let slot = sending.size - 1; slot >= 0; slot--) {
      sending.describe(slot, busAddress + sendBuffer(slot), 0, 0);
      this.free.push(slot);
    }
    for (let slot = 0; slot < receiving.size; slot++)
      receiving.describe(slot, busAddress + receiveBuffer(slot), BUFFER_BYTES, DEVICE_WRITES);
  }

  /** Gives all receive buffers to the device; call it once, after it went live. */
  begin(): void {
    for (let slot = 0; slot < this.receiving.size; slot++) this.receiving.post(slot);
    this.publish(this.receiving, RECEIVE_QUEUE, this.receiveNotify);
  }

  /** The next bytes that have arrived, at most 2,048, as a private copy; undefined when there are none. */
  receive(): Uint8Array | DeviceFault | undefined {
    const ring = this.receiving;
    for (;;) {
      const slot = ring.take();
      if (slot === NONE) return undefined;
      if (slot === BROKEN || ring.takenBytes > BUFFER_BYTES) return "virtio.ring";
      const bytes = new Uint8Array(ring.takenBytes);
      this.parts.memory.copyOut(receiveBuffer(slot), bytes, 0, bytes.length);
      ring.post(slot);
      this.publish(ring, RECEIVE_QUEUE, this.receiveNotify);
      if (bytes.length > 0) return bytes;
    }
  }

  /** Hands at most 2,048 bytes over; false when there is no room, which an interrupt on TRANSMIT ends. */
  transmit(bytes: Uint8Array): boolean | DeviceFault {
    const fault = this.reclaim();
    if (fault !== undefined) return fault;
    if (bytes.length === 0) return true;
    const slot = this.free.pop();
    if (slot === undefined) return false;
    this.parts.memory.copyIn(sendBuffer(slot), bytes, 0, bytes.length);
    this.sending.setBytes(slot, bytes.length);
    this.sending.post(slot);
    this.publish(this.sending, TRANSMIT_QUEUE, this.sendNotify);
    return true;
  }

  /** Whether the device has stopped by itself. */
  stopped(): boolean {
    return device.needsReset(this.parts.common);
  }

  private reclaim(): DeviceFault | undefined {
    for (;;) {
      const slot = this.sending.take();
      if (slot === NONE) return undefined;
      if (slot === BROKEN) return "virtio.ring";
      this.free.push(slot);
    }
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

/** Sets a port up from whatever state its device is in, and starts it. */
export function startPort(parts: DeviceParts): Port | DeviceFault {
  const { common, memory, busAddress } = parts;
  if (memory.length < PORT_MEMORY_BYTES) return "virtio.memory";
  const agreed = device.negotiate(common, { needed: 0, welcome: 0 });
  if (typeof agreed === "string") return agreed;
  const fault = device.setConfigVector(common, vectors.TRANSMIT);
  if (fault !== undefined) return fault;
  const rings: SplitRing[] = [];
  const notify: number[] = [];
  let offset = 0;
  for (const [queue, vector] of [
    [RECEIVE_QUEUE, vectors.RECEIVE],
    [TRANSMIT_QUEUE, vectors.TRANSMIT],
  ] as const) {
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
  const port = new Port(parts, rings[0]!, rings[1]!, notify[0]!, notify[1]!);
  device.goLive(common);
  port.begin();
  return port;
}
