// ARP packets for IPv4 over Ethernet (RFC 826), 28 bytes.
//
// Invariant: a packet that parsed is a request or a reply whose sender has a station's hardware
// address and either no IP address (a probe, RFC 5227) or one that a host can have.

import { isHostAddress } from "./ip-address.ts";
import { isStationMac, readMac, writeMac } from "./mac-address.ts";
import { IP_START, type PacketBuffer } from "./packet-buffer.ts";
import { type Refusal, refusal } from "./refusal.ts";

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

const LENGTH = 28;
const HARDWARE_ETHERNET = 1;
const PROTOCOL_IPV4 = 0x0800;
/** Address lengths, 6 and 4, as the two bytes stand in the packet. */
const LENGTHS = 0x0604;

/** A parsed packet. */
export interface ArpPacket {
  /** ARP_REQUEST or ARP_REPLY. */
  operation: number;
  senderMac: number;
  senderIp: number;
  targetMac: number;
  targetIp: number;
}

/** A packet to parse into. */
export function createArpPacket(): ArpPacket {
  return { operation: 0, senderMac: 0, senderIp: 0, targetMac: 0, targetIp: 0 };
}

const short = refusal("arp.short");
const badFormat = refusal("arp.format");
const badOperation = refusal("arp.operation");
const badSender = refusal("arp.sender");

/** Parses the packet behind the Ethernet header into `into`, or says why it is refused. */
export function parseArp(packet: PacketBuffer, into: ArpPacket): ArpPacket | Refusal {
  if (packet.end - IP_START < LENGTH) return short;
  const view = packet.view;
  if (
    view.getUint16(IP_START) !== HARDWARE_ETHERNET ||
    view.getUint16(IP_START + 2) !== PROTOCOL_IPV4 ||
    view.getUint16(IP_START + 4) !== LENGTHS
  ) {
    return badFormat;
  }
  into.operation = view.getUint16(IP_START + 6);
  if (into.operation !== ARP_REQUEST && into.operation !== ARP_REPLY) return badOperation;
  into.senderMac = readMac(view, IP_START + 8);
  into.senderIp = view.getUint32(IP_START + 14);
  into.targetMac = readMac(view, IP_START + 18);
  into.targetIp = view.getUint32(IP_START + 24);
  if (!isStationMac(into.senderMac)) return badSender;
  if (into.senderIp === 0) return into.operation === ARP_REQUEST ? into : badSender;
  return isHostAddress(into.senderIp) ? into : badSender;
}

/** Writes the packet behind the Ethernet header and sets the frame's end. */
export function writeArp(
  packet: PacketBuffer,
  operation: number,
  senderMac: number,
  senderIp: number,
  targetMac: number,
  targetIp: number,
): void {
  const view = packet.view;
  view.setUint16(IP_START, HARDWARE_ETHERNET);
  view.setUint16(IP_START + 2, PROTOCOL_IPV4);
  view.setUint16(IP_START + 4, LENGTHS);
  view.setUint16(IP_START + 6, operation);
  writeMac(view, IP_START + 8, senderMac);
  view.setUint32(IP_START + 14, senderIp);
  writeMac(view, IP_START + 18, targetMac);
  view.setUint32(IP_START + 24, targetIp);
  packet.end = IP_START + LENGTH;
}
