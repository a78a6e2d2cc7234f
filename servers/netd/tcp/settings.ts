// The figures of TCP, in bytes and milliseconds.
//
// Invariant: what one peer, one client or a flood can make the table hold is bounded by these alone.

/** What a table is made with. */
export interface TcpSettings {
  /** Connections in all, those in TIME-WAIT not counted. */
  readonly connections: number;
  /** Connections that have not completed their handshake; beyond, SYN cookies answer. */
  readonly halfOpen: number;
  /** Connections in TIME-WAIT; the oldest goes first. */
  readonly timeWait: number;
  /** Bytes of all buffers together. */
  readonly memory: number;
  /** Bytes that a connection's send buffer holds at first, and at most (buffer-size.ts). */
  readonly sendLimit: number;
  readonly sendMost: number;
  /** Bytes that a connection's receive buffer, and its window, holds at first, and at most. */
  readonly receiveLimit: number;
  readonly receiveMost: number;
  /** Without progress for so long a connection is given up (RFC 1122 section 4.2.3.5: at least 100 s). */
  readonly userTimeout: number;
  /** Twice the longest life of a segment (RFC 9293 section 3.4.2 suggests 2 × 2 min; peers use 60 s). */
  readonly timeWaitSpan: number;
  /** Packets may be marked instead of dropped (RFC 3168), where the peer agrees. */
  readonly explicit: boolean;
  /** Which congestion control. */
  readonly congestion: "new-reno" | "cubic";
  /** What nearly every segment is, is done by a short way (expected.ts, send-expected.ts), with the same effect. */
  readonly shortcuts: boolean;
}

/** What a server on a small machine uses. */
export const standardSettings: TcpSettings = {
  connections: 192,
  halfOpen: 48,
  timeWait: 64,
  memory: 36 << 20,
  sendLimit: 128 << 10,
  sendMost: 2 << 20,
  receiveLimit: 128 << 10,
  receiveMost: 65_535 << 5,
  userTimeout: 100_000,
  timeWaitSpan: 60_000,
  explicit: true,
  congestion: "cubic",
  shortcuts: true,
};

/** Largest segment that this host asks for in a SYN cookie, whose three bits know no longer one. */
export const OWN_MSS = 1460;
/** What a peer takes that does not say (RFC 9293 section 3.7.1). */
export const DEFAULT_MSS = 536;
/** A delayed acknowledgement leaves within this time (RFC 9293 section 3.8.6.3: below 500). */
export const DELAYED_ACK = 40;
/** First segments of a connection that are acknowledged at once, so that the peer's window opens fast. */
export const QUICK_ACKS = 16;
/** Bounds of the retransmission timeout (RFC 6298; its lower bound of 1 s is a SHOULD that no peer keeps). */
export const RTO_FIRST = 1_000;
export const RTO_LEAST = 200;
export const RTO_MOST = 60_000;
/** How long cookies are believed after the last one was sent. */
export const COOKIE_LIFE = 128_000;
/** So long after its last SYN a flood counts as going on, and so long a timeout is at most meanwhile, unless the path is longer. */
export const FLOOD_LIFE = 5_000;
export const FLOOD_TIMEOUT = 1_000;
/** Longest pause between probes of a closed window: several fit into the user's patience, for some are lost. */
export const PROBE_MOST = 15_000;
/** A FIN-WAIT-2 that nobody reads any more ends after this time. */
export const FIN_WAIT_2_SPAN = 60_000;
/** Keep-alive (RFC 9293 section 3.8.4), where the user asked for it: pause between probes, and how many. */
export const KEEP_ALIVE_PAUSE = 75_000;
export const KEEP_ALIVE_PROBES = 9;
/** Out-of-order ranges that a receiver keeps. */
export const MAX_RANGES = 512;
/** Segments on their way that a sender keeps count of. */
export const MAX_FLIGHT = 2048;
/** A timestamp older than this says nothing (RFC 7323 section 5.5), in milliseconds. */
export const TIMESTAMP_LIFE = 24 * 86_400_000;
