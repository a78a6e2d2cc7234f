// What a TCP segment does: parsed here, looked at by the TCP core.
//
// Invariant: a segment that came to or from a group of hosts has no effect (RFC 9293 section 3.9.2.3).

import type { Ipv4Header } from "./ipv4.ts";
import type { PacketBuffer } from "./packet-buffer.ts";
import { type Refusal, refusal } from "./refusal.ts";
import { isBroadcast } from "./send.ts";
import type { Stack } from "./stack.ts";
import { segmentArrived } from "./tcp/arrive.ts";
import { parseTcp } from "./tcp/segment.ts";
import type { Turn } from "./turn.ts";

export const toBroadcast = refusal("tcp.broadcast");

/** Takes in the segment behind the IP header, or says why it is refused. */
export function receiveTcp(
  stack: Stack,
  turn: Turn,
  packet: PacketBuffer,
  ip: Ipv4Header,
): Refusal | undefined {
  if (isBroadcast(stack, ip.destination)) return toBroadcast;
  const segment = parseTcp(packet, ip, stack.headers.tcp);
  if (typeof segment === "number") return segment;
  stack.tcpClock.now = turn.now;
  return segmentArrived(stack.tcp, turn, segment, packet);
}
