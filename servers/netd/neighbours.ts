// Which hardware address a neighbour has: a bounded ARP cache (RFC 826, RFC 1122 section 2.3.2).
//
// Invariant: at most 64 neighbours, at most 3 packets waiting for one and 32 or 128 KiB for all; an address
// that was asked for in vain frees its slot. An unasked packet displaces neither an open question nor a station that this host has sent to, and
// questions leave one slot of each set to a station that is known. Nobody takes the place of a station that still answers: a claim makes the
// known one be asked, and counts when it stays silent.

import { BROADCAST_MAC } from "./mac-address.ts";
import { type Refusal, refusal } from "./refusal.ts";
import { NEVER } from "./turn.ts";

/** What the table wants done; `neighbours.ts` itself touches no wire. */
export interface NeighbourEffects {
  /** Send an ARP request for `ip` to the station or group `mac`. */
  ask(ip: number, mac: number): void;
  /** Send the IP packet that waited, to `mac`. */
  release(ipPacket: Uint8Array, mac: number): void;
  /** The neighbour stayed silent: the IP packet is lost. */
  lose(ipPacket: Uint8Array): void;
}

/** One slot. */
export interface Neighbour {
  /** 0 when the slot is free. */
  ip: number;
  /** 0 while it is asked for. */
  mac: number;
  /** This host has had something to send there; others came unasked. */
  wanted: boolean;
  /** Who else says to have the address; 0 nobody. */
  claimed: number;
  /** Requests sent since the last answer; 0 when none is open. */
  asked: number;
  /** When the answer grows old, or, while asked, when to ask again; in milliseconds. */
  until: number;
  waiting: Uint8Array[];
}

/** The table. */
export interface NeighbourTable {
  readonly slots: Neighbour[];
  /** No open question has to be looked at before this time (milliseconds). */
  deadline: number;
  waiting: number;
  waitingBytes: number;
}

const SETS = 16;
const WAYS = 4;
/** Questions to stations that have never answered: what else is in their set stays. */
const MAX_QUESTIONS = WAYS - 1;
/** An answer is believed for a minute (RFC 1122 section 2.3.2.1 asks for this order). */
const FRESH_MS = 60_000;
/** At most one request a second for one address (RFC 1122 section 2.3.2.1). */
const ASK_AGAIN_MS = 1_000;
const MAX_ASKED = 3;
const MAX_WAITING_EACH = 3;
const MAX_WAITING = 32;
const MAX_WAITING_BYTES = 128 << 10;

const tableFull = refusal("arp.full");
const queueFull = refusal("neighbour.full");

/** A table without neighbours. */
export function createNeighbourTable(): NeighbourTable {
  const slots: Neighbour[] = [];
  for (let index = 0; index < SETS * WAYS; index++) {
    slots.push({ ip: 0, mac: 0, wanted: false, claimed: 0, asked: 0, until: 0, waiting: [] });
  }
  return { slots, deadline: NEVER, waiting: 0, waitingBytes: 0 };
}

function firstSlot(ip: number): number {
  return ((ip ^ (ip >>> 4) ^ (ip >>> 8)) & (SETS - 1)) * WAYS;
}

/** The neighbour with this address, known or asked for. */
export function findNeighbour(table: NeighbourTable, ip: number): Neighbour | undefined {
  const first = firstSlot(ip);
  for (let index = first; index < first + WAYS; index++) {
    if (table.slots[index].ip === ip) return table.slots[index];
  }
  return undefined;
}

/**
 * The hardware address to send to, or 0 when it has to be asked for first: the request is sent, and
 * `holdPacket` keeps the packet, or says that the table is full.
 * An old answer is used once more while the same station is asked to confirm it.
 */
export function resolveNeighbour(
  table: NeighbourTable,
  now: number,
  ip: number,
  effects: NeighbourEffects,
): number {
  let neighbour = findNeighbour(table, ip);
  if (neighbour === undefined) {
    neighbour = claimSlot(table, ip, true);
    if (neighbour === undefined) return 0;
  }
  neighbour.wanted = true;
  if (neighbour.asked > 0 || now < neighbour.until) return neighbour.mac;
  askNeighbour(table, now, neighbour, effects);
  return neighbour.mac;
}

/** Keeps a packet until its neighbour answers, or says why it cannot. */
export function holdPacket(
  table: NeighbourTable,
  ip: number,
  ipPacket: Uint8Array,
): Refusal | undefined {
  const neighbour = findNeighbour(table, ip);
  if (neighbour === undefined) return tableFull;
  const bytes = table.waitingBytes + ipPacket.length;
  if (neighbour.waiting.length >= MAX_WAITING_EACH || table.waiting >= MAX_WAITING) {
    return queueFull;
  }
  if (bytes > MAX_WAITING_BYTES) return queueFull;
  table.waitingBytes = bytes;
  neighbour.waiting.push(ipPacket);
  table.waiting += 1;
  return undefined;
}

/**
 * Takes in what an ARP packet says of its sender. A new neighbour is taken in only with `create` (the packet was a request for this
 * host): "unknown" when the sender stays so, "contested" when another station is known to have the address.
 */
export function learnNeighbour(
  table: NeighbourTable,
  now: number,
  ip: number,
  mac: number,
  create: boolean,
  effects: NeighbourEffects,
): "known" | "unknown" | "contested" {
  let neighbour = findNeighbour(table, ip);
  if (neighbour === undefined && create) neighbour = claimSlot(table, ip, false);
  if (neighbour === undefined) return "unknown";
  if (neighbour.mac !== 0 && neighbour.mac !== mac) {
    neighbour.claimed = mac;
    if (neighbour.asked === 0) askNeighbour(table, now, neighbour, effects);
    return "contested";
  }
  believe(table, now, neighbour, mac, effects);
  return "known";
}

/** The station has the address: what waited goes there. */
function believe(
  table: NeighbourTable,
  now: number,
  neighbour: Neighbour,
  mac: number,
  effects: NeighbourEffects,
): void {
  neighbour.mac = mac;
  neighbour.claimed = 0;
  neighbour.asked = 0;
  neighbour.until = now + FRESH_MS;
  const waiting = takeWaiting(table, neighbour);
  for (let index = 0; index < waiting.length; index++) effects.release(waiting[index], mac);
}

/** Puts a neighbour into a table that has room for it; for a table that was kept elsewhere. */
export function putNeighbour(
  table: NeighbourTable,
  ip: number,
  mac: number,
  asked: number,
  until: number,
  claimed: number,
): void {
  const neighbour = claimSlot(table, ip, true);
  if (neighbour === undefined) return;
  neighbour.wanted = true;
  neighbour.mac = mac;
  neighbour.claimed = claimed;
  neighbour.asked = asked;
  neighbour.until = until;
  if (asked > 0 && until < table.deadline) table.deadline = until;
}

/** Asks again where an answer is due, and gives up on who stayed silent. */
export function neighbourDeadline(
  table: NeighbourTable,
  now: number,
  effects: NeighbourEffects,
): void {
  if (now < table.deadline) return;
  table.deadline = NEVER;
  for (let index = 0; index < table.slots.length; index++) {
    const neighbour = table.slots[index];
    if (neighbour.asked === 0) continue;
    if (now < neighbour.until) {
      if (neighbour.until < table.deadline) table.deadline = neighbour.until;
    } else if (neighbour.asked < MAX_ASKED) {
      askNeighbour(table, now, neighbour, effects);
    } else if (neighbour.claimed !== 0) {
      believe(table, now, neighbour, neighbour.claimed, effects);
    } else {
      const waiting = freeSlot(table, neighbour);
      for (let lost = 0; lost < waiting.length; lost++) effects.lose(waiting[lost]);
    }
  }
}

/** Forgets every neighbour and drops what waits; for a lost link or another address. */
export function forgetNeighbours(table: NeighbourTable): void {
  for (let index = 0; index < table.slots.length; index++) freeSlot(table, table.slots[index]);
  table.deadline = NEVER;
}

function askNeighbour(
  table: NeighbourTable,
  now: number,
  neighbour: Neighbour,
  effects: NeighbourEffects,
): void {
  neighbour.asked += 1;
  neighbour.until = now + ASK_AGAIN_MS;
  if (neighbour.until < table.deadline) table.deadline = neighbour.until;
  effects.ask(neighbour.ip, neighbour.mac === 0 ? BROADCAST_MAC : neighbour.mac);
}

/**
 * A free slot of the address's set, else one whose station nobody asked for, else, for what this host wants itself, the oldest one that is not
 * asked for.
 */
function claimSlot(table: NeighbourTable, ip: number, wanted: boolean): Neighbour | undefined {
  const first = firstSlot(ip);
  let chosen: Neighbour | undefined;
  let questions = 0;
  for (let index = first; index < first + WAYS; index++) {
    const neighbour = table.slots[index];
    if (neighbour.asked > 0) {
      if (neighbour.mac === 0) questions += 1;
    } else if (neighbour.ip === 0 || wanted || !neighbour.wanted) {
      if (chosen === undefined || isCheaper(neighbour, chosen)) chosen = neighbour;
    }
  }
  if (chosen === undefined || (questions >= MAX_QUESTIONS && chosen.ip !== 0)) return undefined;
  freeSlot(table, chosen);
  chosen.ip = ip;
  return chosen;
}

/** Whether `one` should make room before `other`. */
function isCheaper(one: Neighbour, other: Neighbour): boolean {
  if (other.ip === 0 || one.ip === 0) return other.ip !== 0;
  return one.wanted === other.wanted ? one.until < other.until : other.wanted;
}

function takeWaiting(table: NeighbourTable, neighbour: Neighbour): Uint8Array[] {
  const waiting = neighbour.waiting;
  if (waiting.length > 0) {
    neighbour.waiting = [];
    table.waiting -= waiting.length;
    for (let index = 0; index < waiting.length; index++)
      table.waitingBytes -= waiting[index].length;
  }
  return waiting;
}

function freeSlot(table: NeighbourTable, neighbour: Neighbour): Uint8Array[] {
  neighbour.ip = 0;
  neighbour.mac = 0;
  neighbour.wanted = false;
  neighbour.claimed = 0;
  neighbour.asked = 0;
  neighbour.until = 0;
  return takeWaiting(table, neighbour);
}
