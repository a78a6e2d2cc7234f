// ICMP messages (RFC 792): echo, and the errors that concern a host's own packets.
//
// Invariant: a message that parsed has a right checksum; an error quotes at least an IP header and
// eight bytes behind it (RFC 1122 section 3.2.2), already taken apart here.

import { addBytes, checksumOf, foldSum } from "./checksum.ts";
import type { Ipv4Header } from "./ipv4.ts";
import { IP_PAYLOAD, type PacketBuffer } from "./packet-buffer.ts";
import { type Refusal, refusal } from "./refusal.ts";

export const ICMP_ECHO_REPLY = 0;
export const ICMP_UNREACHABLE = 3;
export const ICMP_ECHO_REQUEST = 8;
export const ICMP_TIME_EXCEEDED = 11;
export const ICMP_PARAMETER = 12;

/** Codes of ICMP_UNREACHABLE that this host uses. */
export const CODE_HOST = 1;
export const CODE_PORT = 3;
export const CODE_TOO_LONG = 4;
/** Code of ICMP_TIME_EXCEEDED: fragments did not all come in time. */
export const CODE_REASSEMBLY = 1;

/** Length of every header here; an echo's data and an error's quote begin behind it. */
export const ICMP_HEADER = 8;

/** The part of a packet that an error quotes, or that never left this host. */
export interface QuotedPacket {
  source: number;
  destination: number;
  protocol: number;
  /** Of the whole packet, header included, in bytes. */
  length: number;
  /** First transport word: UDP ports, or ICMP type, code and checksum. */
  first: number;
  /** Second transport word: for an echo, identifier and sequence. */
  second: number;
}

/** A parsed message. */
export interface IcmpMessage {
  type: number;
  code: number;
  /** Echo only. */
  identifier: number;
  /** Echo only. */
  sequence: number;
  /** "Fragmentation needed" only: the size that the router can pass on, 0 when it does not say (RFC 1191 section 4). */
  nextMtu: number;
  /** Errors only. */
  readonly quoted: QuotedPacket;
}

/** A message to parse into. */
export function createIcmpMessage(): IcmpMessage {
  return {
    type: 0,
    code: 0,
    identifier: 0,
    sequence: 0,
    nextMtu: 0,
    quoted: { source: 0, destination: 0, protocol: 0, length: 0, first: 0, second: 0 },
  };
}

const short = refusal("icmp.short");
const badChecksum = refusal("icmp.checksum");
const badCode = refusal("icmp.code");
const badType = refusal("icmp.type");
const badQuote = refusal("icmp.quoted");

/** Parses the IP payload into `into` and returns it, or says why it is refused. */
export function parseIcmp(
  packet: PacketBuffer,
  ip: Ipv4Header,
  into: IcmpMessage,
): IcmpMessage | Refusal {
  const start = ip.payloadStart;
  const end = ip.payloadEnd;
  if (end - start < ICMP_HEADER) return short;
  if (foldSum(addBytes(0, packet, start, end)) !== 0xffff) return badChecksum;
  const view = packet.view;
  const type = view.getUint8(start);
  const code = view.getUint8(start + 1);
  into.type = type;
  into.code = code;
  if (type === ICMP_ECHO_REQUEST || type === ICMP_ECHO_REPLY) {
    into.identifier = view.getUint16(start + 4);
    into.sequence = view.getUint16(start + 6);
    return code === 0 ? into : badCode;
  }
  if (type !== ICMP_UNREACHABLE && type !== ICMP_TIME_EXCEEDED && type !== ICMP_PARAMETER) {
    return badType;
  }
  if (code > highestCode(type)) return badCode;
  into.nextMtu =
    type === ICMP_UNREACHABLE && code === CODE_TOO_LONG ? view.getUint16(start + 6) : 0;
  return readQuoted(packet, start + ICMP_HEADER, end, into.quoted) ? into : badQuote;
}

/** Highest codes: unreachable by RFC 1812, time exceeded and parameter problem by RFC 792 and 1108. */
function highestCode(type: number): number {
  if (type === ICMP_UNREACHABLE) return 15;
  return type === ICMP_TIME_EXCEEDED ? 1 : 2;
}

/**
 * Takes apart the head of an IP packet that lies at `at`; false when it is no IPv4 header with
 * eight bytes behind it. Its total length is not checked: routers quote only the beginning.
 */
export function readQuoted(
  packet: PacketBuffer,
  at: number,
  end: number,
  into: QuotedPacket,
): boolean {
  if (end - at < 28) return false;
  const view = packet.view;
  const first = view.getUint8(at);
  const headerLength = (first & 15) * 4;
  if (first >> 4 !== 4 || headerLength < 20 || end - at < headerLength + 8) return false;
  into.length = view.getUint16(at + 2);
  into.protocol = view.getUint8(at + 9);
  into.source = view.getUint32(at + 12);
  into.destination = view.getUint32(at + 16);
  into.first = view.getUint32(at + headerLength);
  into.second = view.getUint32(at + headerLength + 4);
  return true;
}

/** Writes an echo header and checksum in front of the data at IP_PAYLOAD + 8 .. `packet.end`. */
export function writeEcho(
  packet: PacketBuffer,
  type: number,
  identifier: number,
  sequence: number,
): void {
  writeHeader(packet, type, 0, identifier * 65536 + sequence);
}

/**
 * Writes an error that quotes a packet: its IP header and the first eight bytes behind it (RFC 792),
 * or fewer where it has no more.
 */
export function writeError(
  packet: PacketBuffer,
  type: number,
  code: number,
  header: Uint8Array,
  payload: Uint8Array,
): void {
  const start = IP_PAYLOAD + ICMP_HEADER;
  packet.bytes.set(header, start);
  packet.bytes.set(payload.subarray(0, 8), start + header.length);
  packet.end = start + header.length + Math.min(payload.length, 8);
  writeHeader(packet, type, code, 0);
}

function writeHeader(packet: PacketBuffer, type: number, code: number, rest: number): void {
  const view = packet.view;
  view.setUint32(IP_PAYLOAD, (type * 256 + code) * 65536);
  view.setUint32(IP_PAYLOAD + 4, rest);
  view.setUint16(IP_PAYLOAD + 2, checksumOf(addBytes(0, packet, IP_PAYLOAD, packet.end)));
}
