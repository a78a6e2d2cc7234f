// What a card does for its host (Virtio 1.2 section 5.1.3), and the header in front of each frame that tells of it (section 5.1.6).
//
// Invariant: what is not agreed on is never asked of the device. Longer packets than frames are only taken where the device spreads them
// over several buffers, and only with their sums told.

/** Feature bits 0 to 31. */
export const features = {
  CHECKSUM: 1 << 0,
  GUEST_CHECKSUM: 1 << 1,
  MAC: 1 << 5,
  GUEST_TSO4: 1 << 7,
  HOST_TSO4: 1 << 11,
  MERGED_BUFFERS: 1 << 15,
  STATUS: 1 << 16,
  CONTROL: 1 << 17,
  CONTROL_RECEIVE: 1 << 18,
  ANNOUNCE: 1 << 21,
  CONTROL_ADDRESS: 1 << 23,
  EVENT_INDEX: 1 << 29,
} as const;

/** What is taken where it is offered. */
export const welcome =
  features.CHECKSUM |
  features.GUEST_CHECKSUM |
  features.GUEST_TSO4 |
  features.HOST_TSO4 |
  features.MERGED_BUFFERS |
  features.STATUS |
  features.CONTROL |
  features.CONTROL_RECEIVE |
  features.ANNOUNCE |
  features.CONTROL_ADDRESS |
  features.EVENT_INDEX;

/** What goes over the control queue. */
const byControl = features.CONTROL_RECEIVE | features.ANNOUNCE | features.CONTROL_ADDRESS;

/** struct virtio_net_hdr of a version 1 device. */
export const HEADER_BYTES = 12;

/** What card and driver have agreed on. */
export interface Offloads {
  /** frames tell that their sums are right */
  readonly checks: boolean;
  /** a received frame may be a packet of 64 KiB, in several buffers */
  readonly receivesBig: boolean;
  readonly merged: boolean;
  /** the card makes sums, and cuts packets of TCP into frames */
  readonly sendsBig: boolean;
  /** bytes of a receive buffer */
  readonly bufferBytes: number;
}

/** Bytes that the receive buffers of any card take together at most. */
export const RECEIVE_POOL = 1 << 20;
const SMALL = { bytes: 2048, count: 256 } as const;
const LARGE = { bytes: 4096, count: 256 } as const;

/** What follows from the agreed features. */
export function offloadsOf(agreed: number): Offloads {
  const has = (bits: number) => (agreed & bits) === bits;
  const receivesBig = receivesBigWith(agreed);
  return {
    checks: has(features.GUEST_CHECKSUM),
    receivesBig,
    merged: has(features.MERGED_BUFFERS),
    sendsBig: has(features.CHECKSUM | features.HOST_TSO4),
    bufferBytes: receivesBig ? LARGE.bytes : SMALL.bytes,
  };
}

/** Most receive buffers. */
export function bufferCount({ receivesBig }: Offloads): number {
  return receivesBig ? LARGE.count : SMALL.count;
}

function receivesBigWith(offered: number): boolean {
  const needed = features.GUEST_TSO4 | features.GUEST_CHECKSUM | features.MERGED_BUFFERS;
  return (offered & needed) === needed;
}

/** Of what a device offers, what is asked of it: each offload with what it needs (section 5.1.3.1). */
export function wantedOf(offered: number): number {
  let wanted = offered & welcome;
  if (!receivesBigWith(offered)) wanted &= ~features.GUEST_TSO4;
  if ((offered & features.CHECKSUM) === 0) wanted &= ~features.HOST_TSO4;
  if ((offered & features.CONTROL) === 0) wanted &= ~byControl;
  // An announcement is wanted by a bit of the status.
  if ((offered & features.STATUS) === 0) wanted &= ~features.ANNOUNCE;
  return wanted;
}

const NEEDS_SUM = 1;
const TCP_OVER_IPV4 = 1;
const IP_HEADERS = 34;
const SUM_IN_TCP = 16;

/** The header, as three numbers, of a packet to be cut to `size` data bytes a frame; `dataOffset`: byte 12 of its TCP header. */
export function sentHeader(dataOffset: number, size: number): readonly number[] {
  const front = IP_HEADERS + (dataOffset >> 4) * 4;
  return [NEEDS_SUM + TCP_OVER_IPV4 * 256 + front * 65_536, size + IP_HEADERS * 65_536, SUM_IN_TCP];
}
