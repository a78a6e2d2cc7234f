// The one kind of buffer in which a frame is parsed or built.
//
// Invariant: the frame begins at FRAME_START (2), so that the IP header behind the 14 Ethernet bytes
// is aligned to 4; `end` is the offset behind its last byte.

import type { ByteRing, Payload } from "./tcp/byte-ring.ts";

/** Offset of the Ethernet header. */
export const FRAME_START = 2;
/** Offset of the IP header in a frame that is being built or was received. */
export const IP_START = FRAME_START + 14;
/** Offset of what an IP header without options carries. */
export const IP_PAYLOAD = IP_START + 20;
/** Offset of a UDP datagram's data behind an IP header without options. */
export const UDP_PAYLOAD = IP_PAYLOAD + 8;
/** Longest frame without its check sequence, in bytes. */
export const MAX_FRAME = 1514;
/** Longest IP packet that goes onto the wire in one piece, in bytes. */
export const MTU = 1500;
/** The same from this host to itself: what a segment costs is shared by more bytes, and the first windows still hold several. */
export const LOOPBACK_MTU = 32_820;
/** Longest IP packet of all: its length has 16 bits. */
export const MAX_PACKET = 65_535;

const CAPACITY = 2048;

/** A frame and two views of its bytes. A long one has its data elsewhere. */
export interface PacketBuffer {
  bytes: Uint8Array;
  /** Big-endian accesses; callers check lengths first, so that none is out of range. */
  view: DataView;
  end: number;
  /** The card has told that the sums of TCP or UDP are right, or are made by nobody. */
  checked: boolean;
  /** The data of a received segment, which is not in `bytes` then. */
  payload: Payload | undefined;
  /** The data of a segment to be sent as frames of `tailSize` data bytes each; `end` counts it, `bytes` has only what is in front. */
  tail: ByteRing | undefined;
  tailOffset: number;
  tailBytes: number;
  tailSize: number;
}

/** An empty buffer with room for any frame. */
export function createPacketBuffer(): PacketBuffer {
  const memory = new ArrayBuffer(CAPACITY);
  return {
    bytes: new Uint8Array(memory),
    view: new DataView(memory),
    end: FRAME_START,
    checked: false,
    payload: undefined,
    tail: undefined,
    tailOffset: 0,
    tailBytes: 0,
    tailSize: 0,
  };
}

/** Makes room up to the offset `end`, IP_START + MAX_PACKET at most; what lies in the buffer may be lost. */
export function reservePacket(packet: PacketBuffer, end: number): void {
  if (end <= packet.bytes.length) return;
  let capacity = packet.bytes.length;
  while (capacity < end) capacity *= 2;
  const memory = new ArrayBuffer(capacity);
  packet.bytes = new Uint8Array(memory);
  packet.view = new DataView(memory);
}

/** Copies a whole frame in; the caller has checked that it is no longer than MAX_FRAME. */
export function loadFrame(packet: PacketBuffer, frame: Uint8Array): void {
  packet.bytes.set(frame, FRAME_START);
  packet.end = FRAME_START + frame.length;
}

/** Copies an IP packet in, without an Ethernet header; it is no longer than MAX_PACKET. */
export function loadIpPacket(packet: PacketBuffer, ip: Uint8Array): void {
  reservePacket(packet, IP_START + ip.length);
  packet.bytes.set(ip, IP_START);
  packet.end = IP_START + ip.length;
}

/** A copy of the frame's bytes. */
export function copyFrame(packet: PacketBuffer): Uint8Array {
  return packet.bytes.slice(FRAME_START, packet.end);
}

/** A copy of the IP packet's bytes, without the Ethernet header. */
export function copyIpPacket(packet: PacketBuffer): Uint8Array {
  return packet.bytes.slice(IP_START, packet.end);
}
