// A packet of ours did not get through: tells whoever sent it.
//
// Invariant: only a packet with a source address of this host is believed to be ours.

import {
  ICMP_ECHO_REQUEST,
  ICMP_TIME_EXCEEDED,
  ICMP_UNREACHABLE,
  type QuotedPacket,
} from "./icmp.ts";
import { PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from "./ipv4.ts";
import { takeQuoted } from "./ping.ts";
import type { Stack } from "./stack.ts";
import { notePathMtu } from "./path-mtu.ts";
import { tcpUndeliverable } from "./tcp/arrive.ts";
import { isOnItsWay, keepToPathMtu } from "./tcp/too-long.ts";
import { findConnection } from "./tcp/table.ts";
import { receivingSocket } from "./udp-sockets.ts";
import { isOwnAddress } from "./wires.ts";

/**
 * Ends the echo request or the connection's opening, or tells the socket, that sent the quoted packet; false when there is none.
 * `source` is who reported it (0: this host), `type` the ICMP error's, `now` in milliseconds.
 */
export function reportUndeliverable(
  stack: Pick<Stack, "pings" | "udp" | "tcp" | "effects" | "wires">,
  quoted: QuotedPacket,
  source: number,
  type: number,
  now: number,
): boolean {
  if (!isOwnAddress(stack.wires, quoted.source)) return false;
  if (quoted.protocol === PROTOCOL_ICMP) {
    if (quoted.first >>> 24 !== ICMP_ECHO_REQUEST) return false;
    const ping = takeQuoted(stack.pings, quoted);
    if (ping === undefined) return false;
    stack.effects.pingEnded({
      token: ping.token,
      outcome: type === ICMP_TIME_EXCEEDED ? "expired" : "unreachable",
      source,
      milliseconds: source === 0 ? 0 : now - ping.sentAt,
      timeToLive: 0,
      length: 0,
    });
    return true;
  }
  if (quoted.protocol === PROTOCOL_TCP && type === ICMP_UNREACHABLE) {
    const { source: local, destination: remote, first, second } = quoted;
    return tcpUndeliverable(stack.tcp, local, first >>> 16, remote, first & 0xffff, second);
  }
  if (quoted.protocol !== PROTOCOL_UDP || type !== ICMP_UNREACHABLE) return false;
  const socket = receivingSocket(stack.udp, quoted.source, quoted.first >>> 16);
  if (socket === undefined) return false;
  stack.effects.datagramLost(socket.id, quoted.destination, quoted.first & 0xffff);
  return true;
}

/**
 * A router could not pass on a packet of ours without cutting it: `nextMtu` is what it can (0: it did not say). Only TCP forbids to cut,
 * and a connection knows whether it is on its way; false when nothing of this is so.
 */
export function reportTooLong(
  stack: Stack,
  now: number,
  quoted: QuotedPacket,
  nextMtu: number,
): boolean {
  if (!isOwnAddress(stack.wires, quoted.source) || quoted.protocol !== PROTOCOL_TCP) return false;
  const { source: local, destination: remote, first, second, length } = quoted;
  const { tcp } = stack;
  const connection = findConnection(tcp, local, first >>> 16, remote, first & 0xffff);
  if (connection === undefined || !isOnItsWay(connection, second, length)) return false;
  const mtu = notePathMtu(stack.pathMtus, remote, length, nextMtu, now);
  if (mtu === 0) return false;
  stack.tcpClock.now = now;
  keepToPathMtu(tcp, remote, mtu, now);
  return true;
}
