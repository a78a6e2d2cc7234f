// One connection's whole state (the transmission control block of RFC 9293 section 3.3.1).
//
// Invariant: plain data: no closure and no reference to the world, so that it can be looked at, copied and moved. Times are in
// milliseconds, NEVER where a timer does not run; windows are in bytes, already scaled.

import { type ByteRing, type MemoryAccount, createRing } from "./byte-ring.ts";
import { type CongestionState, createCongestion } from "./congestion.ts";
import { type Flight, createFlight } from "./flight.ts";
import { type Rack, createRack } from "./rack.ts";
import { type RateReduction, createRateReduction } from "./rate-reduction.ts";
import { type Reassembly, createReassembly } from "./reassembly.ts";
import { type RoundTrip, createRoundTrip } from "./round-trip.ts";
import { DEFAULT_MSS, QUICK_ACKS, type TcpSettings } from "./settings.ts";
import { type SlowStart, createSlowStart } from "./slow-start.ts";
import { type TimeoutDoubt, createTimeoutDoubt } from "./spurious-timeout.ts";
import { NEVER } from "../turn.ts";

/** What happened to a connection since its user last looked, as bits of `events`. */
export const CONNECTED = 1;
/** Bytes, or the peer's end, can be received. */
export const READABLE = 2;
/** The send buffer has room again. */
export const WRITABLE = 4;
/** The connection is over; `outcome` says how. */
export const ENDED = 8;

/** How a connection ended; "" while it has not. */
export type TcpOutcome =
  | ""
  | "finished"
  | "refused"
  | "reset"
  | "timed-out"
  | "unreachable"
  | "aborted";

/** The addresses and ports of both ends. */
export interface Ends {
  readonly localAddress: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
}

export class Connection implements Ends {
  readonly id: number;
  readonly localAddress: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
  /** The listener whose backlog it is in, 0 for none. */
  listener = 0;
  /** A row of states.ts. */
  state: number;
  events = 0;
  /** Whether it stands in the list of those with events. */
  signalled = false;
  outcome: TcpOutcome = "";
  /** Its user has closed it and reads no more. */
  detached = false;
  /** At how many turns' ends it was plain (../lane/lane.ts). */
  plainTurns = 0;

  // Sending.
  initialSequence = 0;
  /** SND.UNA and SND.NXT. */
  unacknowledged = 0;
  nextSequence = 0;
  sendWindow = 0;
  /** SND.WL1 and SND.WL2. */
  windowSequence = 0;
  windowAcknowledgment = 0;
  largestWindow = 0;
  sendScale = 0;
  /** Both sides scale their windows. */
  scaling = false;
  /** Data bytes of a full segment, options taken off. */
  segmentSize: number = DEFAULT_MSS;
  /** Length of a full packet, and the longest that both sides could take; packet-size.ts. */
  packetSize = DEFAULT_MSS + 40;
  mostPacket = DEFAULT_MSS + 40;
  /** A probe for longer packets: its length (0: none is out) and numbers, when the next one may go, and what is worth a try. */
  probeSize = 0;
  probeStart = 0;
  probeEnd = 0;
  probeAt = 0;
  probeMost = 0;
  readonly outgoing: ByteRing;
  finQueued = false;
  finSent = false;
  noDelay = false;
  /** A send was cut short: tell when there is room again. */
  wantsRoom = false;
  readonly flight: Flight = createFlight();
  congestion: CongestionState = createCongestion(DEFAULT_MSS);
  readonly roundTrip: RoundTrip = createRoundTrip();
  readonly slowStart: SlowStart = createSlowStart();
  readonly reduction: RateReduction = createRateReduction();
  readonly rack: Rack = createRack();
  /** Duplicate acknowledgements of a peer without SACK. */
  duplicates = 0;
  recovering = false;
  /** Recovery ends when this is acknowledged. */
  recoveryEnd = 0;
  /** Recovery after a timeout: the window grows as in slow start. */
  afterTimeout = false;
  readonly doubt: TimeoutDoubt = createTimeoutDoubt();
  /** Both sides tell each other of marked packets (ECN); explicit-congestion.ts. */
  explicit = false;
  echoCongestion = false;
  tellSlower = false;
  markedUntil = 0;
  /** The window, not the user, held segments back. */
  windowLimited = false;
  lastSentAt = 0;
  /** When the next segment may leave, and, where one waits for that, when to go on; pacing.ts. */
  paceAt = 0;
  paceTimer = NEVER;

  // Receiving.
  peerInitialSequence = 0;
  readonly incoming: Reassembly;
  /** Behind the last byte that the peer was allowed to send. */
  windowEdge = 0;
  receiveScale = 0;
  /** The window's edge when it was last measured how fast it fills, and when that was. */
  windowMark = 0;
  windowMarkAt = 0;
  peerFinished = false;
  /** The peer's FIN has come early, with this sequence number. */
  finAhead = false;
  finAheadAt = 0;
  sack = false;
  timestamps = false;
  /** TS.Recent and when it came. */
  peerTimestamp = 0;
  peerTimestampAt = 0;
  timestampOffset = 0;
  /** What the last segment acknowledged (Last.ACK.sent). */
  lastAcknowledged = 0;
  /** Bytes since then. */
  unreported = 0;
  acknowledgeNow = false;
  quickAcks: number = QUICK_ACKS;
  /** Challenge and duplicate acknowledgements left, and when that was counted. */
  challenges = 10;
  challengedAt = 0;

  // Timers.
  /** The earliest of the others. */
  deadline = NEVER;
  retransmitAt = NEVER;
  /** What `retransmitAt` is for. */
  retransmitKind: "timeout" | "probe-loss" | "probe-window" = "timeout";
  windowProbes = 0;
  rackAt = NEVER;
  acknowledgeAt = NEVER;
  /** When the segment that waits longest was first sent, or the last sign of life of a closed window. */
  stalledSince = 0;
  heardAt = 0;
  /** Silence after which the peer is asked; 0: never. */
  keepAlive = 0;
  keepAliveProbes = 0;
  keepAliveAt = NEVER;
  /** The end of TIME-WAIT, of an abandoned FIN-WAIT-2, or of the user's patience. */
  expiresAt = NEVER;

  constructor(
    id: number,
    state: number,
    ends: Ends,
    settings: TcpSettings,
    account: MemoryAccount,
    now: number,
  ) {
    this.id = id;
    this.state = state;
    this.localAddress = ends.localAddress;
    this.localPort = ends.localPort;
    this.remoteAddress = ends.remoteAddress;
    this.remotePort = ends.remotePort;
    this.outgoing = createRing(settings.sendLimit, account);
    this.incoming = createReassembly(settings.receiveLimit, account);
    this.stalledSince = now;
    this.heardAt = now;
    this.challengedAt = now;
    this.lastSentAt = now;
    const most = Math.max(settings.receiveLimit, settings.receiveMost);
    while (most >>> this.receiveScale > 65_535) this.receiveScale += 1;
  }
}

/**
 * What both sides' options and the path agree on: segment size and what follows from it. `peerMss` 0: not said; `interfaceMtu` and
 * `pathMtu`: longest packets of our side and of what is known of the path.
 */
export function agreeSegmentSize(
  connection: Connection,
  peerMss: number,
  interfaceMtu: number,
  pathMtu: number,
): void {
  const most = Math.min((peerMss === 0 ? DEFAULT_MSS : peerMss) + 40, interfaceMtu);
  connection.mostPacket = most;
  connection.probeMost = most;
  connection.packetSize = Math.min(most, pathMtu);
  connection.segmentSize = connection.packetSize - (connection.timestamps ? 52 : 40);
  connection.congestion = createCongestion(connection.segmentSize);
}
