// The state that the kernel `lane` and this server share: where each number lies in one array of doubles (tape/kernels/lane.tape).
//
// Invariant: the same as there, by a test.

/** The head. */
export const head = {
  /** bytes of messages that a call has made */
  out: 0,
  /** the next timer, milliseconds */
  due: 1,
  /** the stack's clock beside the system's, and the latest time of that */
  ahead: 2,
  latest: 3,
  /** the card's send slots and batches (card-buffers.ts) */
  room: 4,
  next: 5,
  taken: 6,
  pieces: 7,
  slots: 8,
  /** the channel of the card's driver */
  cardKey: 9,
  card: 10,
  port: 11,
  /** the station's address */
  mac: 12,
  /** what has come and gone */
  framesIn: 13,
  bytesIn: 14,
  framesOut: 15,
  bytesOut: 16,
  /** connections that are lent */
  count: 17,
  /** why the first event was left that was; 0: none was */
  why: 18,
} as const;

/** Numbers of the head. */
export const HEAD = 24;

/** A connection: what has the name of a part of it (tcp/connection.ts), and what is said here. */
export const slot = {
  /** events that were dealt with */
  work: 0,
  /** the client's channel */
  key: 1,
  handle: 2,
  /** ends: `ports` the remote one in the upper half, `ownPorts` the own one */
  remote: 3,
  local: 4,
  ports: 5,
  ownPorts: 6,
  /** 0 or 1 */
  stamped: 7,
  rcvNext: 8,
  edge: 9,
  mark: 10,
  /** of the receive buffer */
  limit: 11,
  scale: 12,
  windowSequence: 13,
  /** as the peer's header says it */
  window: 14,
  sendWindow: 15,
  peerStamp: 16,
  peerStampAt: 17,
  lastAcknowledged: 18,
  unreported: 19,
  quick: 20,
  acknowledgeAt: 21,
  segment: 22,
  unacknowledged: 23,
  sendNext: 24,
  sentAt: 25,
  stampOffset: 26,
  smoothed: 27,
  variation: 28,
  timeout: 29,
  least: 30,
  lastSent: 31,
  stalled: 32,
  heard: 33,
  retransmitAt: 34,
  /** what the retransmission timer is for: 1 a loss probe */
  probes: 35,
  congestion: 36,
  congestionSegment: 37,
  paceAt: 38,
  sack: 39,
  rackSent: 40,
  rackEnd: 41,
  rackTrip: 42,
  rackHighest: 43,
  rackStarted: 44,
  delivered: 45,
  /** the user timeout */
  patience: 46,
  credit: 47,
  /** when the neighbour is asked again */
  wayUntil: 48,
  identification: 49,
  /** segments with data that were sent */
  sends: 50,
  sendScale: 51,
  largest: 52,
  explicit: 53,
} as const;

/** Numbers of a connection. */
export const STRIDE = 56;
/** Bytes of a connection in `store`: its way, and behind that what is on its way. */
export const STORE = 2048;
export const WAY = 64;

/** Why an event was left. */
export const why = {
  clock: 1,
  timer: 2,
  event: 3,
  batch: 4,
  frame: 5,
  stranger: 6,
  segment: 7,
  room: 8,
  call: 9,
  window: 10,
} as const;
