// The common configuration of a virtio device (Virtio 1.2 section 4.1.4.3): offsets, bits, set-up.
//
// Invariant: every value read from the device is used once, after it was checked.

import type { MemoryView } from "../runtime/shared-view.ts";
import type { DeviceFault } from "./device-fault.ts";

/** Offsets. */
export const registers = {
  DEVICE_FEATURE_SELECT: 0x00,
  DEVICE_FEATURE: 0x04,
  DRIVER_FEATURE_SELECT: 0x08,
  DRIVER_FEATURE: 0x0c,
  CONFIG_VECTOR: 0x10,
  QUEUES: 0x12,
  STATUS: 0x14,
  GENERATION: 0x15,
  QUEUE_SELECT: 0x16,
  QUEUE_SIZE: 0x18,
  QUEUE_VECTOR: 0x1a,
  QUEUE_ENABLE: 0x1c,
  QUEUE_NOTIFY: 0x1e,
  QUEUE_DESCRIPTORS: 0x20,
  QUEUE_AVAILABLE: 0x28,
  QUEUE_USED: 0x30,
} as const;

/** Bits of STATUS (section 2.1). */
export const deviceStatus = {
  ACKNOWLEDGE: 1,
  DRIVER: 2,
  DRIVER_OK: 4,
  FEATURES_OK: 8,
  NEEDS_RESET: 64,
  FAILED: 128,
} as const;

/** Feature bits 32 to 63 of every device (section 6). */
export const commonFeatures = { VERSION_1: 1, ACCESS_PLATFORM: 2 } as const;

/** No vector: the event raises no interrupt. */
export const NO_VECTOR = 0xffff;

/** Reads of the status until a reset that does not end counts as failed. */
const RESET_READS = 1000;

/** Stops the device and forgets its queues; the memory may be used for something else afterwards. */
export function resetDevice(common: MemoryView): DeviceFault | undefined {
  common.set8(registers.STATUS, 0);
  for (let count = 0; count < RESET_READS; count++) {
    if (common.get8(registers.STATUS) === 0) return undefined;
  }
  return "virtio.reset";
}

/** Feature bits 0 to 31 that a driver knows of its kind of device. */
export interface WantedFeatures {
  /** without these the device cannot be driven */
  readonly needed: number;
  /** which of those that are offered are taken besides */
  choose(offered: number): number;
}

/**
 * Resets the device and agrees on features (section 3.1.1, steps 1 to 6): version 1 is needed, the platform's addresses are taken
 * where offered. Returns the feature bits 0 to 31 that are in force.
 */
export function negotiate(
  common: MemoryView,
  { needed, choose }: WantedFeatures,
): { readonly features: number } | DeviceFault {
  const fault = resetDevice(common);
  if (fault !== undefined) return fault;
  setStatus(common, deviceStatus.ACKNOWLEDGE);
  setStatus(common, deviceStatus.DRIVER);
  common.set32(registers.DEVICE_FEATURE_SELECT, 0);
  const low = common.get32(registers.DEVICE_FEATURE);
  common.set32(registers.DEVICE_FEATURE_SELECT, 1);
  const high = common.get32(registers.DEVICE_FEATURE);
  if ((high & commonFeatures.VERSION_1) === 0) return giveUp(common, "virtio.version");
  if ((low & needed) !== needed) return giveUp(common, "virtio.lacking");
  const features = low & (needed | choose(low));
  common.set32(registers.DRIVER_FEATURE_SELECT, 0);
  common.set32(registers.DRIVER_FEATURE, features);
  common.set32(registers.DRIVER_FEATURE_SELECT, 1);
  common.set32(
    registers.DRIVER_FEATURE,
    high & (commonFeatures.VERSION_1 | commonFeatures.ACCESS_PLATFORM),
  );
  setStatus(common, deviceStatus.FEATURES_OK);
  if ((common.get8(registers.STATUS) & deviceStatus.FEATURES_OK) === 0) {
    return giveUp(common, "virtio.features");
  }
  return { features };
}

/** The largest ring of a queue, at most `limit` (a power of two). */
export function queueSize(common: MemoryView, queue: number, limit: number): number | DeviceFault {
  common.set16(registers.QUEUE_SELECT, queue);
  const size = common.get16(registers.QUEUE_SIZE);
  if (size < 8 || (size & (size - 1)) !== 0) return giveUp(common, "virtio.queue-size");
  return Math.min(size, limit);
}

/** Where a queue's parts lie, as the device addresses them. */
export interface QueueAddresses {
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
}

/** Enables a queue; returns where its notifications go, in multiples of the notify multiplier. */
export function enableQueue(
  common: MemoryView,
  queue: number,
  size: number,
  vector: number,
  at: QueueAddresses,
): number | DeviceFault {
  common.set16(registers.QUEUE_SELECT, queue);
  common.set16(registers.QUEUE_SIZE, size);
  common.set16(registers.QUEUE_VECTOR, vector);
  if (common.get16(registers.QUEUE_VECTOR) !== vector) return giveUp(common, "virtio.vector");
  setAddress(common, registers.QUEUE_DESCRIPTORS, at.descriptors);
  setAddress(common, registers.QUEUE_AVAILABLE, at.available);
  setAddress(common, registers.QUEUE_USED, at.used);
  const notify = notifyPlace(common, queue);
  common.set16(registers.QUEUE_ENABLE, 1);
  return notify;
}

/** Where the notifications of a queue go, as `enableQueue` returns it. */
export function notifyPlace(common: MemoryView, queue: number): number {
  common.set16(registers.QUEUE_SELECT, queue);
  return common.get16(registers.QUEUE_NOTIFY);
}

/** The vector for changes of the device's configuration. */
export function setConfigVector(common: MemoryView, vector: number): DeviceFault | undefined {
  common.set16(registers.CONFIG_VECTOR, vector);
  if (common.get16(registers.CONFIG_VECTOR) === vector) return undefined;
  return giveUp(common, "virtio.vector");
}

/** Lets the queues run. */
export function goLive(common: MemoryView): void {
  setStatus(common, deviceStatus.DRIVER_OK);
}

/** Whether the device has stopped and waits for a reset. */
export function needsReset(common: MemoryView): boolean {
  return (common.get8(registers.STATUS) & deviceStatus.NEEDS_RESET) !== 0;
}

function setStatus(common: MemoryView, bit: number): void {
  common.set8(registers.STATUS, common.get8(registers.STATUS) | bit);
}

function giveUp(common: MemoryView, fault: DeviceFault): DeviceFault {
  setStatus(common, deviceStatus.FAILED);
  return fault;
}

/** 64-bit registers are written as two halves (section 4.1.3.1). */
function setAddress(common: MemoryView, offset: number, address: number): void {
  common.set32(offset, address % 4294967296);
  common.set32(offset + 4, Math.floor(address / 4294967296));
}
