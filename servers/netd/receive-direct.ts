// Plain segments of TCP whose headers a kernel has read: to the connection, without anything being parsed here.
//
// Invariant: what is taken in here has the effect that it has by the long way (receive-run.ts); all else is left to that.

import type { Stack } from "./stack.ts";
import type { Payload } from "./tcp/byte-ring.ts";
import { takeExpected } from "./tcp/expected.ts";
import { ACK, PSH } from "./tcp/segment.ts";
import { findConnection } from "./tcp/table.ts";
import type { Turn } from "./turn.ts";

/** What the kernel says of a segment's headers, beside the window (`tell` in tape/kernels/frames.tape). */
const SAYS = 0xf0000;
/** To this station, with a timestamp or without options. */
const STAMPED = 0x30000;
const BARE = 0x90000;

/** Takes the run in whose numbers begin at `at` of `runs` and whose data is `payload`, when it is what its connection expects; false: nothing was done. */
export function directArrived(
  stack: Stack,
  turn: Turn,
  runs: Uint32Array,
  at: number,
  payload: Payload,
): boolean {
  const headers = runs[at + 5]!;
  const data = runs[at + 4]!;
  if (headers === 0 || data === 0 || (runs[at + 7]! & ~PSH) !== ACK) return false;
  const window = runs[at + 13]!;
  const stamped = (window & SAYS) === STAMPED;
  if (!stamped && (window & SAYS) !== BARE) return false;
  const { tcp, counters, incoming } = stack;
  const remote = runs[at + 8]!;
  const local = runs[at + 9]!;
  const ports = runs[at + 10]!;
  let connection = tcp.recent;
  if (
    connection === undefined ||
    connection.remoteAddress !== remote ||
    connection.remotePort * 65_536 + connection.localPort !== ports ||
    connection.localAddress !== local
  ) {
    connection = findConnection(tcp, local, ports & 0xffff, remote, ports >>> 16);
    if (connection === undefined) return false;
    tcp.recent = connection;
  }
  if (connection.keepAlive > 0) return false;
  const segment = stack.headers.tcp;
  segment.sequence = runs[at + 11]!;
  segment.acknowledgment = runs[at + 12]!;
  segment.flags = runs[at + 7]!;
  segment.congested = false;
  segment.window = window & 0xffff;
  segment.dataStart = 0;
  segment.dataEnd = segment.length = data;
  segment.sackCount = 0;
  segment.hasTimestamp = stamped;
  if (stamped) segment.timestamp = runs[at + 14]!;
  const { now } = turn;
  stack.tcpClock.now = now;
  incoming.payload = payload;
  const taken = takeExpected(tcp, connection, segment, incoming, now);
  incoming.payload = undefined;
  if (!taken) return false;
  connection.heardAt = now;
  const frames = runs[at + 6]!;
  counters.framesReceived += frames;
  counters.bytesReceived += data + headers * frames;
  return true;
}
