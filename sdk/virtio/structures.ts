// Where a virtio device keeps its registers (Virtio 1.2 section 4.1.4), parsed from a private copy of
// its configuration space.
//
// Invariant: what is returned lies in a region (BAR) 0 .. 5, has at least the bytes that the driver
// uses, and comes from a list that ended; whether it fits the region is checked where it is mapped.

import type { DeviceFault } from "./device-fault.ts";

/** A piece of a region. */
export interface Place {
  readonly bar: number;
  readonly offset: number;
  readonly length: number;
}

/** The structures that the driver uses. */
export interface Structures {
  readonly common: Place;
  readonly notify: Place;
  /** Bytes between the notification registers of two neighbours. */
  readonly notifyMultiplier: number;
  readonly device: Place;
}

const STATUS = 6;
const STATUS_HAS_LIST = 0x10;
const LIST_HEAD = 0x34;
const FIRST_PLACE = 0x40;
const VENDOR_SPECIFIC = 9;
const COMMON = 1;
const NOTIFY = 2;
const DEVICE = 4;
const COMMON_BYTES = 56;

/**
 * `deviceBytes`: what the driver reads of the device's own configuration. Parses the first 256 bytes of a function's configuration space. Of several structures of one kind
 * the first counts, as the device prefers it (section 4.1.4.1).
 */
export function parseStructures(config: Uint8Array, deviceBytes: number): Structures | DeviceFault {
  if (config.length < 256) return "virtio.capabilities";
  const view = new DataView(config.buffer, config.byteOffset, 256);
  if ((view.getUint16(STATUS, true) & STATUS_HAS_LIST) === 0) return "virtio.legacy";
  let common: Place | undefined;
  let notify: Place | undefined;
  let device: Place | undefined;
  let notifyMultiplier = 0;
  let left = (256 - FIRST_PLACE) / 4;
  for (let at = view.getUint8(LIST_HEAD) & 0xfc; at !== 0; at = view.getUint8(at + 1) & 0xfc) {
    if (at < FIRST_PLACE || left-- === 0) return "virtio.capabilities";
    if (view.getUint8(at) !== VENDOR_SPECIFIC) continue;
    const bytes = view.getUint8(at + 2);
    if (bytes < 16 || at + bytes > 256) continue;
    const kind = view.getUint8(at + 3);
    const place = {
      bar: view.getUint8(at + 4),
      offset: view.getUint32(at + 8, true),
      length: view.getUint32(at + 12, true),
    };
    if (place.bar > 5) continue;
    if (kind === COMMON && place.length >= COMMON_BYTES) common ??= place;
    if (kind === DEVICE && place.length >= deviceBytes) device ??= place;
    if (kind === NOTIFY && notify === undefined && bytes >= 20 && place.length >= 2) {
      notify = place;
      notifyMultiplier = view.getUint32(at + 16, true);
    }
  }
  if (common === undefined || notify === undefined || device === undefined) return "virtio.legacy";
  return { common, notify, notifyMultiplier, device };
}
