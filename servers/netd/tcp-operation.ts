// What users ask of TCP, with routes and addresses looked at.
//
// Invariant: a connection has an own address at its near end as long as it lives.

import { isHostAddress, isLoopback } from "./ip-address.ts";
import { DONT_FRAGMENT, PROTOCOL_TCP } from "./ipv4.ts";
import type { NetErrorCode } from "./net-error.ts";
import { isNarrow } from "./path-mtu.ts";
import { isBroadcast, routeTo, sendAlong, takeIdentification } from "./send.ts";
import type { Stack } from "./stack.ts";
import { type TcpCallError, tcpConnect, tcpListen } from "./tcp/calls.ts";
import type { Connection, Ends } from "./tcp/connection.ts";
import { takeStalled } from "./tcp/long-packets.ts";
import { pump } from "./tcp/pump.ts";
import type { SegmentFields } from "./tcp/segment-fields.ts";
import { type Listener, endConnection } from "./tcp/table.ts";
import { tcpDeadline } from "./tcp/timers.ts";
import { type Turn, randomBetween } from "./turn.ts";
import { findWay, keepWay, sendOnWay } from "./way.ts";
import { isOwnAddress } from "./wires.ts";

/** Ports of listeners that name none (RFC 6335 section 6). */
const FIRST_RANDOM_PORT = 49_152;
const LAST_PORT = 65_535;
const PORT_TRIES = 16;
const MAX_BACKLOG = 128;

const errors: { readonly [code in TcpCallError]: NetErrorCode } = {
  "port-in-use": "net.port-in-use",
  "too-many": "net.too-many-connections",
};

/** Enters TCP: its segments leave with this turn's time. */
export function actTcp<T>(stack: Stack, turn: Turn, act: (tcp: Stack["tcp"]) => T): T {
  stack.tcpClock.now = turn.now;
  return act(stack.tcp);
}

/** Opens a connection, or says why not. */
export function connectTcp(
  stack: Stack,
  turn: Turn,
  destination: number,
  port: number,
): Connection | NetErrorCode {
  if (!Number.isInteger(port) || port < 1 || port > LAST_PORT) return "net.bad-port";
  if (isBroadcast(stack, destination)) return "net.bad-address";
  if (!isLoopback(destination) && !isHostAddress(destination)) return "net.bad-address";
  const route = routeTo(stack, destination);
  if (typeof route === "string") return route;
  const opened = actTcp(stack, turn, (tcp) =>
    tcpConnect(tcp, turn, {
      localAddress: route.source,
      localPort: 0,
      remoteAddress: destination,
      remotePort: port,
    }),
  );
  return typeof opened === "string" ? errors[opened] : opened;
}

/** Listens at an own address (0: all) and port (0: any free one), or says why not. */
export function listenTcp(
  stack: Stack,
  turn: Turn,
  address: number,
  port: number,
  backlog: number,
): Listener | NetErrorCode {
  if (address !== 0 && !isOwnAddress(stack.wires, address)) {
    return "net.bad-address";
  }
  if (!Number.isInteger(port) || port < 0 || port > LAST_PORT) return "net.bad-port";
  const room = Math.min(MAX_BACKLOG, Math.max(1, backlog));
  if (port !== 0) {
    const listener = tcpListen(stack.tcp, address, port, room);
    return typeof listener === "string" ? errors[listener] : listener;
  }
  let listener: Listener | TcpCallError = "port-in-use";
  for (let tries = 0; tries < PORT_TRIES && listener === "port-in-use"; tries++) {
    const any = randomBetween(turn, FIRST_RANDOM_PORT, LAST_PORT);
    listener = tcpListen(stack.tcp, address, any, room);
  }
  return typeof listener === "string" ? errors[listener] : listener;
}

/** Sends the segment in the outgoing buffer. One that has no way, or no longer its source's, is lost, as on a wire. */
export function sendTcp(
  stack: Stack,
  source: number,
  destination: number,
  congestion: number,
): void {
  const { tcpClock: clock, pathMtus, outgoing } = stack;
  const way = findWay(stack, source, destination, clock.now);
  if (way !== undefined) {
    sendOnWay(stack, way, outgoing, takeIdentification(stack, destination), congestion);
    return;
  }
  const route = routeTo(stack, destination, source);
  if (typeof route === "string") return;
  if (route.through === "wire" && source !== route.source) return;
  const narrow = pathMtus.paths.length > 0 && isNarrow(pathMtus, destination, clock.now);
  const fragmentation = narrow ? 0 : DONT_FRAGMENT;
  sendAlong(stack, clock, route, PROTOCOL_TCP, source, destination, fragmentation, congestion);
  if (route.through === "wire" && !narrow) keepWay(stack, outgoing, route, source, destination);
}

/** Builds a plain segment in the card's memory (TcpWorld.compose); false where its way is not known yet. */
export const composeTcp: (stack: Stack, ends: Ends, ...fields: SegmentFields) => boolean = (
  stack,
  ends,
  sequence,
  acknowledgment,
  flags,
  window,
  stamp,
  echo,
  ring,
  offset,
  count,
) => {
  const { localAddress, localPort, remoteAddress, remotePort } = ends;
  const way = findWay(stack, localAddress, remoteAddress, stack.tcpClock.now);
  if (way === undefined) return false;
  const builder = stack.effects.outlet?.(way.wire)?.builder;
  if (builder === undefined) return false;
  builder.compose(
    way.headers,
    takeIdentification(stack, remoteAddress),
    localPort * 65_536 + remotePort,
    sequence,
    acknowledgment,
    flags,
    window,
    stamp,
    echo,
    ring,
    offset,
    count,
  );
  stack.counters.framesSent += 1;
  stack.counters.bytesSent += (stamp < 0 ? 54 : 66) + count;
  return true;
};

/** Frames have left: connections that waited for it go on. */
export function resumeStalled(stack: Stack, turn: Turn): void {
  if (stack.tcp.stalled.length === 0) return;
  stack.tcpClock.now = turn.now;
  const waiting = takeStalled(stack.tcp);
  for (let index = 0; index < waiting.length; index++) {
    const each = waiting[index];
    if (each.outcome === "") pump(stack.tcp, each, turn.now);
  }
}

/** Does what TCP's timers are due for. */
export function tcpTimers(stack: Stack, turn: Turn): void {
  if (turn.now < stack.tcp.deadline) return;
  actTcp(stack, turn, (tcp) => tcpDeadline(tcp, turn.now));
}

/** An own address is gone, and with it every connection that had it. */
export function loseConnections(stack: Stack, address: number): void {
  const { connections } = stack.tcp;
  for (let index = connections.length - 1; index >= 0; index--) {
    const each = connections[index];
    if (each !== undefined && each.localAddress === address) {
      endConnection(stack.tcp, each, "unreachable");
    }
  }
}
