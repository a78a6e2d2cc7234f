// Segments on their way out: header, options, data, checksum.
//
// Invariant: a segment with ACK tells all that was received so far, and a window that never shrinks (RFC 9293 section 3.8.6.2.2).

import { addBytes, checksumOf, foldSum, pseudoHeaderSum } from "../checksum.ts";
import { PROTOCOL_TCP } from "../ipv4.ts";
import { IP_PAYLOAD, type PacketBuffer, reservePacket } from "../packet-buffer.ts";
import { NEVER } from "../turn.ts";
import { readAt } from "./byte-ring.ts";
import type { Connection } from "./connection.ts";
import { freeSpace, reportBlocks } from "./reassembly.ts";
import { ACK, ECE, PSH, SYN, TCP_HEADER } from "./segment.ts";
import { distance, plus } from "./sequence.ts";
import type { TcpTable } from "./table.ts";

const OPTIONS = IP_PAYLOAD + TCP_HEADER;
const MOST_OPTIONS = 40;
const FIXED_OPTIONS = 0x01010000;
const TIMESTAMP_OPTION = 0x080a;

/** The connection's clock as its timestamps show it. */
export function timestampNow(connection: Connection, now: number): number {
  return plus(connection.timestampOffset, Math.floor(now) % 4294967296);
}

/** Sends a segment of `count` data bytes from `offset` in the send buffer; longer than a packet only where `longest` has allowed it. */
export function sendSegment(
  tcp: TcpTable,
  connection: Connection,
  now: number,
  sequence: number,
  flags: number,
  offset: number,
  count: number,
  congestion = 0,
): void {
  const window = announceWindow(connection, (flags & SYN) !== 0);
  if (
    congestion > 0 ||
    !composeSegment(tcp, connection, now, sequence, flags, offset, count, window)
  ) {
    writeSegment(tcp, connection, now, sequence, flags, offset, count, window, congestion);
  }
  if ((flags & ACK) !== 0) {
    connection.lastAcknowledged = connection.incoming.next;
    connection.unreported = 0;
    connection.acknowledgeAt = NEVER;
    // A segment with data has no room for blocks: they follow in one of their own.
    if (count === 0 || !hasBlocks(connection)) connection.acknowledgeNow = false;
  }
  connection.lastSentAt = now;
  if (connection.recovering) connection.reduction.out += count;
}

/** A plain segment, built where it leaves from; false where that can't be. */
function composeSegment(
  tcp: TcpTable,
  connection: Connection,
  now: number,
  sequence: number,
  flags: number,
  offset: number,
  count: number,
  window: number,
): boolean {
  const { world } = tcp;
  if (world.compose === undefined || (flags & (SYN | ACK)) !== ACK) return false;
  if (count > connection.mostPacket || connection.echoCongestion) return false;
  if (count === 0 && hasBlocks(connection)) return false;
  const { outgoing, timestamps } = connection;
  return world.compose(
    connection,
    sequence,
    connection.incoming.next,
    count > 0 && offset + count === outgoing.length ? flags | PSH : flags,
    window,
    timestamps ? timestampNow(connection, now) : -1,
    connection.peerTimestamp,
    outgoing,
    offset,
    count,
  );
}

function writeSegment(
  tcp: TcpTable,
  connection: Connection,
  now: number,
  sequence: number,
  flags: number,
  offset: number,
  count: number,
  window: number,
  congestion: number,
): void {
  const packet = tcp.packet;
  const long = count > connection.mostPacket;
  if (!long) reservePacket(packet, OPTIONS + MOST_OPTIONS + count);
  let at = OPTIONS;
  if ((flags & SYN) !== 0) at = writeSynOptions(tcp, packet, connection, flags, now);
  else {
    if (connection.timestamps) at = writeTimestamp(packet, at, FIXED_OPTIONS, connection, now);
    if (count === 0 && connection.sack) at = writeBlocks(tcp, packet, at, connection);
  }
  if (long) {
    packet.tail = connection.outgoing;
    packet.tailOffset = offset;
    packet.tailBytes = count;
    packet.tailSize = connection.segmentSize;
  } else readAt(connection.outgoing, offset, count, packet.bytes, at);
  packet.end = at + count;
  const all = count > 0 && offset + count === connection.outgoing.length ? flags | PSH : flags;
  const acknowledges = (flags & ACK) !== 0;
  const echo = acknowledges && connection.echoCongestion ? ECE : 0;
  const acknowledgment = acknowledges ? connection.incoming.next : 0;
  writeHeader(packet, at, connection, sequence, acknowledgment, all | echo, window);
  if (long) leaveSum(packet, connection.localAddress, connection.remoteAddress);
  else finishSegment(packet, connection.localAddress, connection.remoteAddress);
  tcp.world.transmit(connection.localAddress, connection.remoteAddress, packet, congestion);
  packet.tail = undefined;
}

/** Whether there is something to report by SACK. */
function hasBlocks(connection: Connection): boolean {
  const { ranges, duplicateStart, duplicateEnd } = connection.incoming;
  return connection.sack && (ranges.length > 0 || duplicateStart !== duplicateEnd);
}

/** Writes ports, numbers, flags and window; the checksum stays 0. `dataStart`: where the options end. */
function writeHeader(
  packet: PacketBuffer,
  dataStart: number,
  ends: Pick<Connection, "localPort" | "remotePort">,
  sequence: number,
  acknowledgment: number,
  flags: number,
  window: number,
): void {
  const view = packet.view;
  view.setUint32(IP_PAYLOAD, ends.localPort * 65_536 + ends.remotePort);
  view.setUint32(IP_PAYLOAD + 4, sequence);
  view.setUint32(IP_PAYLOAD + 8, acknowledgment);
  view.setUint16(IP_PAYLOAD + 12, ((dataStart - IP_PAYLOAD) >> 2) * 4096 + flags);
  view.setUint16(IP_PAYLOAD + 14, window);
  view.setUint32(IP_PAYLOAD + 16, 0);
}

/** Whoever cuts the packet adds the rest to the pseudo header's sum (Virtio 1.2 section 5.1.6.2). */
function leaveSum(packet: PacketBuffer, source: number, destination: number): void {
  const length = packet.end - IP_PAYLOAD;
  const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_TCP, length);
  packet.view.setUint16(IP_PAYLOAD + 16, foldSum(pseudo));
}

function finishSegment(packet: PacketBuffer, source: number, destination: number): void {
  const length = packet.end - IP_PAYLOAD;
  const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_TCP, length);
  const checksum = checksumOf(addBytes(pseudo, packet, IP_PAYLOAD, packet.end));
  packet.view.setUint16(IP_PAYLOAD + 16, checksum);
}

/**
 * Sends a segment that belongs to no connection: a reset, or with options a SYN cookie's answer.
 */
export function sendBare(
  tcp: TcpTable,
  ends: {
    localAddress: number;
    localPort: number;
    remoteAddress: number;
    remotePort: number;
  },
  sequence: number,
  acknowledgment: number,
  flags: number,
  options?: BareOptions,
): void {
  const packet = tcp.packet;
  const at = options === undefined ? OPTIONS : writeBareOptions(packet, options);
  packet.end = at;
  writeHeader(packet, at, ends, sequence, acknowledgment, flags, options ? 65_535 : 0);
  finishSegment(packet, ends.localAddress, ends.remoteAddress);
  tcp.world.transmit(ends.localAddress, ends.remoteAddress, packet, 0);
}

/** What the answer to a SYN says that nothing but itself remembers: `stamp` -1 for no timestamp, and then for nothing but the segment size; `scale` -1 for none. */
export interface BareOptions {
  readonly mss: number;
  readonly stamp: number;
  readonly echo: number;
  readonly sack: boolean;
  readonly scale: number;
}

function writeBareOptions({ view }: PacketBuffer, options: BareOptions): number {
  view.setUint32(OPTIONS, 0x02040000 + options.mss);
  if (options.stamp < 0) return OPTIONS + 4;
  view.setUint32(OPTIONS + 4, (options.sack ? 0x04020000 : FIXED_OPTIONS) + TIMESTAMP_OPTION);
  view.setUint32(OPTIONS + 8, options.stamp);
  view.setUint32(OPTIONS + 12, options.echo);
  if (options.scale < 0) return OPTIONS + 16;
  view.setUint32(OPTIONS + 16, 0x01030300 + options.scale);
  return OPTIONS + 20;
}

/** All that this host can do on a SYN; on its answer what the peer can do as well. */
function writeSynOptions(
  tcp: TcpTable,
  packet: PacketBuffer,
  connection: Connection,
  flags: number,
  now: number,
): number {
  const view = packet.view;
  const asks = (flags & ACK) === 0;
  const mss = tcp.world.interfaceMtu(connection.remoteAddress) - 40;
  view.setUint32(OPTIONS, 0x02040000 + mss);
  let at = OPTIONS + 4;
  const sack = asks || connection.sack;
  if (asks || connection.timestamps) {
    at = writeTimestamp(packet, at, sack ? 0x04020000 : FIXED_OPTIONS, connection, now);
  } else if (sack) {
    view.setUint32(at, 0x01010402);
    at += 4;
  }
  if (asks || connection.scaling) {
    view.setUint32(at, 0x01030300 + connection.receiveScale);
    at += 4;
  }
  return at;
}

function writeTimestamp(
  packet: PacketBuffer,
  at: number,
  front: number,
  connection: Connection,
  now: number,
): number {
  const view = packet.view;
  view.setUint32(at, front + TIMESTAMP_OPTION);
  view.setUint32(at + 4, timestampNow(connection, now));
  view.setUint32(at + 8, connection.peerTimestamp);
  return at + 12;
}

function writeBlocks(
  tcp: TcpTable,
  packet: PacketBuffer,
  at: number,
  connection: Connection,
): number {
  if (!hasBlocks(connection)) return at;
  const most = connection.timestamps ? 3 : 4;
  const { blockLeft, blockRight } = tcp;
  const count = reportBlocks(connection.incoming, most, blockLeft, blockRight);
  const view = packet.view;
  view.setUint32(at, 0x01010500 + 2 + 8 * count);
  for (let block = 0; block < count; block++) {
    view.setUint32(at + 4 + 8 * block, blockLeft[block]);
    view.setUint32(at + 8 + 8 * block, blockRight[block]);
  }
  return at + 4 + 8 * count;
}

/** How far the window's edge could move to the right of where the peer knows it: as far as there is room, and as the field can say. */
export function windowGain(connection: Connection): number {
  const { incoming, windowEdge } = connection;
  const room = Math.min(freeSpace(incoming), 65_535 << connection.receiveScale);
  return distance(windowEdge, plus(incoming.next, room));
}

/** The user has read so much that the peer should hear of the room (RFC 9293 section 3.8.6.2.2). */
export function worthTelling(connection: Connection): boolean {
  const { limit } = connection.incoming.ring;
  return (
    windowGain(connection) >= Math.min(Math.max(8 * connection.segmentSize, limit >> 3), limit >> 1)
  );
}

/** Moves the edge where that is worth telling (RFC 9293 section 3.8.6.2.2), and returns the window field. */
function announceWindow(connection: Connection, unscaled: boolean): number {
  const { incoming } = connection;
  const gain = windowGain(connection);
  if (gain >= Math.min(connection.segmentSize, incoming.ring.limit >> 1)) {
    connection.windowEdge = plus(connection.windowEdge, gain);
  }
  const window = Math.max(0, distance(incoming.next, connection.windowEdge));
  if (!unscaled) return Math.min(65_535, window >>> connection.receiveScale);
  return Math.min(65_535, freeSpace(incoming));
}
