// What belongs to each network card, and which of them the stack works with.
//
// Invariant: `link`, `local`, `neighbours`, `watch` and `dhcp` of the stack are those of one wire, the chosen one. Who takes a frame in, lets
// time pass or sends along a route chooses the wire first; who chooses one in the midst of work puts the one before back.

import { type ConflictWatch, createConflictWatch } from "./address-conflict.ts";
import { type DhcpClient, createDhcpClient } from "./dhcp.ts";
import { isLoopback } from "./ip-address.ts";
import { type NeighbourEffects, type NeighbourTable, createNeighbourTable } from "./neighbours.ts";
import type { Link, LocalAddress, Stack } from "./stack.ts";
import { NEVER } from "./turn.ts";

/** Cards that one stack has at most. */
export const WIRES = 2;

/** The state of one card's wire. `dhcp` is up to date only while another wire is chosen. */
export interface Wire {
  readonly link: Link;
  readonly local: LocalAddress;
  readonly neighbours: NeighbourTable;
  neighbourEffects: NeighbourEffects;
  readonly watch: ConflictWatch;
  dhcp: DhcpClient;
}

/** A wire without a card; `effects` makes those of its neighbours. */
export function createWire(
  index: number,
  effects: (link: Link, local: LocalAddress) => NeighbourEffects,
): Wire {
  const link: Link = {
    wire: index,
    up: false,
    mac: 0,
    startedAt: Number.NEGATIVE_INFINITY,
    cutUntil: NEVER,
  };
  const local: LocalAddress = { address: 0, mask: 0, broadcast: 0, lease: undefined };
  return {
    link,
    local,
    neighbours: createNeighbourTable(),
    neighbourEffects: effects(link, local),
    watch: createConflictWatch(),
    dhcp: createDhcpClient(),
  };
}

type Chosen = Pick<
  Stack,
  "wires" | "link" | "local" | "neighbours" | "neighbourEffects" | "watch" | "dhcp"
>;

/** Chooses a wire; returns the one before. */
export function chooseWire(stack: Chosen, index: number): number {
  const before = stack.link.wire;
  if (before === index) return before;
  stack.wires[before]!.dhcp = stack.dhcp;
  const next = stack.wires[index]!;
  stack.link = next.link;
  stack.local = next.local;
  stack.neighbours = next.neighbours;
  stack.neighbourEffects = next.neighbourEffects;
  stack.watch = next.watch;
  stack.dhcp = next.dhcp;
  return before;
}

/** Does something for each wire, with that chosen. */
export function eachWire(stack: Chosen, act: (index: number) => void): void {
  const before = stack.link.wire;
  for (let index = 0; index < stack.wires.length; index++) {
    chooseWire(stack, index);
    act(index);
  }
  chooseWire(stack, before);
}

/** The first wire that has an address and a link, else one of them, else a card. */
export function firstWire({ wires }: Pick<Stack, "wires">): Wire {
  let first = wires[0]!;
  let most = 0;
  for (let index = 0; index < wires.length; index++) {
    const { local, link } = wires[index]!;
    const has = link.mac === 0 ? 0 : local.address === 0 ? 1 : link.up ? 3 : 2;
    if (has > most) first = wires[index]!;
    most = Math.max(most, has);
  }
  return first;
}

/** Whether the address is of a wire's own. */
export function isWireAddress(wires: readonly Pick<Wire, "local">[], address: number): boolean {
  if (address === 0) return false;
  for (let index = 0; index < wires.length; index++) {
    if (wires[index]!.local.address === address) return true;
  }
  return false;
}

/** Whether packets to the address stay on this host. */
export function isOwnAddress(wires: readonly Pick<Wire, "local">[], address: number): boolean {
  return isLoopback(address) || isWireAddress(wires, address);
}
