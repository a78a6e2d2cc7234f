// A virtio console device with one port (Virtio 1.2 section 5.3, without multiport): bytes in and out through two rings.
//
// Invariant: bytes are copied in and out; the device only ever sees the one memory object that holds rings and buffers. A received
// buffer goes back to the device when its bytes were taken, so that a reader who is slow slows the host.

import type { DeviceParts } from "../../sdk/virtio/claim.ts";
import type { DeviceFault } from "../../sdk/virtio/device-fault.ts";
import * as device from "../../sdk/virtio/registers.ts";
import { type DeviceQueue, resumeQueues, setUpQueues } from "../../sdk/virtio/queues.ts";
import { BROKEN, DEVICE_WRITES, type KeptRing, NONE } from "../../sdk/virtio/split-ring.ts";

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
  private readonly receiving: DeviceQueue;
  private readonly sending: DeviceQueue;
  /** Slots of the transmit ring that the device does not have. */
  private readonly free: number[] = [];

  /** Use `startPort`. */
  constructor(parts: DeviceParts, receiving: DeviceQueue, sending: DeviceQueue) {
    this.parts = parts;
    this.receiving = receiving;
    this.sending = sending;
    const { ring } = sending;
    for (let slot = ring.size - 1; slot >= 0; slot--) if (!ring.has(slot)) this.free.push(slot);
  }

  /** Tells the device where the buffers lie; call it once, before it goes live. */
  describe(): void {
    const { busAddress } = this.parts;
    const [into, from] = [this.receiving.ring, this.sending.ring];
    for (let slot = 0; slot < from.size; slot++)
      from.describe(slot, busAddress + sendBuffer(slot), 0, 0);
    for (let slot = 0; slot < into.size; slot++)
      into.describe(slot, busAddress + receiveBuffer(slot), BUFFER_BYTES, DEVICE_WRITES);
  }

  /** Gives all receive buffers to the device; call it once, after it went live. */
  begin(): void {
    const { ring } = this.receiving;
    for (let slot = 0; slot < ring.size; slot++) ring.post(slot);
    this.receiving.publish();
  }

  /** How far both rings have come, for new code. */
  save(): KeptRing[] {
    return [this.receiving.ring.save(), this.sending.ring.save()];
  }

  /** Brings the device to rest. */
  reset(): void {
    device.resetDevice(this.parts.common);
  }

  /** The next bytes that have arrived, at most 2,048, as a private copy; undefined when there are none. */
  receive(): Uint8Array | DeviceFault | undefined {
    const { ring } = this.receiving;
    for (;;) {
      const slot = ring.take();
      if (slot === NONE) return undefined;
      if (slot === BROKEN || ring.takenBytes > BUFFER_BYTES) return "virtio.ring";
      const bytes = new Uint8Array(ring.takenBytes);
      this.parts.memory.copyOut(receiveBuffer(slot), bytes, 0, bytes.length);
      ring.post(slot);
      this.receiving.publish();
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
    this.sending.ring.setBytes(slot, bytes.length);
    this.sending.ring.post(slot);
    this.sending.publish();
    return true;
  }

  /** Whether the device has stopped by itself. */
  stopped(): boolean {
    return device.needsReset(this.parts.common);
  }

  private reclaim(): DeviceFault | undefined {
    for (;;) {
      const slot = this.sending.ring.take();
      if (slot === NONE) return undefined;
      if (slot === BROKEN) return "virtio.ring";
      this.free.push(slot);
    }
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
  const { common, memory } = parts;
  if (memory.length < PORT_MEMORY_BYTES) return "virtio.memory";
  const agreed = device.negotiate(common, { needed: 0, choose: () => 0 });
  if (typeof agreed === "string") return agreed;
  const fault = device.setConfigVector(common, vectors.TRANSMIT);
  if (fault !== undefined) return fault;
  const queues = setUpQueues(parts, [
    { slots: RING_SIZE, vector: vectors.RECEIVE },
    { slots: RING_SIZE, vector: vectors.TRANSMIT },
  ]);
  if (typeof queues === "string") return queues;
  const port = new Port(parts, queues[0]!, queues[1]!);
  port.describe();
  device.goLive(common);
  port.begin();
  return port;
}

/** Goes on with a port that the code before has started. */
export function resumePort(parts: DeviceParts, kept: readonly KeptRing[]): Port | DeviceFault {
  const sound = kept.length === 2 && kept.every(({ size, given }) => given.length === size);
  if (parts.memory.length < PORT_MEMORY_BYTES || !sound) return "virtio.memory";
  const queues = resumeQueues(parts, kept);
  return typeof queues === "string" ? queues : new Port(parts, queues[0]!, queues[1]!);
}
