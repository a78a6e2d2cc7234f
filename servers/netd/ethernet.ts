// Ethernet II framing: 14 bytes of destination, source and type before the packet.
//
// Invariant: a header that parsed came from one station, and its frame fits 14 .. 1,514 bytes.

import { writeMac } from "./mac-address.ts";
import { FRAME_START, IP_START, MAX_FRAME, type PacketBuffer } from "./packet-buffer.ts";
import { type Refusal, refusal } from "./refusal.ts";

/** EtherType of IPv4. */
export const TYPE_IPV4 = 0x0800;
/** EtherType of ARP. */
export const TYPE_ARP = 0x0806;

/** A parsed header. */
export interface EthernetHeader {
  destination: number;
  source: number;
  /** EtherType; below 1536 it is an 802.3 length. */
  type: number;
}

/** A header to parse into. */
export function createEthernetHeader(): EthernetHeader {
  return { destination: 0, source: 0, type: 0 };
}

const short = refusal("ethernet.short");
const long = refusal("ethernet.long");
const badSource = refusal("ethernet.source");

/** Parses the frame's header into `into` and returns it, or says why the frame is refused. */
export function parseEthernet(
  packet: PacketBuffer,
  into: EthernetHeader,
): EthernetHeader | Refusal {
  if (packet.end < IP_START) return short;
  if (packet.end > FRAME_START + MAX_FRAME) return long;
  const view = packet.view;
  const middle = view.getUint32(FRAME_START + 4);
  const low = view.getUint32(FRAME_START + 8);
  into.destination = view.getUint32(FRAME_START) * 65_536 + (middle >>> 16);
  into.source = (middle & 0xffff) * 4294967296 + low;
  into.type = view.getUint16(FRAME_START + 12);
  // A group's first byte is odd; nobody is zero.
  return (middle & 0x100) === 0 && into.source !== 0 ? into : badSource;
}

/** Writes the header in front of the packet. */
export function writeEthernet(
  packet: PacketBuffer,
  destination: number,
  source: number,
  type: number,
): void {
  writeMac(packet.view, FRAME_START, destination);
  writeMac(packet.view, FRAME_START + 6, source);
  packet.view.setUint16(FRAME_START + 12, type);
}
