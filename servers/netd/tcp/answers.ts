// Answers to segments that fit nowhere: resets, duplicate and challenge acknowledgements.
//
// Invariant: no segment gets more than one answer, and what could be forged is answered within limits (RFC 5961 section 7).

import { takeToken } from "../rate-limit.ts";
import { type Refusal, refusal } from "../refusal.ts";
import type { Turn } from "../turn.ts";
import type { Connection } from "./connection.ts";
import { sendBare } from "./emit.ts";
import { pump } from "./pump.ts";
import { ACK, RST, SYN, type TcpSegment } from "./segment.ts";
import { distance, isBefore, plus } from "./sequence.ts";
import { TIME_WAIT } from "./states.ts";
import type { TcpTable } from "./table.ts";

const closedPort = refusal("tcp.closed");

/** Most challenge acknowledgements of one connection at once, and how many come back in a second. */
const CHALLENGES = 10;

/** No connection and no listener: a reset, but for a reset (RFC 9293 section 3.10.7.1). */
export function refuseClosed(tcp: TcpTable, turn: Turn, segment: TcpSegment): Refusal {
  if ((segment.flags & RST) === 0 && takeToken(tcp.resets, turn.now)) resetFor(tcp, segment);
  return closedPort;
}

export function resetFor(tcp: TcpTable, segment: TcpSegment): void {
  const ends = {
    localAddress: segment.destination,
    localPort: segment.destinationPort,
    remoteAddress: segment.source,
    remotePort: segment.sourcePort,
  };
  if ((segment.flags & ACK) !== 0) sendBare(tcp, ends, segment.acknowledgment, 0, RST);
  else sendBare(tcp, ends, 0, plus(segment.sequence, segment.length), RST | ACK);
}

/** Table 6 of RFC 9293: whether something of the segment lies in the receive window. */
export function isAcceptable(connection: Connection, segment: TcpSegment): boolean {
  const { incoming, windowEdge } = connection;
  const first = distance(incoming.next, segment.sequence);
  const window = distance(incoming.next, windowEdge);
  // A closed window lets acknowledgements in, even of a peer whose probe is out (section 3.10.7.4).
  if (segment.length === 0) return first >= 0 && (window > 0 ? first < window : first <= 1);
  if (window <= 0) return false;
  const last = first + segment.length - 1;
  return (first >= 0 && first < window) || (last >= 0 && last < window);
}

/** Tells the peer what is expected; bytes that came again are answered always, and nothing else beyond the limit. */
export function answerUnacceptable(
  tcp: TcpTable,
  connection: Connection,
  segment: TcpSegment,
  now: number,
): void {
  if (connection.state === TIME_WAIT) {
    if ((segment.flags & SYN) !== 0) return;
    connection.expiresAt = now + tcp.settings.timeWaitSpan;
  }
  const { incoming } = connection;
  const end = plus(segment.sequence, segment.length);
  if (segment.length > 0 && !isBefore(incoming.next, end)) {
    incoming.duplicateStart = segment.sequence;
    incoming.duplicateEnd = end;
    connection.acknowledgeNow = true;
    pump(tcp, connection, now);
  } else challenge(tcp, connection, now);
}

/** An acknowledgement that makes an honest peer show itself, limited for the connection and for all (RFC 5961 section 7). */
export function challenge(tcp: TcpTable, connection: Connection, now: number): void {
  const passed = now - connection.challengedAt;
  if (passed > 0) {
    connection.challengedAt = now;
    const back = (passed * CHALLENGES) / 1000;
    connection.challenges = Math.min(CHALLENGES, connection.challenges + back);
  }
  if (connection.challenges < 1 || !takeToken(tcp.challenges, now)) return;
  connection.challenges -= 1;
  connection.acknowledgeNow = true;
  pump(tcp, connection, now);
}
