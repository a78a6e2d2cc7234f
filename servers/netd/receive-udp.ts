// What a datagram does: goes to the DHCP client or a socket, or is answered as unreachable.
//
// Invariant: a datagram to a broadcast address or without a lease is never answered; answers are
// limited in rate (RFC 1122 sections 3.2.2.1 and 4.1.3.1).

import { parseDhcp } from "./dhcp-message.ts";
import { runDhcp } from "./dhcp-run.ts";
import { CODE_PORT, ICMP_UNREACHABLE, writeError } from "./icmp.ts";
import { type Ipv4Header, PROTOCOL_ICMP } from "./ipv4.ts";
import { takeToken } from "./rate-limit.ts";
import { IP_START, type PacketBuffer } from "./packet-buffer.ts";
import { type Refusal, refusal } from "./refusal.ts";
import type { InterfaceName } from "./route.ts";
import { isBroadcast, routeTo, sendAlong } from "./send.ts";
import type { Stack } from "./stack.ts";
import type { Turn } from "./turn.ts";
import { MAX_DATAGRAM, type UdpHeader, parseUdp } from "./udp.ts";
import { DHCP_CLIENT_PORT, enqueue, hasRoom, receivingSocket } from "./udp-sockets.ts";

const notOurs = refusal("ipv4.not-ours");
const closed = refusal("udp.closed");
const long = refusal("udp.long");
const full = refusal("udp.full");

/** Takes in the datagram behind the IP header, or says why it is refused. */
export function receiveUdp(
  stack: Stack,
  turn: Turn,
  packet: PacketBuffer,
  ip: Ipv4Header,
  through: InterfaceName,
): Refusal | undefined {
  const header = parseUdp(packet, ip, stack.headers.udp);
  if (typeof header === "number") return header;
  if (through === "wire") {
    if (header.destinationPort === DHCP_CLIENT_PORT)
      return receiveDhcp(stack, turn, packet, header);
    if (stack.local.address === 0) return notOurs;
  }
  const socket = receivingSocket(stack.udp, ip.destination, header.destinationPort);
  if (socket === undefined) {
    answerClosed(stack, turn, packet, ip);
    return closed;
  }
  if (header.dataEnd - header.dataStart > MAX_DATAGRAM) return long;
  if (!hasRoom(socket, header.dataEnd - header.dataStart)) return full;
  enqueue(socket, {
    source: ip.source,
    sourcePort: header.sourcePort,
    destination: ip.destination,
    data: packet.bytes.slice(header.dataStart, header.dataEnd),
  });
  stack.effects.datagramArrived(socket.id);
  return undefined;
}

function receiveDhcp(
  stack: Stack,
  turn: Turn,
  packet: PacketBuffer,
  header: UdpHeader,
): Refusal | undefined {
  const message = parseDhcp(packet, header.dataStart, header.dataEnd);
  if (typeof message === "number") return message;
  return runDhcp(stack, turn, { kind: "message", message });
}

function answerClosed(stack: Stack, turn: Turn, packet: PacketBuffer, ip: Ipv4Header): void {
  if (isBroadcast(stack, ip.destination)) return;
  const route = routeTo(stack, ip.source, ip.destination);
  if (typeof route === "string" || !takeToken(stack.errorLimit, turn.now)) return;
  const header = packet.bytes.subarray(IP_START, ip.payloadStart);
  const payload = packet.bytes.subarray(ip.payloadStart, ip.payloadEnd);
  writeError(stack.outgoing, ICMP_UNREACHABLE, CODE_PORT, header, payload);
  sendAlong(stack, turn, route, PROTOCOL_ICMP, ip.destination, ip.source);
}
