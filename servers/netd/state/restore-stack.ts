// The whole stack out of one block of bytes, into one that was just made.
//
// Invariant: a block that is not sound is refused, and the stack that it was to go into is thrown away by the caller; nothing throws. Times
// are those of the same clock.

import type { Lease } from "../dhcp-lease.ts";
import type { DhcpClient, DhcpPhase } from "../dhcp.ts";
import { holdPacket, putNeighbour } from "../neighbours.ts";
import { MAX_ROUTES, type Route } from "../route.ts";
import { refusalCodes } from "../refusal.ts";
import type { Stack } from "../stack.ts";
import type { Connection } from "../tcp/connection.ts";
import { NEVER } from "../turn.ts";
import { enqueue, findSocket } from "../udp-sockets.ts";
import { eachWire } from "../wires.ts";
import { wireTable } from "./stack-tables.ts";
import { restoreTcp } from "./restore-tcp.ts";
import { type StateTable, TableReader } from "./table-reader.ts";

const PHASES = ["off", "waiting", "selecting", "requesting", "bound", "renewing", "rebinding"];

/** What came out beside the stack's own state. */
export interface Restored {
  /** All connections, those that were held for their users as well. */
  readonly connections: readonly Connection[];
  /** For the tables of whoever keeps state beside the stack. */
  readonly reader: TableReader;
}

/** Fills the stack, which has a turn's time; undefined when the block, or its reader, is none, or not sound. */
export function restoreStack(
  stack: Stack,
  block: Uint8Array | TableReader | undefined,
  now: number,
): Restored | undefined {
  const reader = block instanceof Uint8Array ? TableReader.open(block) : block;
  if (reader === undefined || reader.table("local").rows !== 1) return undefined;
  const { tcp } = stack;
  let sound = true;
  eachWire(stack, (index) => {
    sound &&= restoreWire(reader, stack, index);
  });
  if (!sound || !restoreRoutes(reader, stack)) return undefined;
  restoreSockets(reader, stack);
  reader.table("pings").fill(0, stack.pings);
  const ping = { token: 0, destination: 0, identifier: 0, sequence: 0, sentAt: 0, deadline: 0 };
  stack.pings.open.push(...listOf(reader.table("pings.open"), ping));
  if (!restoreFragments(reader, stack)) return undefined;
  const path = { destination: 0, mtu: 0, narrow: false, until: 0 };
  stack.pathMtus.paths.push(...listOf(reader.table("paths"), path));
  restoreLoopback(reader, stack);
  [stack.echoLimit, stack.errorLimit, tcp.resets, tcp.challenges].forEach((limit, row) => {
    if (row < reader.table("limits").rows) reader.table("limits").fill(row, limit);
  });
  reader.table("counters").fill(0, stack.counters);
  const refused = reader.table("refused");
  for (let row = 0; row < refused.rows; row++) {
    const place = (refusalCodes as readonly string[]).indexOf(refused.text(row, "code"));
    if (place >= 0) stack.counters.refused[place] = refused.number(row, "count");
  }
  stack.tcpClock.now = now;
  const connections = restoreTcp(reader, tcp, now);
  return connections === undefined ? undefined : { connections, reader };
}

/** What belongs to the chosen wire; a state that knows nothing of it leaves it as it is. False where it is not sound. */
function restoreWire(reader: TableReader, stack: Stack, index: number): boolean {
  const name = (table: string) => wireTable(table, index);
  if (reader.table(name("local")).rows !== 1) return index > 0;
  reader.table(name("link")).fill(0, stack.link);
  reader.table(name("local")).fill(0, stack.local);
  reader.table(name("watch")).fill(0, stack.watch);
  const client = restoreDhcp(reader, name);
  if (client === undefined) return false;
  stack.dhcp = client;
  stack.local.lease = client.lease;
  restoreNeighbours(reader, stack, name);
  return true;
}

/** An object for each row, with the fields of `like`. */
function listOf<T extends object>(table: StateTable, like: T): T[] {
  const list: T[] = [];
  for (let row = 0; row < table.rows; row++) {
    const each = { ...like };
    table.fill(row, each);
    list.push(each);
  }
  return list;
}

function restoreDhcp(reader: TableReader, name: (table: string) => string): DhcpClient | undefined {
  const fields = {
    phase: "",
    mac: 0,
    transaction: 0,
    since: 0,
    seconds: 0,
    sent: 0,
    requestedAt: 0,
    deadline: NEVER,
  };
  reader.table(name("dhcp")).fill(0, fields);
  if (!PHASES.includes(fields.phase)) return undefined;
  const [offered] = listOf(reader.table(name("dhcp.offers")), { address: 0, server: 0 });
  const leases = reader.table(name("dhcp.leases"));
  const like = {
    address: 0,
    mask: 0,
    router: 0,
    server: 0,
    renewAt: NEVER,
    rebindAt: NEVER,
    expiresAt: NEVER,
  };
  const [plain] = listOf(leases, like);
  const held = ["bound", "renewing", "rebinding"].includes(fields.phase);
  if (held !== (plain !== undefined)) return undefined;
  const names = plain === undefined ? "" : leases.text(0, "nameServers");
  const nameServers = names === "" ? [] : names.split(" ").map(Number);
  const lease: Lease | undefined = plain && { ...plain, nameServers };
  return { ...fields, phase: fields.phase as DhcpPhase, offered, lease };
}

function restoreRoutes(reader: TableReader, stack: Stack): boolean {
  const table = reader.table("routes");
  if (table.rows > MAX_ROUTES) return false;
  stack.routes.length = 0;
  for (const each of listOf(table, {
    destination: 0,
    mask: 0,
    gateway: 0,
    through: "",
    source: 0,
    wire: 0,
  })) {
    if (stack.wires[each.wire] === undefined) return false;
    if (each.through !== "wire" && each.through !== "loopback") return false;
    stack.routes.push(each as Route);
  }
  return true;
}

/** Neighbours are a cache: what has no place is left out. */
function restoreNeighbours(
  reader: TableReader,
  stack: Stack,
  name: (table: string) => string,
): void {
  const table = reader.table(name("neighbours"));
  for (const each of listOf(table, { ip: 0, mac: 0, claimed: 0, asked: 0, until: 0 })) {
    putNeighbour(stack.neighbours, each.ip, each.mac, each.asked, each.until, each.claimed);
  }
  reader.table(name("neighbours.table")).fill(0, stack.neighbours);
  const waiting = reader.table(name("neighbours.waiting"));
  for (let row = 0; row < waiting.rows; row++) {
    const packet = waiting.blob(row, "packet").slice();
    holdPacket(stack.neighbours, waiting.number(row, "ip"), packet);
  }
}

function restoreSockets(reader: TableReader, stack: Stack): void {
  const { udp } = stack;
  reader.table("udp").fill(0, udp);
  const sockets = reader.table("udp.sockets");
  for (const each of listOf(sockets, { id: 0, address: 0, port: 0, broadcast: false })) {
    udp.sockets.push({ ...each, queue: [], queuedBytes: 0 });
  }
  const queues = reader.table("udp.queues");
  for (let row = 0; row < queues.rows; row++) {
    const socket = findSocket(udp, queues.number(row, "socket"));
    if (socket === undefined) continue;
    enqueue(socket, {
      source: queues.number(row, "source"),
      sourcePort: queues.number(row, "sourcePort"),
      destination: queues.number(row, "destination"),
      data: queues.blob(row, "data").slice(),
    });
  }
}

function restoreFragments(reader: TableReader, stack: Stack): boolean {
  const { fragments } = stack;
  const table = reader.table("fragments");
  const like = {
    source: 0,
    destination: 0,
    protocol: 0,
    identification: 0,
    until: 0,
    bytes: 0,
    length: 0,
    congestion: 0,
  };
  listOf(table, like).forEach((each, row) => {
    const header = table.blob(row, "header").slice();
    fragments.packets.push({ ...each, header, pieces: [] });
    fragments.bytes += each.bytes;
  });
  if (fragments.packets.length > 0) fragments.deadline = fragments.packets[0].until;
  const pieces = reader.table("fragments.pieces");
  for (let row = 0; row < pieces.rows; row++) {
    const packet = fragments.packets[pieces.number(row, "packet")];
    if (packet === undefined) return false;
    const bytes = pieces.blob(row, "bytes").slice();
    packet.pieces.push({ start: pieces.number(row, "start"), bytes });
  }
  return fragments.packets.every(
    ({ pieces, bytes }) => pieces.reduce((sum, each) => sum + each.bytes.length, 0) === bytes,
  );
}

function restoreLoopback(reader: TableReader, stack: Stack): void {
  const packets = reader.table("loopback");
  for (let row = 0; row < packets.rows; row++) {
    const packet = packets.blob(row, "packet").slice();
    stack.loopback.push(packet);
    stack.loopbackBytes += packet.length;
  }
  const identifications = reader.table("identifications");
  for (let row = 0; row < identifications.rows && row < 64; row++) {
    stack.identifications[row] = identifications.number(row, "value");
  }
}
