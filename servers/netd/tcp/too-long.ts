// A router reports that packets of a connection are too long for it (RFC 1191).
//
// Invariant: only who has seen a packet that is on its way now can report it (RFC 5927 section 7.2); a report is no sign of congestion.

import type { Connection } from "./connection.ts";
import { markLost } from "./flight.ts";
import { AFTER_REPORT, HEADERS, TIMESTAMPS, setPacketSize } from "./packet-size.ts";
import { pump } from "./pump.ts";
import { distance } from "./sequence.ts";
import { states } from "./states.ts";
import type { TcpTable } from "./table.ts";

/** Whether the packet of `length` bytes with this sequence number has been sent, and not yet been acknowledged. */
export function isOnItsWay(connection: Connection, sequence: number, length: number): boolean {
  const { segments } = connection.flight;
  const headers = HEADERS + (connection.timestamps ? TIMESTAMPS : 0);
  for (let index = 0; index < segments.length; index++) {
    const { start, end } = segments[index];
    if (start === sequence) return length <= distance(start, end) + headers;
  }
  return false;
}

/** The path to a host takes packets of `size` bytes: every connection there keeps to it, and what was longer goes out again. */
export function keepToPathMtu(tcp: TcpTable, remote: number, size: number, now: number): void {
  const { connections } = tcp;
  for (let index = connections.length - 1; index >= 0; index--) {
    const each = connections[index];
    if (each === undefined || each.remoteAddress !== remote) continue;
    if (!states[each.state].sends || size >= each.mostPacket) continue;
    const lower = size < each.packetSize;
    if (!lower && each.probeSize <= size) continue;
    each.probeSize = 0;
    setPacketSize(each, size);
    each.probeMost = each.mostPacket;
    each.probeAt = now + AFTER_REPORT;
    sendShorter(each);
    pump(tcp, each, now);
  }
}

/** What is too long now counts as lost, but is no sign of congestion. */
function sendShorter(connection: Connection): void {
  const { flight, segmentSize } = connection;
  for (let index = 0; index < flight.segments.length; index++) {
    const each = flight.segments[index];
    // A FIN takes a number, but no room.
    if (distance(each.start, each.end) > segmentSize + 1) markLost(flight, each);
  }
}
