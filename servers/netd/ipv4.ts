// IPv4 headers (RFC 791, RFC 1122 section 3.2.1), parsed and written.
//
// Invariant: a header that parsed is sound by its own account: lengths inside the frame, checksum
// right, options walked to their end, a fragment whole words long. Whose addresses they are is decided
// by `addressing.ts`.

import { addBytes, checksumOf, foldSum } from "./checksum.ts";
import { IP_PAYLOAD, IP_START, MAX_PACKET, type PacketBuffer } from "./packet-buffer.ts";
import { type Refusal, refusal } from "./refusal.ts";

export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;

const TIME_TO_LIVE = 64;
const FLAG_RESERVED = 0x8000;
/** For `writeIpv4`: no router may cut the packet. */
export const DONT_FRAGMENT = 0x4000;
/** For `writeIpv4`: another fragment follows. */
export const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_FIELDS = 0x3fff;
const OPTION_END = 0;
const OPTION_NOTHING = 1;
const OPTION_LOOSE_ROUTE = 131;
const OPTION_STRICT_ROUTE = 137;

/** A parsed header; offsets are into the packet buffer. */
export interface Ipv4Header {
  source: number;
  destination: number;
  protocol: number;
  /** The two ECN bits (RFC 3168 section 5). */
  congestion: number;
  identification: number;
  /** Where the payload belongs in that of the whole packet, in bytes; a multiple of 8. */
  fragmentOffset: number;
  /** Another fragment follows. */
  moreFragments: boolean;
  /** 0 .. 255; a host accepts every value (RFC 1122 section 3.2.1.7). */
  timeToLive: number;
  payloadStart: number;
  /** Where the packet ends; padding of a short frame lies behind. */
  payloadEnd: number;
}

/** A header to parse into. */
export function createIpv4Header(): Ipv4Header {
  return {
    source: 0,
    destination: 0,
    protocol: 0,
    congestion: 0,
    identification: 0,
    fragmentOffset: 0,
    moreFragments: false,
    timeToLive: 0,
    payloadStart: 0,
    payloadEnd: 0,
  };
}

const short = refusal("ipv4.short");
const badVersion = refusal("ipv4.version");
const badHeaderLength = refusal("ipv4.header-length");
const badTotalLength = refusal("ipv4.total-length");
const badChecksum = refusal("ipv4.checksum");
const badFlags = refusal("ipv4.flags");
const badOptions = refusal("ipv4.options");
const sourceRoute = refusal("ipv4.source-route");
const badFragment = refusal("ipv4.fragment");

/** Parses the header at IP_START into `into` and returns it, or says why it is refused. */
export function parseIpv4(packet: PacketBuffer, into: Ipv4Header): Ipv4Header | Refusal {
  const available = packet.end - IP_START;
  if (available < 20) return short;
  const view = packet.view;
  // Five words instead of twelve fields: each access costs an interpreter much.
  const first = view.getUint32(IP_START);
  if (first >>> 28 !== 4) return badVersion;
  const headerLength = ((first >>> 24) & 15) * 4;
  if (headerLength < 20 || headerLength > available) return badHeaderLength;
  const totalLength = first & 0xffff;
  if (totalLength < headerLength || totalLength > available) return badTotalLength;
  const headerEnd = IP_START + headerLength;
  const second = view.getUint32(IP_START + 4);
  const third = view.getUint32(IP_START + 8);
  const source = view.getUint32(IP_START + 12);
  const destination = view.getUint32(IP_START + 16);
  let sum = (first >>> 16) + (first & 0xffff) + (second >>> 16) + (second & 0xffff);
  sum += (third >>> 16) + (third & 0xffff) + (source >>> 16) + (source & 0xffff);
  sum += (destination >>> 16) + (destination & 0xffff);
  if (headerLength > 20) sum += foldSum(addBytes(0, packet, IP_PAYLOAD, headerEnd));
  sum = (sum & 0xffff) + (sum >>> 16);
  if ((sum & 0xffff) + (sum >>> 16) !== 0xffff) return badChecksum;
  const fragmentation = second & 0xffff;
  if ((fragmentation & FLAG_RESERVED) !== 0) return badFlags;
  if ((fragmentation & FRAGMENT_FIELDS) !== 0) {
    if ((fragmentation & DONT_FRAGMENT) !== 0) return badFlags;
    const length = totalLength - headerLength;
    const more = (fragmentation & MORE_FRAGMENTS) !== 0;
    if (length === 0 || (more && (length & 7) !== 0)) return badFragment;
    if (headerLength + (fragmentation & 0x1fff) * 8 + length > MAX_PACKET) return badFragment;
  }
  if (headerLength > 20) {
    const why = checkOptions(packet, headerEnd);
    if (why !== undefined) return why;
  }
  into.congestion = (first >>> 16) & 3;
  into.identification = second >>> 16;
  into.fragmentOffset = (fragmentation & 0x1fff) * 8;
  into.moreFragments = (fragmentation & MORE_FRAGMENTS) !== 0;
  into.timeToLive = third >>> 24;
  into.protocol = (third >>> 16) & 0xff;
  into.source = source;
  into.destination = destination;
  into.payloadStart = headerEnd;
  into.payloadEnd = IP_START + totalLength;
  return into;
}

/** Walks the options; a source route is refused (RFC 7126 section 4.3), the rest has no effect. */
function checkOptions(packet: PacketBuffer, headerEnd: number): Refusal | undefined {
  const bytes = packet.bytes;
  let at = IP_PAYLOAD;
  while (at < headerEnd) {
    const kind = bytes[at];
    if (kind === OPTION_END) return undefined;
    if (kind === OPTION_NOTHING) {
      at += 1;
      continue;
    }
    if (at + 1 >= headerEnd) return badOptions;
    const length = bytes[at + 1];
    if (length < 2 || at + length > headerEnd) return badOptions;
    if (kind === OPTION_LOOSE_ROUTE || kind === OPTION_STRICT_ROUTE) return sourceRoute;
    at += length;
  }
  return undefined;
}

/**
 * Writes a 20-byte header for the payload at IP_PAYLOAD .. `packet.end`. `fragmentation`: DONT_FRAGMENT, or MORE and an offset;
 * `congestion`: the ECN bits; `timeToLive`: how many hosts may have it (1 .. 255).
 */
export function writeIpv4(
  packet: PacketBuffer,
  identification: number,
  protocol: number,
  source: number,
  destination: number,
  fragmentation: number,
  congestion: number,
  timeToLive = TIME_TO_LIVE,
): void {
  const view = packet.view;
  view.setUint16(IP_START, 0x4500 + congestion);
  view.setUint16(IP_START + 2, packet.end - IP_START);
  view.setUint16(IP_START + 4, identification);
  view.setUint16(IP_START + 6, fragmentation);
  view.setUint16(IP_START + 8, timeToLive * 256 + protocol);
  view.setUint16(IP_START + 10, 0);
  view.setUint32(IP_START + 12, source);
  view.setUint32(IP_START + 16, destination);
  view.setUint16(IP_START + 10, checksumOf(addBytes(0, packet, IP_START, IP_PAYLOAD)));
}

/** Makes a sound header of a whole packet's first fragment, whose payload is now all that lies up to `packet.end`. */
export function sealWhole(packet: PacketBuffer, headerLength: number, congestion: number): void {
  const view = packet.view;
  const service = view.getUint8(IP_START + 1);
  view.setUint8(IP_START + 1, (service & 0xfc) | congestion);
  view.setUint16(IP_START + 2, packet.end - IP_START);
  view.setUint16(IP_START + 6, 0);
  view.setUint16(IP_START + 10, 0);
  const sum = addBytes(0, packet, IP_START, IP_START + headerLength);
  view.setUint16(IP_START + 10, checksumOf(sum));
}
