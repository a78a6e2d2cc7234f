// Packets longer than the wire takes, cut into frames on their way out: what they cost is shared by many frames.
//
// Invariant: a long packet is a whole number of full segments, all of which the windows allow now; it is one entry of the flight, which
// reports of its parts cut. While the way out is full nothing new is made that would be lost there.

import type { Connection } from "./connection.ts";
import { paceBurst } from "./pacing.ts";
import { distance } from "./sequence.ts";
import type { TcpTable } from "./table.ts";

/** Data bytes of the longest: with its headers it is a packet of IPv4. */
const MOST = 64_000;

/** How many data bytes the next packet has, of which one full segment may certainly go; `onWire`: bytes in flight. */
export function longLength(
  tcp: TcpTable,
  connection: Connection,
  unsent: number,
  onWire: number,
): number {
  const { segmentSize, localAddress, remoteAddress, congestion } = connection;
  const { longest } = tcp.world;
  // Where the path was found to be narrow, every frame counts.
  if (longest === undefined || connection.packetSize !== connection.mostPacket) return segmentSize;
  const frames = longest(localAddress, remoteAddress);
  if (frames < 2) return segmentSize;
  const sent = distance(connection.unacknowledged, connection.nextSequence);
  const most = Math.min(
    unsent,
    connection.sendWindow - sent,
    congestion.window - onWire,
    frames * segmentSize,
    paceBurst(connection),
    MOST,
  );
  return Math.max(1, Math.floor(most / segmentSize)) * segmentSize;
}

/** Whether the connection has to wait until frames have left; it is pumped again then. */
export function waitsForRoom(tcp: TcpTable, connection: Connection): boolean {
  const { localAddress, remoteAddress } = connection;
  if (tcp.world.full?.(localAddress, remoteAddress) !== true) return false;
  if (!tcp.stalled.includes(connection)) tcp.stalled.push(connection);
  return true;
}

/** Frames have left: who waited goes on. */
export function takeStalled(tcp: TcpTable): Connection[] {
  return tcp.stalled.splice(0);
}
