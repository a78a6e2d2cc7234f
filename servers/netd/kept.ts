// What netd hands over to new code: the stack as one block, the card's channel, and what its clients hold. And what outlives its end: the
// address, and the streams that share their memory (durable-streams.ts).
// Invariant: clients that share counts (a narrowed network counts against the one it comes from) share them afterwards.
import {
  array,
  bool,
  bytes,
  handle,
  optional,
  string,
  struct,
  u32,
  u64,
} from "../../sdk/contract/field.ts";
import { parked } from "../../sdk/hot/park.ts";
import { peersOf } from "../../sdk/hot/peers.ts";
import { from, state } from "../../sdk/hot/state.ts";
import { table } from "../../sdk/hot/table.ts";
import { atTurnEnd } from "../../sdk/hot/turn-end.ts";
import { Policy } from "./policy.ts";
import type { Counts, NetPeer, NetSession } from "./session.ts";
import { streamRow } from "./stream-row.ts";

const policy = struct({
  client: string,
  terms: array(string),
  narrowings: array(struct({ connect: array(string), listen: array(string) })),
});
const owned = { owner: u32 };

const stream = {
  ...owned,
  connection: u64,
  credit: u32,
  ended: bool,
  sends: array(struct({ reply: parked, data: bytes, at: u32 })),
};

const common = {
  /** what StackHost.save makes; empty before there is anything */
  stack: bytes,
  card: optional(handle("endpoint")),
  /** what clients have open; questions and pings are answered before anything moves */
  owners: array(struct({ sockets: u32, connections: u32, listeners: u32 })),
  sockets: peersOf({ ...owned, socket: u64, policy, listening: bool, heard: array(string) }),
  listeners: peersOf({ ...owned, listener: u64, credit: u32 }),
};

/** The card's buffers, as this netd shares them with its driver. */
const buffers = {
  memory: handle("memory"),
  receiveBytes: u32,
  slots: u32,
  offloads: u32,
  next: u32,
  room: u32,
};
const pool = optional(struct({ ...buffers, taken: u32 }));
const restricted = { ...stream, mayRead: bool, mayWrite: bool };
/** A stream whose bytes lie in memory that its client sees. */
const shared = {
  ...restricted,
  rings: optional(
    struct({
      receive: handle("memory"),
      send: handle("memory"),
      arrived: u32,
      taken: u32,
      put: u32,
      left: u32,
    }),
  ),
};

export const kept = state({
  version: 4,
  schema: {
    ...common,
    streams: peersOf(shared),
    pool,
    /** the second card's */
    card1: optional(handle("endpoint")),
    pool1: pool,
  },
  migrate: {
    // It gave every batch back at once.
    3: from(
      { ...common, streams: peersOf(shared), pool: optional(struct(buffers)) },
      ({ pool: before, ...others }) => ({
        ...others,
        pool: before && { ...before, taken: 0 },
        card1: undefined,
        pool1: undefined,
      }),
    ),
    1: from({ ...common, streams: peersOf(stream) }, ({ streams, ...others }) => ({
      ...others,
      pool: undefined,
      card1: undefined,
      pool1: undefined,
      streams: streams.map((each) => ({
        ...each,
        session: { ...each.session, mayRead: true, mayWrite: true, rings: undefined },
      })),
    })),
    2: from({ ...common, streams: peersOf(restricted) }, ({ streams, ...others }) => ({
      ...others,
      pool: undefined,
      card1: undefined,
      pool1: undefined,
      streams: streams.map((each) => ({ ...each, session: { ...each.session, rings: undefined } })),
    })),
  },
  initial: { stack: new Uint8Array(0), owners: [], sockets: [], listeners: [], streams: [] },
});

/** The address and what DHCP knows of it, as StackHost.saveAddress makes it: the next netd begins with it. */
export const address = state({
  name: "address",
  version: 1,
  schema: { block: bytes },
  durable: 8192,
  initial: { block: new Uint8Array(0) },
});

const first: (() => void)[] = [];

// Before the ends of the turn of table and states, which make count what was written.
atTurnEnd(() => {
  for (let i = 0; i < first.length; i++) first[i]!();
});

/** Calls `f` at the end of each turn, in the order of these calls, before what is kept counts. */
export function beforeItCounts(f: () => void): void {
  first.push(f);
}

/** The streams that outlive an end of netd. */
export const streams = table({
  name: "streams",
  row: streamRow,
  room: 128,
  most: 192,
  durable: true,
});

/** The counts that came with the state. */
let owners: Counts[] | undefined;

export function keptOwners(): readonly Counts[] {
  owners ??= kept.data.owners.map((each) => ({ ...each, pings: 0, names: 0 }));
  return owners;
}

/** The place of counts in the list that is being made. */
let places: Counts[] = [];

/** Begins the list of owners anew. */
export function beginOwners(): (counts: object) => number {
  places = [];
  return placeOf;
}

function placeOf(counts: object): number {
  const place = places.indexOf(counts as Counts);
  return place >= 0 ? place : places.push(counts as Counts) - 1;
}

/** The list as it stands. */
export function endOwners(): { sockets: number; connections: number; listeners: number }[] {
  return places.map(({ sockets, connections, listeners }) => ({ sockets, connections, listeners }));
}

/** How the sessions of the clients of `Net` move. */
export const movingSession = {
  schema: { ...owned, policy },
  save: ({ counts, policy: { origin } }: NetSession) => ({
    owner: placeOf(counts),
    policy: origin,
  }),
  load: (
    { owner, policy: origin }: { owner: number; policy: Policy["origin"] },
    _peer: NetPeer,
  ): NetSession => ({ counts: keptOwners()[owner]!, policy: Policy.from(origin) }),
};
