// A connection out of what outlives the end of its netd: its ends, what both sides agreed on, and how far they had come.
//
// Invariant: what this connection acknowledges, the one before had acknowledged or taken in, and it sends no number that the peer
// has not been promised. What is not known any more begins as on a new connection: round trip, windows, what was on its way.

import { NEVER } from "../turn.ts";
import { createCongestion } from "./congestion.ts";
import type { Connection, Ends } from "./connection.ts";
import { SentSegment } from "./flight.ts";
import { distance, plus } from "./sequence.ts";
import { CLOSE_WAIT, CLOSING, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, LAST_ACK } from "./states.ts";
import { type TcpTable, addConnection, findConnection } from "./table.ts";

/** What changes with the segments. */
export interface Progress {
  readonly state: number;
  readonly unacknowledged: number;
  readonly nextSequence: number;
  /** RCV.NXT. */
  readonly expected: number;
  readonly peerFinished: boolean;
  readonly finQueued: boolean;
  readonly finSent: boolean;
}

/** All that is kept of a connection. */
export interface Remains extends Ends, Progress {
  readonly sendScale: number;
  readonly receiveScale: number;
  readonly scaling: boolean;
  readonly mostPacket: number;
  readonly sack: boolean;
  readonly timestamps: boolean;
  readonly explicit: boolean;
  readonly timestampOffset: number;
  readonly peerTimestamp: number;
}

const LIVING = [ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK];

/** What would be kept of it now. */
export function remainsOf(connection: Connection): Remains {
  return { ...connection, expected: connection.incoming.next };
}

/** Whether something of the connection is still to be done, so that it is worth keeping. */
export function isLiving(state: number): boolean {
  return LIVING.includes(state);
}

/**
 * The connection goes on, with empty buffers: the caller puts its bytes there, `sending` of them not acknowledged, and calls `pump`. Undefined
 * where the numbers contradict each other, or the table is full.
 */
export function reviveConnection(
  tcp: TcpTable,
  kept: Remains,
  sending: number,
  now: number,
): Connection | undefined {
  const { localAddress, localPort, remoteAddress, remotePort } = kept;
  const { unacknowledged, nextSequence, expected, finSent } = kept;
  const sent = distance(unacknowledged, nextSequence);
  if (!isLiving(kept.state) || sent < 0 || sent > sending + +finSent) return undefined;
  // Behind our FIN there is nothing; it may be acknowledged.
  if (finSent && sent < sending) return undefined;
  if (findConnection(tcp, localAddress, localPort, remoteAddress, remotePort)) return undefined;
  const connection = addConnection(tcp, kept.state, kept, now);
  if (connection === undefined) return undefined;
  connection.sendScale = kept.sendScale;
  connection.receiveScale = kept.receiveScale;
  connection.scaling = kept.scaling;
  connection.sack = kept.sack;
  connection.timestamps = kept.timestamps;
  connection.explicit = kept.explicit;
  connection.timestampOffset = kept.timestampOffset;
  connection.peerTimestamp = kept.peerTimestamp;
  connection.peerTimestampAt = now;
  connection.mostPacket = connection.probeMost = kept.mostPacket;
  connection.packetSize = Math.min(kept.mostPacket, tcp.world.pathMtu(remoteAddress));
  connection.segmentSize = connection.packetSize - (kept.timestamps ? 52 : 40);
  connection.congestion = createCongestion(connection.segmentSize);
  connection.initialSequence = unacknowledged;
  connection.unacknowledged = unacknowledged;
  connection.nextSequence = nextSequence;
  connection.finQueued = kept.finQueued;
  connection.finSent = finSent;
  // The peer's window is not known any more: the first acknowledgement says it.
  connection.sendWindow = connection.largestWindow = Math.max(sent, 4 * connection.segmentSize);
  connection.windowSequence = plus(expected, -1);
  connection.windowAcknowledgment = unacknowledged;
  connection.incoming.next = connection.windowEdge = expected;
  connection.lastAcknowledged = expected;
  connection.peerInitialSequence = plus(expected, -1);
  connection.peerFinished = connection.finAhead = kept.peerFinished;
  connection.finAheadAt = plus(expected, -1);
  connection.acknowledgeNow = true;
  if (sent > 0) holdForLost(connection, now);
  return connection;
}

/** As after a timeout: all that was on its way is sent again. */
function holdForLost(connection: Connection, now: number): void {
  const { flight, unacknowledged, nextSequence } = connection;
  const segment = new SentSegment(unacknowledged, nextSequence, now);
  segment.lost = segment.retransmitted = true;
  flight.segments.push(segment);
  flight.lostCount = 1;
  connection.recovering = connection.afterTimeout = true;
  connection.recoveryEnd = nextSequence;
  connection.retransmitAt = NEVER;
}

/** Ends that nobody may take, and whose segments wait for the connection that comes back. */
export function isAwaited(
  tcp: TcpTable,
  localAddress: number,
  localPort: number,
  remoteAddress: number,
  remotePort: number,
): boolean {
  const { awaited } = tcp;
  for (let index = 0; index < awaited.length; index++) {
    const each = awaited[index];
    if (
      each.remotePort === remotePort &&
      each.localPort === localPort &&
      each.remoteAddress === remoteAddress &&
      each.localAddress === localAddress
    ) {
      return true;
    }
  }
  return false;
}
