// The ways that TCP's packets took last: headers that are ready but for length, identification and checksum.
//
// Invariant: a way is taken only while everything that it was made of is still so: link, address, route, neighbour, and no narrow path.

import { FRAME_START, IP_START, type PacketBuffer } from "./packet-buffer.ts";
import { type Neighbour, findNeighbour } from "./neighbours.ts";
import type { Route } from "./route.ts";
import type { Stack } from "./stack.ts";
import { DONT_FRAGMENT } from "./ipv4.ts";

const WAYS = 8;
const HEADERS = 34;

/** One way. */
export interface Way {
  wire: number;
  source: number;
  /** 0 for none. */
  destination: number;
  route: Route | undefined;
  /** Where the route stood, of how many. */
  place: number;
  routes: number;
  neighbour: Neighbour | undefined;
  hop: number;
  mac: number;
  /** Ethernet and IP header. */
  readonly headers: Uint8Array;
  /** Sum of the IP header's words without length, identification and ECN bits. */
  sum: number;
}

/** No ways yet. */
export function createWays(): Way[] {
  return Array.from({ length: WAYS }, () => ({
    wire: 0,
    source: 0,
    destination: 0,
    route: undefined,
    place: 0,
    routes: 0,
    neighbour: undefined,
    hop: 0,
    mac: 0,
    headers: new Uint8Array(HEADERS),
    sum: 0,
  }));
}

function placeOf(destination: number): number {
  return (destination ^ (destination >>> 8)) & (WAYS - 1);
}

/** The way to a host, while it can be taken. */
export function findWay(
  stack: Stack,
  source: number,
  destination: number,
  now: number,
): Way | undefined {
  const way = stack.ways[placeOf(destination)];
  if (way.destination !== destination || way.source !== source) return undefined;
  const { routes } = stack;
  const { local, link } = stack.wires[way.wire];
  if (routes.length !== way.routes || routes[way.place] !== way.route) return undefined;
  if (!link.up || local.address !== source || stack.pathMtus.paths.length > 0) return undefined;
  const { neighbour } = way;
  if (neighbour === undefined || neighbour.ip !== way.hop || neighbour.mac !== way.mac) {
    return undefined;
  }
  return neighbour.asked === 0 && now < neighbour.until ? way : undefined;
}

/** Keeps the way of the packet that has just gone out in `packet` along a route. */
export function keepWay(
  stack: Stack,
  packet: PacketBuffer,
  route: Route,
  source: number,
  destination: number,
): void {
  const hop = route.gateway === 0 ? destination : route.gateway;
  const neighbour = findNeighbour(stack.wires[route.wire].neighbours, hop);
  if (neighbour === undefined || neighbour.mac === 0) return;
  const way = stack.ways[placeOf(destination)];
  way.wire = route.wire;
  way.source = source;
  way.destination = destination;
  way.route = route;
  way.place = stack.routes.indexOf(route);
  way.routes = stack.routes.length;
  way.neighbour = neighbour;
  way.hop = hop;
  way.mac = neighbour.mac;
  way.headers.set(packet.bytes.subarray(FRAME_START, FRAME_START + HEADERS));
  const timeAndProtocol = packet.view.getUint16(IP_START + 8);
  way.sum =
    0x4500 +
    DONT_FRAGMENT +
    timeAndProtocol +
    (source >>> 16) +
    (source & 0xffff) +
    (destination >>> 16) +
    (destination & 0xffff);
}

/** Sends the packet, whose payload lies in its place, on a way. */
export function sendOnWay(
  stack: Stack,
  way: Way,
  packet: PacketBuffer,
  identification: number,
  congestion: number,
): void {
  const { view } = packet;
  const length = packet.end - IP_START;
  packet.bytes.set(way.headers, FRAME_START);
  view.setUint32(IP_START, 0x45000000 + congestion * 65_536 + length);
  view.setUint32(IP_START + 4, identification * 65_536 + DONT_FRAGMENT);
  let sum = way.sum + congestion + length + identification;
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(IP_START + 10, ~sum & 0xffff);
  stack.counters.framesSent += 1;
  stack.counters.bytesSent += packet.end - FRAME_START;
  stack.effects.transmit(packet, way.wire);
}
