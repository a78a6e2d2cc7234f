// UDP headers (RFC 768), parsed and written.
//
// Invariant: a header that parsed has a length inside its IP packet and, where the sender gave a
// checksum, a right one.

import { addBytes, checksumOf, foldSum, pseudoHeaderSum } from "./checksum.ts";
import { type Ipv4Header, PROTOCOL_UDP } from "./ipv4.ts";
import { IP_PAYLOAD, type PacketBuffer } from "./packet-buffer.ts";
import { type Refusal, refusal } from "./refusal.ts";

/** Length of the header. */
export const UDP_HEADER = 8;
/** Most data of a socket's datagram in bytes: its message holds no more. What is longer than a frame goes in fragments. */
export const MAX_DATAGRAM = 4000;

/** A parsed header; offsets are into the packet buffer. */
export interface UdpHeader {
  /** 0 when the sender wants no answer. */
  sourcePort: number;
  destinationPort: number;
  dataStart: number;
  dataEnd: number;
}

/** A header to parse into. */
export function createUdpHeader(): UdpHeader {
  return { sourcePort: 0, destinationPort: 0, dataStart: 0, dataEnd: 0 };
}

const short = refusal("udp.short");
const badLength = refusal("udp.length");
const badChecksum = refusal("udp.checksum");
const badPort = refusal("udp.port");

/** Parses the IP payload's header into `into` and returns it, or says why it is refused. */
export function parseUdp(
  packet: PacketBuffer,
  ip: Ipv4Header,
  into: UdpHeader,
): UdpHeader | Refusal {
  const start = ip.payloadStart;
  const available = ip.payloadEnd - start;
  if (available < UDP_HEADER) return short;
  const view = packet.view;
  const length = view.getUint16(start + 4);
  if (length < UDP_HEADER || length > available) return badLength;
  if (view.getUint16(start + 6) !== 0 && !packet.checked) {
    const pseudo = pseudoHeaderSum(ip.source, ip.destination, PROTOCOL_UDP, length);
    if (foldSum(addBytes(pseudo, packet, start, start + length)) !== 0xffff) return badChecksum;
  }
  into.sourcePort = view.getUint16(start);
  into.destinationPort = view.getUint16(start + 2);
  into.dataStart = start + UDP_HEADER;
  into.dataEnd = start + length;
  return into.destinationPort === 0 ? badPort : into;
}

/** Writes header and checksum in front of the data at UDP_PAYLOAD .. `packet.end`. */
export function writeUdp(
  packet: PacketBuffer,
  source: number,
  destination: number,
  sourcePort: number,
  destinationPort: number,
): void {
  const view = packet.view;
  const length = packet.end - IP_PAYLOAD;
  view.setUint16(IP_PAYLOAD, sourcePort);
  view.setUint16(IP_PAYLOAD + 2, destinationPort);
  view.setUint16(IP_PAYLOAD + 4, length);
  view.setUint16(IP_PAYLOAD + 6, 0);
  const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_UDP, length);
  const checksum = checksumOf(addBytes(pseudo, packet, IP_PAYLOAD, packet.end));
  // RFC 768: zero means "none", so that a sum of zero is sent as all ones.
  view.setUint16(IP_PAYLOAD + 6, checksum === 0 ? 0xffff : checksum);
}
