// TCP's state into tables: settings stay behind, everything else moves.
//
// Invariant: nothing of the state changes.

import { type ByteRing, readAt } from "../tcp/byte-ring.ts";
import type { Connection } from "../tcp/connection.ts";
import { distance } from "../tcp/sequence.ts";
import type { TcpTable } from "../tcp/table.ts";
import type { TableWriter } from "./table-writer.ts";
import * as columns from "./tcp-tables.ts";

/** Writes TCP's tables. `held`: connections that are over, and whose users have not taken everything yet. */
export function saveTcp(writer: TableWriter, tcp: TcpTable, held: readonly Connection[]): void {
  const all = tcp.connections.concat(held);
  // One that has just ended is known to nobody but the list of news.
  for (const each of tcp.signalled) if (!all.includes(each)) all.push(each);
  writer.rows("tcp", columns.tcpColumns, [tcp]);
  writer.rows("tcp.listeners", columns.listenerColumns, tcp.listeners);
  writer.rows("tcp.connections", columns.connectionColumns, all);
  writer.rows(
    "tcp.roundTrips",
    columns.roundTripColumns,
    all.map((each) => each.roundTrip),
  );
  writer.rows(
    "tcp.racks",
    columns.rackColumns,
    all.map((each) => each.rack),
  );
  writer.rows(
    "tcp.congestions",
    columns.congestionColumns,
    all.map((each) => each.congestion),
  );
  const starts = all.map((each) => each.slowStart);
  writer.rows("tcp.slowStarts", columns.slowStartColumns, starts);
  const doubts = all.map((each) => each.doubt);
  writer.rows("tcp.doubts", columns.doubtColumns, doubts);
  const reductions = all.map((each) => each.reduction);
  writer.rows("tcp.reductions", columns.reductionColumns, reductions);
  saveFlights(writer, all);
  saveBuffers(writer, all);
  const ready = tcp.listeners.flatMap((each) => each.ready);
  saveIds(writer, "tcp.ready", ready);
  saveIds(writer, "tcp.signalled", tcp.signalled);
  saveIds(writer, "tcp.readyListeners", tcp.readyListeners);
}

function saveIds(
  writer: TableWriter,
  name: string,
  list: readonly { readonly id: number }[],
): void {
  writer.rows(name, ["nid"], list);
}

function saveFlights(writer: TableWriter, all: readonly Connection[]): void {
  const rows = all.reduce((sum, each) => sum + each.flight.segments.length, 0);
  writer.table("tcp.flights", columns.flightColumns, rows);
  for (let place = 0; place < all.length; place++) {
    const { segments } = all[place].flight;
    for (let index = 0; index < segments.length; index++) {
      const each = segments[index];
      writer.number(place);
      writer.number(distance(each.start, each.end));
      writer.number(each.sentAt);
      writer.number(+each.sacked + 2 * +each.lost + 4 * +each.retransmitted);
      writer.number(each.count);
    }
  }
}

function saveBuffers(writer: TableWriter, all: readonly Connection[]): void {
  writer.table("tcp.buffers", columns.bufferColumns, all.length);
  let ranges = 0;
  for (let place = 0; place < all.length; place++) {
    const { incoming, outgoing } = all[place];
    const { next, ring } = incoming;
    writer.number(next);
    writer.number(incoming.duplicateStart);
    writer.number(incoming.duplicateEnd);
    writer.number(ring.length);
    writer.number(ring.limit);
    writer.number(outgoing.limit);
    // Bytes that came early lie behind those in order.
    const last = incoming.ranges[incoming.ranges.length - 1];
    const early = last === undefined ? 0 : distance(next, last.end);
    writer.blob(bytesOf(ring, ring.length + early));
    writer.blob(bytesOf(outgoing, outgoing.length));
    ranges += incoming.ranges.length;
  }
  writer.table("tcp.ranges", columns.rangeColumns, ranges);
  for (let place = 0; place < all.length; place++) {
    const { ranges: list, recent } = all[place].incoming;
    for (const range of list) {
      writer.number(place);
      writer.number(range.start);
      writer.number(range.end);
      writer.number(recent.indexOf(range) + 1);
    }
  }
}

function bytesOf(ring: ByteRing, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  readAt(ring, 0, count, bytes, 0);
  return bytes;
}
