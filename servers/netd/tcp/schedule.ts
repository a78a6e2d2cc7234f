// When a connection's timers come next.
//
// Invariant: `deadline` of a connection is the earliest of its timers, and that of the table is not later than any connection's.

import { NEVER } from "../turn.ts";
import type { Connection } from "./connection.ts";
import { currentTimeout } from "./round-trip.ts";
import { distance } from "./sequence.ts";
import { COOKIE_LIFE, DELAYED_ACK, FLOOD_LIFE, FLOOD_TIMEOUT, PROBE_MOST } from "./settings.ts";
import { SYN_RECEIVED, SYN_SENT, states } from "./states.ts";
import type { TcpTable } from "./table.ts";

/** Waiting for one delayed acknowledgement of a peer (RFC 8985 section 7.2). */
export const PEER_DELAY = 200;

/** What the retransmission timer has to wait for now. */
function wanted(connection: Connection): Connection["retransmitKind"] | undefined {
  const row = states[connection.state];
  const opening = connection.state === SYN_SENT || connection.state === SYN_RECEIVED;
  if (!opening && !row.sends) return undefined;
  const { flight, rack } = connection;
  if (flight.segments.length === 0) {
    if (opening) return undefined;
    const blocked = connection.outgoing.length > 0 || (connection.finQueued && !connection.finSent);
    return blocked ? "probe-window" : undefined;
  }
  if (opening) return "timeout";
  if (connection.sendWindow === 0) return "probe-window";
  const tail = connection.sack && !connection.recovering && !rack.probing;
  const measured = connection.roundTrip.smoothed > 0;
  return tail && measured && flight.sackedCount === 0 && flight.lostCount === 0
    ? "probe-loss"
    : "timeout";
}

/**
 * Whether a flood of SYNs goes on. What is lost then is lost at this host, which cannot look at all that comes: that says nothing of the path,
 * so that backing off (RFC 6298 section 5.5) would only make connections stand still long after the flood's end.
 */
export function inFlood(tcp: TcpTable, now: number): boolean {
  return now < tcp.cookiesUntil - COOKIE_LIFE + FLOOD_LIFE;
}

/** The retransmission timeout, in milliseconds. */
function timeoutOf(tcp: TcpTable, connection: Connection, now: number): number {
  const { roundTrip } = connection;
  const timeout = currentTimeout(roundTrip);
  // Whoever has begun a handshake may be the flood itself.
  if (connection.state === SYN_RECEIVED || !inFlood(tcp, now)) return timeout;
  return Math.min(timeout, Math.max(FLOOD_TIMEOUT, roundTrip.timeout));
}

function span(
  tcp: TcpTable,
  connection: Connection,
  kind: Connection["retransmitKind"],
  now: number,
): number {
  const { roundTrip } = connection;
  const timeout = timeoutOf(tcp, connection, now);
  if (kind === "timeout") return timeout;
  if (kind === "probe-window") {
    return Math.min(PROBE_MOST, timeout * 2 ** Math.min(connection.windowProbes, 16));
  }
  const { segments } = connection.flight;
  const alone = distance(segments[0].start, segments[segments.length - 1].end);
  const delay = alone <= connection.segmentSize ? PEER_DELAY : 2;
  return Math.min(timeout, 2 * roundTrip.smoothed + delay);
}

/** Sets the timers after an event. A retransmission timer that runs for the same reason goes on. */
export function scheduleTimers(tcp: TcpTable, connection: Connection, now: number): void {
  const kind = wanted(connection);
  if (kind === undefined) connection.retransmitAt = NEVER;
  else {
    const probes = kind === "probe-window";
    const other = probes !== (connection.retransmitKind === "probe-window");
    if (connection.retransmitAt === NEVER || other) {
      connection.retransmitKind = kind;
      const patience = connection.stalledSince + tcp.settings.userTimeout;
      const due = now + span(tcp, connection, kind, now);
      connection.retransmitAt = now < patience && due > patience ? patience : due;
    }
  }
  if (connection.unreported > 0 && connection.acknowledgeAt === NEVER) {
    connection.acknowledgeAt = now + DELAYED_ACK;
  }
  if (connection.flight.segments.length === 0) connection.rackAt = NEVER;
  let deadline = connection.retransmitAt;
  if (connection.acknowledgeAt < deadline) deadline = connection.acknowledgeAt;
  if (connection.rackAt < deadline) deadline = connection.rackAt;
  if (connection.paceTimer < deadline) deadline = connection.paceTimer;
  if (connection.keepAliveAt < deadline) deadline = connection.keepAliveAt;
  if (connection.expiresAt < deadline) deadline = connection.expiresAt;
  connection.deadline = deadline;
  if (deadline < tcp.deadline) tcp.deadline = deadline;
}
