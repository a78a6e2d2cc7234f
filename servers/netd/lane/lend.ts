// A connection's numbers as the kernel has them while it is lent, and back.
//
// Invariant: what is not written back has not changed meanwhile. A connection that is lent has no timer on this side.

import { reserve, writeAt } from "../tcp/byte-ring.ts";
import type { Connection } from "../tcp/connection.ts";
import { recordSent } from "../tcp/flight.ts";
import { distance } from "../tcp/sequence.ts";
import { NEVER } from "../turn.ts";
import { slot } from "./layout.ts";

/** What the kernel has to know beside the connection. */
export interface LentEnds {
  /** of the client's channel */
  readonly key: number;
  readonly handle: number;
  credit: number;
}

/** Writes a plain connection to `n` at `at`. `patience`: the user timeout; `until`: how long its way is known; `id`: of its next packet. */
export function lend(
  n: Float64Array,
  at: number,
  connection: Connection,
  ends: LentEnds,
  patience: number,
  until: number,
  id: number,
): void {
  const { localPort, remotePort, incoming, roundTrip, rack, congestion } = connection;
  n[at + slot.work] = n[at + slot.sends] = 0;
  n[at + slot.key] = ends.key;
  n[at + slot.handle] = ends.handle;
  n[at + slot.credit] = ends.credit;
  n[at + slot.remote] = connection.remoteAddress;
  n[at + slot.local] = connection.localAddress;
  n[at + slot.ports] = remotePort * 65_536 + localPort;
  n[at + slot.ownPorts] = localPort * 65_536 + remotePort;
  n[at + slot.stamped] = connection.timestamps ? 1 : 0;
  n[at + slot.rcvNext] = incoming.next;
  n[at + slot.edge] = connection.windowEdge;
  n[at + slot.mark] = connection.windowMark;
  n[at + slot.limit] = incoming.ring.limit;
  n[at + slot.scale] = connection.receiveScale;
  n[at + slot.windowSequence] = connection.windowSequence;
  n[at + slot.window] = connection.sendWindow >>> connection.sendScale;
  n[at + slot.sendWindow] = connection.sendWindow;
  n[at + slot.sendScale] = connection.sendScale;
  n[at + slot.largest] = connection.largestWindow;
  n[at + slot.explicit] = connection.explicit ? 1 : 0;
  n[at + slot.peerStamp] = connection.peerTimestamp;
  n[at + slot.peerStampAt] = connection.peerTimestampAt;
  n[at + slot.lastAcknowledged] = connection.lastAcknowledged;
  n[at + slot.unreported] = connection.unreported;
  n[at + slot.quick] = connection.quickAcks;
  n[at + slot.acknowledgeAt] = connection.acknowledgeAt;
  n[at + slot.segment] = connection.segmentSize;
  n[at + slot.unacknowledged] = n[at + slot.sendNext] = connection.nextSequence;
  n[at + slot.stampOffset] = connection.timestampOffset;
  n[at + slot.smoothed] = roundTrip.smoothed;
  n[at + slot.variation] = roundTrip.variation;
  n[at + slot.timeout] = roundTrip.timeout;
  n[at + slot.least] = roundTrip.least;
  n[at + slot.lastSent] = connection.lastSentAt;
  n[at + slot.stalled] = connection.stalledSince;
  n[at + slot.heard] = connection.heardAt;
  n[at + slot.retransmitAt] = NEVER;
  n[at + slot.congestion] = congestion.window;
  n[at + slot.congestionSegment] = congestion.segment;
  n[at + slot.paceAt] = connection.paceAt;
  n[at + slot.sack] = connection.sack ? 1 : 0;
  n[at + slot.rackSent] = rack.sentAt;
  n[at + slot.rackEnd] = rack.end;
  n[at + slot.rackTrip] = rack.roundTrip;
  n[at + slot.rackHighest] = rack.highest;
  n[at + slot.rackStarted] = rack.started ? 1 : 0;
  n[at + slot.delivered] = connection.flight.delivered;
  n[at + slot.patience] = patience;
  n[at + slot.wayUntil] = until;
  n[at + slot.identification] = id;
  connection.deadline = NEVER;
}

/** Gives a connection its numbers back; `sent` gives so many bytes that are on their way, if any are. */
export function takeBack(
  n: Float64Array,
  at: number,
  connection: Connection,
  ends: LentEnds,
  sent: (count: number) => Uint8Array,
): void {
  ends.credit = n[at + slot.credit]!;
  if (n[at + slot.work] === 0) {
    // Nothing has come of it: only that the timer was away.
    connection.deadline = connection.acknowledgeAt;
    return;
  }
  const { incoming, roundTrip, rack, flight, outgoing } = connection;
  const next = n[at + slot.rcvNext]!;
  const unacknowledged = n[at + slot.unacknowledged]!;
  const nextSequence = n[at + slot.sendNext]!;
  if (n[at + slot.heard] !== connection.heardAt || next !== incoming.next) {
    connection.sendWindow = n[at + slot.sendWindow]!;
    connection.largestWindow = n[at + slot.largest]!;
    connection.windowSequence = n[at + slot.windowSequence]!;
    connection.windowAcknowledgment = unacknowledged;
    connection.peerTimestamp = n[at + slot.peerStamp]!;
    connection.peerTimestampAt = n[at + slot.peerStampAt]!;
    connection.heardAt = n[at + slot.heard]!;
    connection.quickAcks = n[at + slot.quick]!;
    incoming.next = next;
  }
  connection.windowEdge = n[at + slot.edge]!;
  connection.lastAcknowledged = n[at + slot.lastAcknowledged]!;
  connection.unreported = n[at + slot.unreported]!;
  connection.acknowledgeAt = n[at + slot.acknowledgeAt]!;
  connection.lastSentAt = n[at + slot.lastSent]!;
  connection.stalledSince = n[at + slot.stalled]!;
  connection.retransmitAt = n[at + slot.retransmitAt]!;
  if (unacknowledged !== connection.unacknowledged) {
    flight.delivered = n[at + slot.delivered]!;
    roundTrip.smoothed = n[at + slot.smoothed]!;
    roundTrip.variation = n[at + slot.variation]!;
    roundTrip.timeout = n[at + slot.timeout]!;
    roundTrip.least = n[at + slot.least]!;
    rack.sentAt = n[at + slot.rackSent]!;
    rack.end = n[at + slot.rackEnd]!;
    rack.roundTrip = n[at + slot.rackTrip]!;
    rack.highest = n[at + slot.rackHighest]!;
    rack.started = true;
    connection.unacknowledged = unacknowledged;
  }
  if (n[at + slot.sends]! > 0) {
    connection.retransmitKind = n[at + slot.probes] === 1 ? "probe-loss" : "timeout";
    connection.paceAt = n[at + slot.paceAt]!;
    connection.windowLimited = false;
    connection.nextSequence = nextSequence;
  }
  const count = distance(unacknowledged, nextSequence);
  if (count > 0) {
    recordSent(flight, unacknowledged, nextSequence, n[at + slot.sentAt]!);
    // A segment always fits the ring's first piece.
    reserve(outgoing, count);
    writeAt(outgoing, 0, sent(count), 0, count);
    outgoing.length = count;
  }
  connection.deadline = Math.min(connection.acknowledgeAt, connection.retransmitAt);
}
