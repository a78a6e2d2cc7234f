// The way out of an IP packet: route, then loopback, broadcast or neighbour.
//
// Invariant: a packet that goes out has the route's own address as source, or none yet (DHCP); a
// packet to this host never gets to the wire.

import { countRefusal } from "./counters.ts";
import { TYPE_IPV4 } from "./ethernet.ts";
import { LIMITED_BROADCAST } from "./ip-address.ts";
import { writeIpv4 } from "./ipv4.ts";
import { BROADCAST_MAC } from "./mac-address.ts";
import { holdPacket, resolveNeighbour } from "./neighbours.ts";
import type { NetErrorCode } from "./net-error.ts";
import { copyIpPacket } from "./packet-buffer.ts";
import { refusal } from "./refusal.ts";
import { type Route, findRoute } from "./route.ts";
import type { Stack } from "./stack.ts";
import { transmit } from "./transmit.ts";
import type { Turn } from "./turn.ts";

/** Packets that may wait on their way from this host to itself. */
const MAX_LOOPBACK = 256;

const loopbackFull = refusal("loopback.full");

/** The best route to an address, or why there is none. */
export function routeTo(stack: Stack, destination: number): Route | NetErrorCode {
  const route = findRoute(stack.routes, destination);
  if (route !== undefined) return route;
  if (!stack.link.up) return "net.link-down";
  return stack.local.address === 0 ? "net.no-address" : "net.no-route";
}

/**
 * Sends what lies at IP_PAYLOAD in the outgoing buffer along a route. Undefined when it is on its
 * way or waits for its neighbour; "net.busy" when too much waits already.
 */
export function sendAlong(
  stack: Stack,
  turn: Pick<Turn, "now">,
  route: Route,
  protocol: number,
  source: number,
  destination: number,
): NetErrorCode | undefined {
  const packet = stack.outgoing;
  writeIpv4(packet, takeIdentification(stack), protocol, source, destination);
  if (route.through === "loopback") {
    if (stack.loopback.length >= MAX_LOOPBACK) {
      countRefusal(stack.counters, loopbackFull);
      return "net.busy";
    }
    stack.loopback.push(copyIpPacket(packet));
    return undefined;
  }
  if (isBroadcast(stack, destination)) {
    transmit(stack, packet, BROADCAST_MAC, TYPE_IPV4);
    return undefined;
  }
  const hop = route.gateway === 0 ? destination : route.gateway;
  const mac = resolveNeighbour(stack.neighbours, turn.now, hop, stack.neighbourEffects);
  if (mac !== 0) {
    transmit(stack, packet, mac, TYPE_IPV4);
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
  writeIpv4(packet, takeIdentification(stack), protocol, source, LIMITED_BROADCAST);
  transmit(stack, packet, BROADCAST_MAC, TYPE_IPV4);
}

/** Whether packets to the address go to every host on the wire. */
export function isBroadcast(stack: Stack, address: number): boolean {
  return address === LIMITED_BROADCAST || (address !== 0 && address === stack.local.broadcast);
}

function takeIdentification(stack: Stack): number {
  const identification = stack.nextIdentification;
  stack.nextIdentification = (identification + 1) & 0xffff;
  return identification;
}
