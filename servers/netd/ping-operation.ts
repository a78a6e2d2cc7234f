// Sending an echo request for a user.
//
// Invariant: each request that was started ends with exactly one `pingEnded`, never within the call.

import { ICMP_ECHO_REQUEST, ICMP_HEADER, writeEcho } from "./icmp.ts";
import { isHostAddress, isLoopback } from "./ip-address.ts";
import { PROTOCOL_ICMP } from "./ipv4.ts";
import type { NetErrorCode } from "./net-error.ts";
import { IP_PAYLOAD, MTU } from "./packet-buffer.ts";
import { cancelPing, openPing } from "./ping.ts";
import { isBroadcast, routeTo, sendAlong } from "./send.ts";
import type { Stack } from "./stack.ts";
import type { Turn } from "./turn.ts";

/** Most data bytes of an echo request. */
export const MAX_PING_DATA = MTU - 20 - ICMP_HEADER;

/**
 * Sends an echo request with `length` data bytes (0 .. MAX_PING_DATA) and gives it `timeout`
 * milliseconds; `hops`: how many hosts may have it, 1 .. 255. Returns its token, or why it was not sent.
 */
export function startPing(
  stack: Stack,
  turn: Turn,
  destination: number,
  length: number,
  timeout: number,
  hops?: number,
): number | NetErrorCode {
  if (length > MAX_PING_DATA) return "net.too-large";
  if (!isLoopback(destination) && !isHostAddress(destination)) return "net.bad-address";
  if (isBroadcast(stack, destination)) return "net.bad-address";
  const route = routeTo(stack, destination);
  if (typeof route === "string") return route;
  const ping = openPing(stack.pings, destination, turn.now, timeout);
  if (ping === undefined) return "net.too-many-pings";
  const out = stack.outgoing;
  const start = IP_PAYLOAD + ICMP_HEADER;
  for (let index = 0; index < length; index++) out.bytes[start + index] = index & 0xff;
  out.end = start + length;
  writeEcho(out, ICMP_ECHO_REQUEST, ping.identifier, ping.sequence);
  const { source } = route;
  const error = sendAlong(stack, turn, route, PROTOCOL_ICMP, source, destination, 0, 0, hops);
  if (error === undefined) return ping.token;
  cancelPing(stack.pings, ping.token);
  return error;
}
