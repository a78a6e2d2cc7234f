// How large a connection's buffers may get: as large as its path can use, and no larger.
//
// Invariant: a limit only grows, up to the settings' most, and not while more than half of the memory for all connections is in use. The
// memory itself is taken as bytes come (byte-ring.ts), and all of it when it is shared with the client (../stream-rings.ts): so the number of
// connections bounds what each of them is promised.

import { isShared } from "./byte-ring.ts";
import type { Connection } from "./connection.ts";
import { isBefore } from "./sequence.ts";
import type { TcpTable } from "./table.ts";

/** A window that fills within so many round trips is what holds the peer back. */
const ROUNDS = 2;
/** Each of many connections may promise this part of an equal share of the memory for all. */
const PART = 4;

function mayGrow(tcp: TcpTable): boolean {
  return tcp.account.used * 2 <= tcp.account.limit;
}

/**
 * The peer has filled the window that it was given at `windowMarkAt`: when that took little more than a round trip, and the user has taken
 * the bytes as fast, a larger window would carry more (what Linux calls dynamic right-sizing).
 */
export function tuneReceiving(tcp: TcpTable, connection: Connection, now: number): void {
  const { incoming, windowMark, roundTrip } = connection;
  if (isBefore(incoming.next, windowMark)) return;
  const { ring } = incoming;
  const took = now - connection.windowMarkAt;
  connection.windowMark = connection.windowEdge;
  connection.windowMarkAt = now;
  // Without a measured round trip nothing can be told.
  if (roundTrip.least === 0 || took > ROUNDS * Math.max(roundTrip.smoothed, 1)) return;
  if (ring.length * 4 > ring.limit || !mayGrow(tcp)) return;
  if (
    !isShared(ring) &&
    ring.limit * 4 * PART * (tcp.connections.length - tcp.timeWait) > tcp.account.limit
  )
    return;
  // The peer's window may double in a round trip, and double again before ours is known to it.
  const most = isShared(ring) ? ring.bytes.length : tcp.settings.receiveMost;
  ring.limit = Math.min(most, ring.limit * 4);
}

/** The user wants to send more than fits: the buffer holds two congestion windows, so that one is ready while the other is on its way. */
export function tuneSending(tcp: TcpTable, connection: Connection): void {
  const { outgoing, congestion } = connection;
  if (congestion.window * 2 <= outgoing.limit || isShared(outgoing) || !mayGrow(tcp)) return;
  outgoing.limit = Math.min(tcp.settings.sendMost, outgoing.limit * 2);
}
