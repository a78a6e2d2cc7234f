// TCP headers (RFC 9293 section 3.1) as they come in: one parser for header, flags and checksum.
//
// Invariant: a segment that parsed has a right checksum, or came from a card that vouches for it, its options walked to their end, and flags that can stand together.

import { addBytes, foldSum, pseudoHeaderSum } from "../checksum.ts";
import { type Ipv4Header, PROTOCOL_TCP } from "../ipv4.ts";
import type { PacketBuffer } from "../packet-buffer.ts";
import { type Refusal, refusal } from "../refusal.ts";
import { parseOptions } from "./options.ts";

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;
/** ECN-Echo and "congestion window reduced" (RFC 3168 section 6.1). */
export const ECE = 64;
export const CWR = 128;

/** Length of a header without options. */
export const TCP_HEADER = 20;

/** A parsed segment; offsets are into the packet buffer. */
export interface TcpSegment {
  /** Addresses of the IP header: the peer's and ours. */
  source: number;
  destination: number;
  sourcePort: number;
  destinationPort: number;
  sequence: number;
  /** 0 without ACK. */
  acknowledgment: number;
  flags: number;
  /** Its packet met congestion on the way. */
  congested: boolean;
  /** As on the wire, not yet scaled. */
  window: number;
  /** Where the data lies in the packet buffer, or in its payload. */
  dataStart: number;
  dataEnd: number;
  /** Bytes of the sequence space: data, SYN and FIN. */
  length: number;
  /** Largest segment that the sender takes; 0 when it does not say. */
  mss: number;
  /** 0 .. 14, -1 without the option. */
  windowScale: number;
  sackPermitted: boolean;
  hasTimestamp: boolean;
  timestamp: number;
  timestampEcho: number;
  /** Blocks of `sackLeft` and `sackRight`, 0 to 4. */
  sackCount: number;
  readonly sackLeft: Uint32Array;
  readonly sackRight: Uint32Array;
}

/** A segment to parse into. */
export function createSegment(): TcpSegment {
  return {
    source: 0,
    destination: 0,
    sourcePort: 0,
    destinationPort: 0,
    sequence: 0,
    acknowledgment: 0,
    flags: 0,
    congested: false,
    window: 0,
    dataStart: 0,
    dataEnd: 0,
    length: 0,
    mss: 0,
    windowScale: -1,
    sackPermitted: false,
    hasTimestamp: false,
    timestamp: 0,
    timestampEcho: 0,
    sackCount: 0,
    sackLeft: new Uint32Array(4),
    sackRight: new Uint32Array(4),
  };
}

const short = refusal("tcp.short");
const badOffset = refusal("tcp.offset");
const badChecksum = refusal("tcp.checksum");
export const badPort = refusal("tcp.port");
const badFlags = refusal("tcp.flags");

/** Parses the IP payload into `into` and returns it, or says why it is refused. */
export function parseTcp(
  packet: PacketBuffer,
  ip: Ipv4Header,
  into: TcpSegment,
): TcpSegment | Refusal {
  const start = ip.payloadStart;
  const length = ip.payloadEnd - start;
  if (length < TCP_HEADER) return short;
  const view = packet.view;
  const fields = view.getUint32(start + 12);
  const headerLength = (fields >>> 28) * 4;
  if (headerLength < TCP_HEADER || headerLength > length) return badOffset;
  const { source, destination } = ip;
  if (!packet.checked) {
    const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_TCP, length);
    if (foldSum(addBytes(pseudo, packet, start, ip.payloadEnd)) !== 0xffff) return badChecksum;
  }
  const ports = view.getUint32(start);
  const sourcePort = ports >>> 16;
  const destinationPort = ports & 0xffff;
  if (sourcePort === 0 || destinationPort === 0) return badPort;
  const flags = (fields >>> 16) & 0xff;
  if (!canStandTogether(flags)) return badFlags;
  const dataStart = start + headerLength;
  into.sourcePort = sourcePort;
  into.destinationPort = destinationPort;
  into.flags = flags;
  into.congested = ip.congestion === 3;
  into.source = source;
  into.destination = destination;
  into.sequence = view.getUint32(start + 4);
  into.acknowledgment = (flags & ACK) === 0 ? 0 : view.getUint32(start + 8);
  into.window = fields & 0xffff;
  into.dataStart = dataStart;
  into.dataEnd = ip.payloadEnd;
  into.length = length - headerLength + ((flags >> 1) & 1) + (flags & 1);
  return parseOptions(packet, start + TCP_HEADER, dataStart, into) ?? into;
}

/** SYN goes with neither FIN nor RST, RST not with FIN, and without any of SYN, RST and ACK there is no segment. */
function canStandTogether(flags: number): boolean {
  const kind = flags & (SYN | FIN | RST);
  if ((kind & (kind - 1)) !== 0) return false;
  return (flags & (SYN | RST | ACK)) !== 0;
}
