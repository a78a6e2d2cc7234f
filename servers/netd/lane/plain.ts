// Whether a connection is so plain that a kernel can go on with it: nothing is on its way, waits or is mended, so that a few numbers say all.
//
// Invariant: what the short ways ask of a connection (../tcp/expected.ts, ../tcp/send-expected.ts) and the kernel does not look at holds here.

import { isShared } from "../tcp/byte-ring.ts";
import type { Connection } from "../tcp/connection.ts";
import { ESTABLISHED } from "../tcp/states.ts";
import { NEVER } from "../turn.ts";

/** Of a connection that stands; cheap tests first, since this is asked once a turn. */
export function isPlain(connection: Connection): boolean {
  const { outgoing, incoming, flight, sendWindow, sendScale } = connection;
  if (connection.state !== ESTABLISHED || outgoing.length > 0 || isShared(outgoing)) return false;
  if (incoming.ring.length > 0 || incoming.ranges.length > 0) return false;
  if (flight.segments.length > 0 || connection.events !== 0) return false;
  if (connection.detached || connection.outcome !== "" || connection.signalled) return false;
  return isCalm(connection) && (sendWindow >>> sendScale) << sendScale === sendWindow;
}

function isCalm(connection: Connection): boolean {
  const { incoming, roundTrip } = connection;
  if (connection.finQueued || connection.finAhead || connection.peerFinished) return false;
  if (incoming.duplicateStart !== incoming.duplicateEnd) return false;
  if (connection.echoCongestion || connection.tellSlower) return false;
  if (connection.recovering || connection.rack.probing || connection.doubt.phase > 0) return false;
  if (connection.duplicates > 0 || connection.windowProbes > 0) return false;
  if (connection.wantsRoom || connection.acknowledgeNow || connection.probeSize > 0) return false;
  if (connection.packetSize < connection.mostPacket || connection.sendWindow === 0) return false;
  if (connection.keepAlive > 0 || connection.expiresAt !== NEVER) return false;
  if (connection.retransmitAt !== NEVER || connection.paceTimer !== NEVER) return false;
  return connection.rackAt === NEVER && roundTrip.smoothed > 0 && roundTrip.backOff === 0;
}
