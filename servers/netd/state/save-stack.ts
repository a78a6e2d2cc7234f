// The whole stack into one block of bytes: lease and DHCP client, routes, neighbours, sockets, open questions, fragments, TCP.
//
// Invariant: nothing of the stack changes, and nothing that is not plain data is written. The block holds what nobody else may see: bytes
// under way, and numbers that protect connections; it goes from one netd to the next, and to nobody else.

import type { Lease } from "../dhcp-lease.ts";
import { refusalCodes } from "../refusal.ts";
import type { Stack } from "../stack.ts";
import type { Connection } from "../tcp/connection.ts";
import { saveTcp } from "./save-tcp.ts";
import * as columns from "./stack-tables.ts";
import { eachWire } from "../wires.ts";
import { wireTable } from "./stack-tables.ts";
import { TableWriter } from "./table-writer.ts";

/**
 * Writes the state. `held`: connections that are over, and whose users have not taken everything yet; `more` adds the tables of whoever
 * keeps state beside the stack.
 */
export function saveStack(
  stack: Stack,
  held: readonly Connection[] = [],
  more: (writer: TableWriter) => void = () => {},
): Uint8Array {
  const writer = new TableWriter();
  writeAddress(writer, stack);
  saveNeighbours(writer, stack);
  saveSockets(writer, stack);
  writer.rows("pings", columns.pingTableColumns, [stack.pings]);
  writer.rows("pings.open", columns.pingColumns, stack.pings.open);
  saveFragments(writer, stack);
  writer.rows("paths", columns.pathColumns, stack.pathMtus.paths);
  writer.rows(
    "loopback",
    ["bpacket"],
    stack.loopback.map((packet) => ({ packet })),
  );
  const identifications = Array.from(stack.identifications, (value) => ({ value }));
  writer.rows("identifications", ["nvalue"], identifications);
  const { tcp } = stack;
  const limits = [stack.echoLimit, stack.errorLimit, tcp.resets, tcp.challenges];
  writer.rows("limits", columns.limitColumns, limits);
  writer.rows("counters", columns.counterColumns, [stack.counters]);
  const refused = Array.from(stack.counters.refused, (count, row) => ({
    code: refusalCodes[row],
    count,
  }));
  writer.rows("refused", ["tcode", "ncount"], refused);
  saveTcp(writer, tcp, held);
  more(writer);
  return writer.finish();
}

/** The address alone, with what a stack begins with: for the time after an end of this one. */
export function saveAddress(stack: Stack, more: (writer: TableWriter) => void): Uint8Array {
  const writer = new TableWriter();
  writeAddress(writer, stack);
  writer.rows("pings", columns.pingTableColumns, [stack.pings]);
  const { salt, nextPort } = stack.tcp;
  writer.rows("tcp", ["nsalt", "nnextPort"], [{ salt, nextPort }]);
  more(writer);
  return writer.finish();
}

function writeAddress(writer: TableWriter, stack: Stack): void {
  eachWire(stack, (index) => {
    const { local, dhcp } = stack;
    const name = (table: string) => wireTable(table, index);
    writer.rows(name("link"), columns.linkColumns, [stack.link]);
    writer.rows(name("local"), columns.localColumns, [local]);
    writer.rows(name("watch"), columns.watchColumns, [stack.watch]);
    const leases = dhcp.lease === undefined ? [] : [plainLease(dhcp.lease)];
    writer.rows(name("dhcp.leases"), columns.leaseColumns, leases);
    writer.rows(name("dhcp"), columns.dhcpColumns, [dhcp]);
    const offers = dhcp.offered === undefined ? [] : [dhcp.offered];
    writer.rows(name("dhcp.offers"), columns.offerColumns, offers);
  });
  writer.rows("routes", columns.routeColumns, stack.routes);
}

function plainLease(lease: Lease): object {
  return { ...lease, nameServers: lease.nameServers.join(" ") };
}

function saveNeighbours(writer: TableWriter, stack: Stack): void {
  stack.wires.forEach(({ neighbours }, index) => {
    const used = neighbours.slots.filter((each) => each.ip !== 0);
    writer.rows(wireTable("neighbours", index), columns.neighbourColumns, used);
    writer.rows(wireTable("neighbours.table", index), ["ndeadline"], [neighbours]);
    const waiting = used.flatMap(({ ip, waiting: all }) => all.map((packet) => ({ ip, packet })));
    writer.rows(wireTable("neighbours.waiting", index), ["nip", "bpacket"], waiting);
  });
}

function saveSockets(writer: TableWriter, stack: Stack): void {
  const { sockets } = stack.udp;
  writer.rows("udp", ["nnextId"], [stack.udp]);
  writer.rows("udp.sockets", columns.socketColumns, sockets);
  const queued = sockets.flatMap((each) => each.queue.map((one) => ({ ...one, socket: each.id })));
  writer.rows("udp.queues", columns.datagramColumns, queued);
}

function saveFragments(writer: TableWriter, stack: Stack): void {
  const { packets } = stack.fragments;
  writer.rows("fragments", columns.partialColumns, packets);
  const pieces = packets.flatMap((each, packet) => each.pieces.map((one) => ({ ...one, packet })));
  writer.rows("fragments.pieces", ["npacket", "nstart", "bbytes"], pieces);
}
