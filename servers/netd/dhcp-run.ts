// Runs the DHCP client in the stack: its messages go out, its leases become address and routes.
//
// Invariant: address and wire routes are there exactly while the client holds a lease.

import { startWatch, stopWatch } from "./address-conflict.ts";
import type { Lease } from "./dhcp-lease.ts";
import { type ClientMessage, writeDhcp } from "./dhcp-message.ts";
import { type DhcpEvent, stepDhcp } from "./dhcp.ts";
import { LIMITED_BROADCAST, subnetBroadcast } from "./ip-address.ts";
import { PROTOCOL_UDP } from "./ipv4.ts";
import { forgetNeighbours } from "./neighbours.ts";
import { UDP_PAYLOAD } from "./packet-buffer.ts";
import type { Refusal } from "./refusal.ts";
import { type Route, addRoute, removeRoutes } from "./route.ts";
import { routeTo, sendAlong, sendToWire } from "./send.ts";
import type { Stack } from "./stack.ts";
import { loseConnections } from "./tcp-operation.ts";
import type { Turn } from "./turn.ts";
import { writeUdp } from "./udp.ts";
import { DHCP_CLIENT_PORT } from "./udp-sockets.ts";
import { isWireAddress } from "./wires.ts";

const DHCP_SERVER_PORT = 67;

/** Gives the client an event and carries out what it wants; says why a message was refused. */
export function runDhcp(stack: Stack, turn: Turn, event: DhcpEvent): Refusal | undefined {
  const step = stepDhcp(stack.dhcp, event, turn);
  stack.dhcp = step.client;
  for (let index = 0; index < step.effects.length; index++) {
    const effect = step.effects[index];
    if (effect.kind === "send") {
      sendMessage(stack, turn, effect.to, effect.message);
    } else if (effect.kind === "bound") {
      takeAddress(stack, effect.lease);
      if (!effect.renewed) startWatch(stack.watch, turn.now);
      stack.effects.bound(effect.lease, effect.renewed);
    } else {
      dropAddress(stack);
      stack.effects.unbound(effect.lease, effect.reason);
    }
  }
  return step.refused;
}

/** A message that cannot be sent now is sent again by the client's own back-off. */
function sendMessage(stack: Stack, turn: Turn, to: number, message: ClientMessage): void {
  const source = message.clientAddress;
  const route = to === LIMITED_BROADCAST ? undefined : routeTo(stack, to, source);
  if (typeof route === "string") return;
  writeDhcp(stack.outgoing, UDP_PAYLOAD, message);
  writeUdp(stack.outgoing, source, to, DHCP_CLIENT_PORT, DHCP_SERVER_PORT);
  if (route === undefined) sendToWire(stack, PROTOCOL_UDP, source);
  else sendAlong(stack, turn, route, PROTOCOL_UDP, source, to);
}

function takeAddress(stack: Stack, lease: Lease): void {
  const { address, mask, router } = lease;
  const local = stack.local;
  local.address = address;
  local.mask = mask;
  local.broadcast = subnetBroadcast(address, mask);
  local.lease = lease;
  const { wire: index } = stack.link;
  removeRoutes(stack.routes, address, index);
  const wire = { gateway: 0, through: "wire", source: address, wire: index } as const;
  const routes: Route[] = [
    { ...wire, destination: address, mask: 0xffffffff, through: "loopback" },
    { ...wire, destination: LIMITED_BROADCAST, mask: 0xffffffff },
    { ...wire, destination: (address & mask) >>> 0, mask },
  ];
  if (router !== 0) routes.push({ ...wire, destination: 0, mask: 0, gateway: router });
  for (let index = 0; index < routes.length; index++) addRoute(stack.routes, routes[index]);
}

function dropAddress(stack: Stack): void {
  const { address } = stack.local;
  removeRoutes(stack.routes, address, stack.link.wire);
  stack.local.address = 0;
  // Two wires may have the same address, each within its own network.
  if (!isWireAddress(stack.wires, address)) loseConnections(stack, address);
  stack.local.mask = 0;
  stack.local.broadcast = 0;
  stack.local.lease = undefined;
  stopWatch(stack.watch);
  forgetNeighbours(stack.neighbours);
}
