// A segment arrives (RFC 9293 section 3.10.7): which connection it is for, and in which order it is looked at.
//
// Invariant: a segment either takes effect, or has none but one count and at most one answer. Answers to what could be forged
// are limited in rate (RFC 5961).

import type { PacketBuffer } from "../packet-buffer.ts";
import { takeToken } from "../rate-limit.ts";
import { type Refusal, refusal } from "../refusal.ts";
import { NEVER, type Turn } from "../turn.ts";
import { takeAcknowledgment } from "./acknowledge.ts";
import { CONNECTED, type Connection } from "./connection.ts";
import { answerUnacceptable, challenge, isAcceptable, refuseClosed, resetFor } from "./answers.ts";
import { takeExpected } from "./expected.ts";
import { takeMarks } from "./explicit-congestion.ts";
import { markLost, takeAcknowledged } from "./flight.ts";
import { acceptCookie, backlogRefusal, completeHandshake, takeSyn } from "./listen.ts";
import { takePeerSyn } from "./peer-syn.ts";
import { pump } from "./pump.ts";
import { takeText } from "./receive-text.ts";
import { isAwaited } from "./revive.ts";
import { sampleRoundTrip } from "./round-trip.ts";
import { ACK, CWR, ECE, RST, SYN, type TcpSegment } from "./segment.ts";
import { distance, isBefore, plus } from "./sequence.ts";
import { SYN_RECEIVED, SYN_SENT, TIME_WAIT, states } from "./states.ts";
import { type TcpTable, endConnection, findConnection, findListener, signal } from "./table.ts";
import { checkTimestamp, keepTimestamp } from "./timestamps.ts";

const badReset = refusal("tcp.reset");
const badSyn = refusal("tcp.syn");
const badAcknowledgment = refusal("tcp.acknowledgment");
const outside = refusal("tcp.window");
const later = refusal("tcp.awaited");

/** Takes in a parsed segment, or says why it is refused; `packet` holds its data. */
export function segmentArrived(
  tcp: TcpTable,
  turn: Turn,
  segment: TcpSegment,
  packet: PacketBuffer,
): Refusal | undefined {
  const { destination, destinationPort, source, sourcePort, flags } = segment;
  const found = findConnection(tcp, destination, destinationPort, source, sourcePort);
  const connection = found !== undefined && reopens(tcp, found, segment) ? undefined : found;
  if (connection === undefined) {
    if (tcp.awaited.length > 0 && awaits(tcp, segment)) return later;
    const listener = findListener(tcp, destination, destinationPort);
    if (listener === undefined) return refuseClosed(tcp, turn, segment);
    if ((flags & RST) !== 0) return badReset;
    if ((flags & ACK) === 0) return takeSyn(tcp, turn, listener, segment);
    const complete = acceptCookie(tcp, turn, listener, segment);
    if (complete === undefined) return refuseClosed(tcp, turn, segment);
    if (typeof complete === "number") return complete;
    return synchronized(tcp, turn, complete, segment, packet);
  }
  connection.heardAt = turn.now;
  if (connection.keepAlive > 0) {
    connection.keepAliveProbes = 0;
    connection.keepAliveAt = turn.now + connection.keepAlive;
  }
  if (takeExpected(tcp, connection, segment, packet, turn.now)) return undefined;
  if (connection.state === SYN_SENT) return answerOfSyn(tcp, turn, connection, segment, packet);
  return synchronized(tcp, turn, connection, segment, packet);
}

/** The peer sends it again, when the connection is back. */
function awaits(tcp: TcpTable, segment: TcpSegment): boolean {
  const { destination, destinationPort, source, sourcePort } = segment;
  return isAwaited(tcp, destination, destinationPort, source, sourcePort);
}

/** A SYN for ends in TIME-WAIT that is certainly new takes their place (RFC 9293 section 3.6.1, RFC 6191). */
function reopens(tcp: TcpTable, connection: Connection, segment: TcpSegment): boolean {
  if (connection.state !== TIME_WAIT) return false;
  if ((segment.flags & (SYN | ACK | RST)) !== SYN) return false;
  const stamped = connection.timestamps && segment.hasTimestamp;
  const newer = stamped
    ? distance(connection.peerTimestamp, segment.timestamp) > 0
    : isBefore(connection.incoming.next, segment.sequence);
  if (newer) endConnection(tcp, connection, "finished");
  return newer;
}

/** SYN-SENT (RFC 9293 section 3.10.7.3). */
function answerOfSyn(
  tcp: TcpTable,
  turn: Turn,
  connection: Connection,
  segment: TcpSegment,
  packet: PacketBuffer,
): Refusal | undefined {
  const { flags } = segment;
  const acknowledges = (flags & ACK) !== 0;
  if (acknowledges && segment.acknowledgment !== connection.nextSequence) {
    if ((flags & RST) === 0 && takeToken(tcp.resets, turn.now)) resetFor(tcp, segment);
    return badAcknowledgment;
  }
  if ((flags & RST) !== 0) {
    if (!acknowledges) return badReset;
    endConnection(tcp, connection, "refused");
    return undefined;
  }
  if ((flags & SYN) === 0) return badSyn;
  takePeerSyn(tcp, connection, segment, turn.now);
  if (!acknowledges) {
    // Both sides opened at once (figure 9): our SYN goes out again, with what we know now.
    connection.state = SYN_RECEIVED;
    markLost(connection.flight, connection.flight.segments[0]);
    pump(tcp, connection, turn.now);
    return undefined;
  }
  connection.explicit = tcp.settings.explicit && (flags & (ECE | CWR)) === ECE;
  const sent = takeAcknowledged(connection.flight, segment.acknowledgment);
  if (sent !== undefined && !sent.retransmitted) {
    sampleRoundTrip(connection.roundTrip, turn.now - sent.sentAt);
  }
  connection.unacknowledged = segment.acknowledgment;
  connection.sendWindow = segment.window;
  connection.largestWindow = segment.window;
  completeHandshake(tcp, connection, turn.now);
  signal(tcp, connection, CONNECTED);
  connection.acknowledgeNow = true;
  takeText(tcp, turn, connection, segment, packet);
  return undefined;
}

/** Every state from SYN-RECEIVED on (RFC 9293 section 3.10.7.4). */
function synchronized(
  tcp: TcpTable,
  turn: Turn,
  connection: Connection,
  segment: TcpSegment,
  packet: PacketBuffer,
): Refusal | undefined {
  const { now } = turn;
  const opening = connection.state === SYN_RECEIVED;
  if (opening && isRepeatedSyn(connection, segment)) {
    if ((segment.flags & ACK) === 0) {
      markLost(connection.flight, connection.flight.segments[0]);
      pump(tcp, connection, now);
      return undefined;
    }
    // The answer of a peer that opened at the same time: its SYN is known, the rest counts.
    segment.sequence = plus(segment.sequence, 1);
    segment.length -= 1;
    segment.flags &= ~SYN;
  }
  const aged = checkTimestamp(connection, segment, now);
  if (aged !== undefined) {
    answerUnacceptable(tcp, connection, segment, now);
    return aged;
  }
  if (!isAcceptable(connection, segment)) {
    if ((segment.flags & RST) === 0) answerUnacceptable(tcp, connection, segment, now);
    return outside;
  }
  if ((segment.flags & RST) !== 0) return takeReset(tcp, connection, segment, now);
  if ((segment.flags & SYN) !== 0) {
    challenge(tcp, connection, now);
    return badSyn;
  }
  if ((segment.flags & ACK) === 0) return badAcknowledgment;
  if (opening) {
    const { acknowledgment } = segment;
    if (acknowledgment !== connection.nextSequence) {
      if (takeToken(tcp.resets, now)) resetFor(tcp, segment);
      return badAcknowledgment;
    }
    const full = backlogRefusal(tcp, connection);
    if (full !== undefined) return full;
    connection.largestWindow = connection.sendWindow;
    takeAcknowledgment(tcp, connection, segment, now);
    completeHandshake(tcp, connection, now);
  } else {
    const ahead = distance(connection.unacknowledged, segment.acknowledgment);
    const sent = distance(connection.unacknowledged, connection.nextSequence);
    // What was never sent, or was acknowledged too long ago (RFC 5961 section 5.2).
    if (ahead > sent || -ahead > Math.max(connection.largestWindow, 65_535)) {
      challenge(tcp, connection, now);
      return badAcknowledgment;
    }
    if (ahead >= 0) takeAcknowledgment(tcp, connection, segment, now);
    if (connection.sendWindow === 0) connection.stalledSince = now;
  }
  keepTimestamp(connection, segment, now);
  if (connection.explicit) takeMarks(connection, segment);
  takeText(tcp, turn, connection, segment, packet);
  return undefined;
}

function isRepeatedSyn(connection: Connection, segment: TcpSegment): boolean {
  return (segment.flags & SYN) !== 0 && segment.sequence === connection.peerInitialSequence;
}

/** A reset counts only with exactly the expected number (RFC 5961 section 3.2). */
function takeReset(
  tcp: TcpTable,
  connection: Connection,
  segment: TcpSegment,
  now: number,
): Refusal | undefined {
  if (segment.sequence !== connection.incoming.next) {
    challenge(tcp, connection, now);
    return badReset;
  }
  // RFC 1337: TIME-WAIT is not cut short by anybody.
  if (connection.state === TIME_WAIT) return badReset;
  const refused = connection.state === SYN_RECEIVED && connection.listener === 0;
  endConnection(tcp, connection, refused ? "refused" : "reset");
  return undefined;
}

/** An ICMP error about our SYN: there is no way to that host or port. `sequence`: of the packet that it quotes. */
export function tcpUndeliverable(
  tcp: TcpTable,
  localAddress: number,
  localPort: number,
  remoteAddress: number,
  remotePort: number,
  sequence: number,
): boolean {
  const connection = findConnection(tcp, localAddress, localPort, remoteAddress, remotePort);
  if (connection === undefined) return false;
  const flight = distance(connection.unacknowledged, sequence);
  // Nobody off the path knows the number (RFC 5927 section 4.1).
  if (flight < 0 || flight > distance(connection.unacknowledged, connection.nextSequence)) {
    return false;
  }
  // In a connection that stands, the error is but a sign, and the path may mend (RFC 1122 section 4.2.3.9).
  if (states[connection.state].synchronized) return true;
  endConnection(tcp, connection, "unreachable");
  connection.deadline = NEVER;
  return true;
}
