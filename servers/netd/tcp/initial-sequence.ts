// Numbers that nobody outside may guess: initial sequence numbers (RFC 6528), timestamp offsets (RFC 7323 section 5.4), ports
// (RFC 6056 algorithm 3). Those of SYN cookies are in cookie.ts.
//
// Invariant: each is a keyed hash of the connection's ends and its own purpose.

import type { Ends } from "./connection.ts";
import { isAwaited } from "./revive.ts";
import { plus } from "./sequence.ts";
import { type TcpTable, findConnection } from "./table.ts";

const FOR_SEQUENCE = 1;
const FOR_TIMESTAMP = 2;
const FOR_PORT = 3;
/** Ports of connections that this host opens (RFC 6335 section 6). */
const FIRST_PORT = 49_152;
const PORTS = 16_384;

function hashEnds(tcp: TcpTable, ends: Ends, purpose: number): number {
  const ports = ends.localPort * 65_536 + ends.remotePort;
  return tcp.world.hash(ends.localAddress, ends.remoteAddress, ports, purpose);
}

/** The initial sequence number: a clock of 4 µs plus the hash. `now` in milliseconds. */
export function initialSequence(tcp: TcpTable, ends: Ends, now: number): number {
  const clock = Math.floor(now * 250) % 4294967296;
  return plus(hashEnds(tcp, ends, FOR_SEQUENCE), clock);
}

/** What is added to the time in this connection's timestamps. */
export function timestampOffset(tcp: TcpTable, ends: Ends): number {
  return hashEnds(tcp, ends, FOR_TIMESTAMP);
}

/** A port that is free towards this peer; 0 when all are taken. */
export function choosePort(
  tcp: TcpTable,
  localAddress: number,
  remoteAddress: number,
  remotePort: number,
): number {
  const offset = tcp.world.hash(localAddress, remoteAddress, remotePort, FOR_PORT);
  for (let tries = 0; tries < PORTS; tries++) {
    const port = FIRST_PORT + ((offset + tcp.nextPort++) % PORTS);
    if (tcp.listeners.some((each) => each.port === port)) continue;
    if (findConnection(tcp, localAddress, port, remoteAddress, remotePort) !== undefined) continue;
    if (!isAwaited(tcp, localAddress, port, remoteAddress, remotePort)) return port;
  }
  return 0;
}
