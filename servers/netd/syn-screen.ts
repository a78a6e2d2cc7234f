// Notices that SYNs come in floods, and has a kernel answer them in the card's pool meanwhile (tape/kernels/syns.tape).
//
// Invariant: what the kernel answers is what tcp/listen.ts would answer with a cookie: a SYN to a listener with room, between ends that no
// connection has, along a way that is known. What it knows of all that is at most REFRESH old.

import { PACKET_WORDS } from "../../sdk/net/card-pool.ts";
import { screen, type Mapped } from "../../tape/kernels/syns.tape";
import { MTU } from "./packet-buffer.ts";
import type { NeighbourTable } from "./neighbours.ts";
import { refusal } from "./refusal.ts";
import type { Route } from "./route.ts";
import type { Stack } from "./stack.ts";
import { cookieKey, cookieSlot, ownScale } from "./tcp/cookie.ts";
import { COOKIE_LIFE, OWN_MSS } from "./tcp/settings.ts";

const flood = refusal("tcp.flood");

/** So many frames that are no plain segments within so many milliseconds may be a flood, which is looked for so long then. */
const CROWD = 50;
const SPAN = 50;
const CALM = 2_000;
/** What the kernel knows is made anew after so long. */
const REFRESH = 50;
/** Slots that answers leave to all else, and neighbours that the kernel knows. */
const SPARE = 96;
const MOST_NEIGHBOURS = 16;
const UNKNOWN = 0xffffffff;

/** Places in the kernel's state. */
const places = {
  NEXT: 3,
  ROOM: 4,
  SLOTS: 5,
  SPARE: 6,
  POSTED: 7,
  MOST: 8,
  ID: 9,
  LOCAL: 10,
  MAC_HIGH: 11,
  MAC_LOW: 12,
  SLOT: 13,
  OWN_MSS: 14,
  SCALE: 15,
  SALT: 16,
  ANSWERED: 17,
  BYTES: 18,
  LOST: 19,
  SEEN: 20,
} as const;
const STATE_WORDS = 21;

/** Where answers go: the next slot, free ones of how many, and the list of packets with how many it has. `screen` changes it. */
export interface Outgoing {
  next: number;
  room: number;
  posted: number;
  readonly packets: Uint32Array;
  readonly facts: { readonly slots: number };
}

export class SynScreen {
  private readonly state = new Uint32Array(STATE_WORDS);
  private key = new Uint32Array(4);
  private ways = new Uint32Array(0);
  private ports = new Uint32Array(0);
  private known = new Uint8Array(0);
  private now = 0;
  private refreshAt = Number.NEGATIVE_INFINITY;
  /** Until when SYNs are looked for. */
  private until = Number.NEGATIVE_INFINITY;
  private since = Number.NEGATIVE_INFINITY;
  private odd = 0;

  /** `count` frames came that were no plain segments, or may have been SYNs; milliseconds. */
  private saw(count: number, now: number): void {
    if (now - this.since > SPAN || now < this.since) {
      this.since = now;
      this.odd = 0;
    }
    this.odd += count;
    if (this.odd > CROWD) this.until = now + CALM;
  }

  /** Whether SYNs are looked for now. */
  looks(now: number): boolean {
    return now < this.until;
  }

  /** Whether a batch is to be screened now; it is ready for it then, and knows the wire that is chosen. */
  begin(stack: Stack, now: number): boolean {
    if (!this.looks(now)) return false;
    this.now = now;
    this.state[places.SLOT] = cookieSlot(now);
    if (now >= this.refreshAt || now < this.refreshAt - REFRESH) this.refresh(stack, now);
    return stack.local.address !== 0;
  }

  private refresh(stack: Stack, now: number): void {
    const { state } = this;
    const { tcp, link, local } = stack;
    this.refreshAt = now + REFRESH;
    state[places.LOCAL] = local.address;
    state[places.MAC_HIGH] = Math.floor(link.mac / 2 ** 32);
    state[places.MAC_LOW] = link.mac % 2 ** 32;
    state[places.OWN_MSS] = Math.min(OWN_MSS, MTU - 40);
    state[places.SCALE] = ownScale(tcp);
    state[places.SALT] = tcp.salt;
    state[places.SPARE] = SPARE;
    this.key = cookieKey(tcp) as Uint32Array<ArrayBuffer>;
    this.known = tcp.known as Uint8Array<ArrayBuffer>;
    const open = tcp.listeners.filter(
      ({ address, ready, backlog }) =>
        (address === 0 || address === local.address) && ready.length < backlog,
    );
    this.ports = Uint32Array.from(open, ({ port }) => port);
    this.ways = Uint32Array.from(waysOf(stack.routes, stack.neighbours, link.wire, now));
  }

  /** Takes SYNs out of `count` pieces of `pool`, and answers in `slots` those that it can: how many pieces are left, below 0: they are not sound. */
  screen(
    pool: Uint8Array | Mapped,
    pieces: Uint32Array,
    count: number,
    slots: Uint8Array | Mapped,
    out: Outgoing,
  ): number {
    const { state } = this;
    state[places.NEXT] = out.next;
    state[places.ROOM] = out.room;
    state[places.SLOTS] = out.facts.slots;
    state[places.POSTED] = out.posted;
    state[places.MOST] = Math.floor(out.packets.length / PACKET_WORDS);
    const { key, ways, ports, known, now } = this;
    const time = Math.floor(now) % 4294967296;
    const left = screen(
      pool,
      pieces,
      count,
      slots,
      state,
      out.packets,
      key,
      ways,
      ports,
      known,
      time,
    );
    out.next = state[places.NEXT]!;
    out.room = state[places.ROOM]!;
    out.posted = state[places.POSTED]!;
    return left;
  }

  /** Counts what a batch was: `odd` of its frames that are left were no plain segments. */
  end(stack: Stack, odd: number, now: number): void {
    const { state } = this;
    const seen = state[places.SEEN]!;
    this.saw(odd + seen, now);
    if (seen === 0) return;
    const { counters } = stack;
    const answered = state[places.ANSWERED]!;
    const lost = state[places.LOST]!;
    counters.framesReceived += answered + lost;
    counters.framesSent += answered;
    counters.bytesSent += state[places.BYTES]!;
    counters.refused[flood]! += lost;
    if (answered > 0) stack.tcp.cookiesUntil = now + COOKIE_LIFE;
    state.fill(0, places.ANSWERED, STATE_WORDS);
  }
}

/** Where hosts are reached, as the kernel reads it: neighbours that are known, then routes. */
function waysOf(
  routes: readonly Route[],
  neighbours: NeighbourTable,
  wire: number,
  now: number,
): number[] {
  const ways: number[] = [];
  const macs = new Map<number, number>();
  for (const { ip, mac, asked, until } of neighbours.slots) {
    if (ip === 0 || mac === 0 || (asked === 0 && now >= until)) continue;
    macs.set(ip, mac);
    if (macs.size <= MOST_NEIGHBOURS) ways.push(ip, UNKNOWN, ...halves(mac));
  }
  for (const { destination, mask, gateway, through, wire: other } of routes) {
    const mac = through === "wire" && other === wire ? macs.get(gateway) : undefined;
    ways.push(destination, mask, ...(mac === undefined ? [UNKNOWN, 0] : halves(mac)));
  }
  return ways;
}

function halves(mac: number): [number, number] {
  return [Math.floor(mac / 2 ** 32), mac % 2 ** 32];
}
