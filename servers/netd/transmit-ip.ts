// An IP packet's last step out: in one piece, or in as many fragments as it needs (RFC 791 section 3.2).
//
// Invariant: every fragment but the last carries a multiple of 8 bytes, and all have the packet's identification. A packet that must not
// be cut goes out whole: what it is too long for is reported by whoever cannot pass it on.

import { TYPE_IPV4 } from "./ethernet.ts";
import { DONT_FRAGMENT, MORE_FRAGMENTS, writeIpv4 } from "./ipv4.ts";
import { IP_PAYLOAD, IP_START, type PacketBuffer } from "./packet-buffer.ts";
import type { Stack } from "./stack.ts";
import { transmit } from "./transmit.ts";

/** Sends the packet, whose header has no options, to a station or group. `mtu`: longest packet in bytes, 68 at least. */
export function transmitIp(
  stack: Pick<Stack, "link" | "counters" | "effects" | "piece">,
  packet: PacketBuffer,
  mac: number,
  mtu: number,
): void {
  const { view } = packet;
  const fits = packet.end - IP_START <= mtu;
  if (fits || (view.getUint16(IP_START + 6) & DONT_FRAGMENT) !== 0) {
    transmit(stack, packet, mac, TYPE_IPV4);
    return;
  }
  const most = (mtu - 20) & ~7;
  const identification = view.getUint16(IP_START + 4);
  const timeToLive = view.getUint8(IP_START + 8);
  const protocol = view.getUint8(IP_START + 9);
  const source = view.getUint32(IP_START + 12);
  const destination = view.getUint32(IP_START + 16);
  const { piece } = stack;
  const length = packet.end - IP_PAYLOAD;
  for (let offset = 0; offset < length; offset += most) {
    const rest = length - offset;
    const count = Math.min(rest, most);
    const start = IP_PAYLOAD + offset;
    piece.bytes.set(packet.bytes.subarray(start, start + count), IP_PAYLOAD);
    piece.end = IP_PAYLOAD + count;
    const fields = (offset >> 3) | (count < rest ? MORE_FRAGMENTS : 0);
    writeIpv4(piece, identification, protocol, source, destination, fields, 0, timeToLive);
    transmit(stack, piece, mac, TYPE_IPV4);
  }
}
