// Sending a datagram for a user.
//
// Invariant: a datagram leaves with its socket's address, or the route's where the socket has none.

import { isHostAddress, isLoopback } from "./ip-address.ts";
import { PROTOCOL_UDP } from "./ipv4.ts";
import type { NetErrorCode } from "./net-error.ts";
import { UDP_PAYLOAD, reservePacket } from "./packet-buffer.ts";
import { isBroadcast, routeTo, sendAlong } from "./send.ts";
import type { Stack } from "./stack.ts";
import type { Turn } from "./turn.ts";
import { MAX_DATAGRAM, writeUdp } from "./udp.ts";
import { isOwnAddress } from "./wires.ts";
import { type UdpOptions, type UdpSocket, findSocket, openSocket } from "./udp-sockets.ts";

/** Opens a socket at an own address (or 0 for all), or says why not. */
export function openUdp(stack: Stack, turn: Turn, options: UdpOptions): UdpSocket | NetErrorCode {
  const address = options.address;
  if (address !== 0 && !isOwnAddress(stack.wires, address)) {
    return "net.bad-address";
  }
  return openSocket(stack.udp, turn, options);
}

/** Sends a datagram of at most MAX_DATAGRAM bytes, or says why not. */
export function sendUdp(
  stack: Stack,
  turn: Turn,
  id: number,
  destination: number,
  port: number,
  data: Uint8Array,
): NetErrorCode | undefined {
  const socket = findSocket(stack.udp, id);
  if (socket === undefined) return "net.bad-socket";
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return "net.bad-port";
  if (data.length > MAX_DATAGRAM) return "net.too-large";
  if (isBroadcast(stack, destination)) {
    if (!socket.broadcast) return "net.broadcast";
  } else if (!isLoopback(destination) && !isHostAddress(destination)) {
    return "net.bad-address";
  }
  const route = routeTo(stack, destination, socket.address);
  if (typeof route === "string") return route;
  const source = socket.address === 0 ? route.source : socket.address;
  if (route.through === "wire" && source !== route.source) return "net.bad-address";
  const out = stack.outgoing;
  reservePacket(out, UDP_PAYLOAD + data.length);
  out.bytes.set(data, UDP_PAYLOAD);
  out.end = UDP_PAYLOAD + data.length;
  writeUdp(out, source, destination, socket.port, port);
  return sendAlong(stack, turn, route, PROTOCOL_UDP, source, destination);
}
