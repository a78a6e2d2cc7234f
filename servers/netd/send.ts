// The way out of an IP packet: route, then loopback, broadcast or neighbour.
//
// Invariant: a packet that goes out has the route's own address as source, or none yet (DHCP); a
// packet to this host never gets to the wire. Its identification differs from those of the packets to the
// same host before it, and tells nobody else how many there were (RFC 7739).

import { countRefusal } from "./counters.ts";
import { LIMITED_BROADCAST } from "./ip-address.ts";
import { writeIpv4 } from "./ipv4.ts";
import { BROADCAST_MAC } from "./mac-address.ts";
import { holdPacket, resolveNeighbour } from "./neighbours.ts";
import type { NetErrorCode } from "./net-error.ts";
import { IP_START, MTU, copyIpPacket } from "./packet-buffer.ts";
import { findPathMtu } from "./path-mtu.ts";
import { refusal } from "./refusal.ts";
import { type Route, findRoute } from "./route.ts";
import type { Stack } from "./stack.ts";
import { transmitIp } from "./transmit-ip.ts";
import type { Turn } from "./turn.ts";
import { chooseWire, firstWire } from "./wires.ts";

/** Packets, and bytes of them, that may wait on their way from this host to itself. */
const MAX_LOOPBACK = 256;
const MAX_LOOPBACK_BYTES = 1 << 20;

const loopbackFull = refusal("loopback.full");

/** The best route to an address, or why there is none; `source` as findRoute has it. */
export function routeTo(stack: Stack, destination: number, source = 0): Route | NetErrorCode {
  const { routes, wires } = stack;
  const isUp = ({ through, wire }: Route) => through === "loopback" || wires[wire].link.up;
  let route = findRoute(routes, destination, source);
  // A wire that is cut for a moment keeps its routes.
  if (route !== undefined && !isUp(route)) {
    route = findRoute(routes.filter(isUp), destination, source);
  }
  if (route !== undefined) return route;
  if (stack.wires.every(({ link }) => !link.up)) return "net.link-down";
  return firstWire(stack).local.address === 0 ? "net.no-address" : "net.no-route";
}

/**
 * Sends what lies at IP_PAYLOAD in the outgoing buffer along a route, in fragments where it is too long for the path and not said to be
 * DONT_FRAGMENT. Undefined when it is on its
 * way or waits for its neighbour; "net.busy" when too much waits already.
 */
export function sendAlong(
  stack: Stack,
  turn: Pick<Turn, "now">,
  route: Route,
  protocol: number,
  source: number,
  destination: number,
  fragmentation = 0,
  congestion = 0,
  timeToLive?: number,
): NetErrorCode | undefined {
  const packet = stack.outgoing;
  const identification = takeIdentification(stack, destination);
  writeIpv4(
    packet,
    identification,
    protocol,
    source,
    destination,
    fragmentation,
    congestion,
    timeToLive,
  );
  if (route.through === "loopback") {
    const length = packet.end - IP_START;
    if (
      stack.loopback.length >= MAX_LOOPBACK ||
      stack.loopbackBytes + length > MAX_LOOPBACK_BYTES
    ) {
      countRefusal(stack.counters, loopbackFull);
      return "net.busy";
    }
    stack.loopback.push(copyIpPacket(packet));
    stack.loopbackBytes += length;
    return undefined;
  }
  const before = chooseWire(stack, route.wire);
  const failed = sendToHop(stack, turn, route, destination);
  chooseWire(stack, before);
  return failed;
}

/** The packet in the outgoing buffer, on the chosen wire. */
function sendToHop(
  stack: Stack,
  turn: Pick<Turn, "now">,
  route: Route,
  destination: number,
): NetErrorCode | undefined {
  const packet = stack.outgoing;
  if (isBroadcast(stack, destination)) {
    transmitIp(stack, packet, BROADCAST_MAC, MTU);
    return undefined;
  }
  const hop = route.gateway === 0 ? destination : route.gateway;
  const mac = resolveNeighbour(stack.neighbours, turn.now, hop, stack.neighbourEffects);
  if (mac !== 0) {
    transmitIp(stack, packet, mac, findPathMtu(stack.pathMtus, destination, turn.now));
    return undefined;
  }
  const why = holdPacket(stack.neighbours, hop, copyIpPacket(packet));
  if (why === undefined) return undefined;
  countRefusal(stack.counters, why);
  return "net.busy";
}

/** Sends what lies at IP_PAYLOAD to every host on the wire; `source` may be 0, as DHCP needs it. */
export function sendToWire(stack: Stack, protocol: number, source: number): void {
  const packet = stack.outgoing;
  const identification = takeIdentification(stack, LIMITED_BROADCAST);
  writeIpv4(packet, identification, protocol, source, LIMITED_BROADCAST, 0, 0);
  transmitIp(stack, packet, BROADCAST_MAC, MTU);
}

/** Whether packets to the address go to every host on the wire. */
export function isBroadcast(stack: Stack, address: number): boolean {
  if (address === LIMITED_BROADCAST) return true;
  const { wires } = stack;
  for (let index = 0; index < wires.length; index++) {
    if (address !== 0 && address === wires[index].local.broadcast) return true;
  }
  return false;
}

/** Where the identification of packets to a host stands. */
export function identificationPlace(stack: Pick<Stack, "tcp">, destination: number): number {
  return Math.imul(destination ^ stack.tcp.salt, 0x9e3779b1) >>> 26;
}

/** The next identification of packets to a host. */
export function takeIdentification(stack: Stack, destination: number): number {
  return stack.identifications[identificationPlace(stack, destination)]++;
}
