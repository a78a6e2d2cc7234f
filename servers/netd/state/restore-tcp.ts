// TCP's state out of tables, into a table without connections.
//
// Invariant: what was restored keeps the rules that the core relies on: numbers of 32 bits, windows and buffers within their limits, a
// flight that begins at SND.UNA and ends at SND.NXT. What does not is refused as a whole.

import { type ByteRing, reserve, writeAt } from "../tcp/byte-ring.ts";
import { Connection } from "../tcp/connection.ts";
import { SentSegment, markLost, markSacked } from "../tcp/flight.ts";
import { scheduleTimers } from "../tcp/schedule.ts";
import { distance, isBefore, plus } from "../tcp/sequence.ts";
import { MAX_RANGES } from "../tcp/settings.ts";
import { CLOSED, SYN_RECEIVED, TIME_WAIT, states } from "../tcp/states.ts";
import { type Listener, type TcpTable, findListenerById, insertConnection } from "../tcp/table.ts";
import type { StateTable, TableReader } from "./table-reader.ts";

const OUTCOMES = ["", "finished", "refused", "reset", "timed-out", "unreachable", "aborted"];
/** Bytes of segments that were joined. */
const MAX_LENGTH = 1 << 24;
const TIMER_KINDS = ["timeout", "probe-loss", "probe-window"];

/** Fills the table; all connections by number, those that were held for their users as well, or undefined when the state is not sound. */
export function restoreTcp(
  reader: TableReader,
  tcp: TcpTable,
  now: number,
): Connection[] | undefined {
  reader.table("tcp").fill(0, tcp);
  const listeners = reader.table("tcp.listeners");
  for (let row = 0; row < listeners.rows; row++) {
    const listener: Listener = { id: 0, address: 0, port: 0, backlog: 0, ready: [], incomplete: 0 };
    listeners.fill(row, listener);
    tcp.listeners.push(listener);
  }
  const all = restoreConnections(reader, tcp, now);
  if (all === undefined) return undefined;
  const byId = (table: StateTable, row: number) => {
    const id = table.number(row, "id");
    return all.find((each) => each.id === id);
  };
  const ready = reader.table("tcp.ready");
  for (let row = 0; row < ready.rows; row++) {
    const connection = byId(ready, row);
    const listener = connection && findListenerById(tcp, connection.listener);
    if (connection === undefined || listener === undefined) return undefined;
    listener.ready.push(connection);
  }
  const signalled = reader.table("tcp.signalled");
  for (let row = 0; row < signalled.rows; row++) {
    const connection = byId(signalled, row);
    if (connection === undefined) return undefined;
    connection.signalled = true;
    tcp.signalled.push(connection);
  }
  const readyListeners = reader.table("tcp.readyListeners");
  for (let row = 0; row < readyListeners.rows; row++) {
    const listener = findListenerById(tcp, readyListeners.number(row, "id"));
    if (listener !== undefined) tcp.readyListeners.push(listener);
  }
  return all;
}

function restoreConnections(
  reader: TableReader,
  tcp: TcpTable,
  now: number,
): Connection[] | undefined {
  const table = reader.table("tcp.connections");
  const all: Connection[] = [];
  for (let row = 0; row < table.rows; row++) {
    const ends = {
      localAddress: table.number(row, "localAddress"),
      localPort: table.number(row, "localPort"),
      remoteAddress: table.number(row, "remoteAddress"),
      remotePort: table.number(row, "remotePort"),
    };
    const state = table.number(row, "state");
    const id = table.number(row, "id");
    const connection = new Connection(id, state, ends, tcp.settings, tcp.account, now);
    table.fill(row, connection);
    reader.table("tcp.roundTrips").fill(row, connection.roundTrip);
    reader.table("tcp.racks").fill(row, connection.rack);
    reader.table("tcp.slowStarts").fill(row, connection.slowStart);
    reader.table("tcp.doubts").fill(row, connection.doubt);
    reader.table("tcp.reductions").fill(row, connection.reduction);
    reader.table("tcp.congestions").fill(row, connection.congestion);
    all.push(connection);
  }
  if (!restoreFlights(reader, all) || !restoreBuffers(reader, all)) return undefined;
  for (let row = 0; row < all.length; row++) {
    const connection = all[row];
    if (!isSound(connection)) return undefined;
    if (connection.outcome !== "") continue;
    insertConnection(tcp, connection);
    if (connection.state === TIME_WAIT) tcp.timeWait += 1;
    const listener = findListenerById(tcp, connection.listener);
    if (listener === undefined) connection.listener = 0;
    else if (connection.state === SYN_RECEIVED) {
      listener.incomplete += 1;
      tcp.halfOpen += 1;
    }
    scheduleTimers(tcp, connection, now);
  }
  return all;
}

function restoreFlights(reader: TableReader, all: readonly Connection[]): boolean {
  const table = reader.table("tcp.flights");
  for (let row = 0; row < table.rows; row++) {
    const connection = all[table.number(row, "connection")];
    const length = table.number(row, "length");
    if (connection === undefined || length < 1 || length > MAX_LENGTH) return false;
    const { flight, unacknowledged } = connection;
    const { segments } = flight;
    const start = segments.length === 0 ? unacknowledged : segments[segments.length - 1].end;
    const segment = new SentSegment(start, plus(start, length), table.number(row, "sentAt"));
    segments.push(segment);
    flight.bytes += length;
    segment.count = table.number(row, "count");
    const kind = table.number(row, "kind");
    if ((kind & 1) !== 0) markSacked(flight, segment);
    if ((kind & 2) !== 0) markLost(flight, segment);
    segment.retransmitted = (kind & 4) !== 0;
  }
  return true;
}

function restoreBuffers(reader: TableReader, all: readonly Connection[]): boolean {
  const ranges = reader.table("tcp.ranges");
  const buffers = reader.table("tcp.buffers");
  if (buffers.rows !== all.length) return false;
  for (let row = 0; row < all.length; row++) {
    const { incoming, outgoing } = all[row];
    buffers.fill(row, incoming);
    incoming.ring.limit = Math.max(incoming.ring.limit, buffers.number(row, "receiveLimit"));
    outgoing.limit = Math.max(outgoing.limit, buffers.number(row, "sendLimit"));
    const received = buffers.number(row, "received");
    const bytes = buffers.blob(row, "incoming");
    if (received > bytes.length || !fillRing(incoming.ring, bytes)) return false;
    incoming.ring.length = received;
    const sending = buffers.blob(row, "outgoing");
    if (!fillRing(outgoing, sending)) return false;
    outgoing.length = sending.length;
  }
  for (let row = 0; row < ranges.rows; row++) {
    const connection = all[ranges.number(row, "connection")];
    if (connection === undefined) return false;
    const range = { start: 0, end: 0 };
    ranges.fill(row, range);
    connection.incoming.ranges.push(range);
    const recent = ranges.number(row, "recent");
    if (recent > 0) connection.incoming.recent[recent - 1] = range;
  }
  return true;
}

function fillRing(ring: ByteRing, bytes: Uint8Array): boolean {
  if (bytes.length === 0) return true;
  if (!reserve(ring, bytes.length)) return false;
  writeAt(ring, 0, bytes, 0, bytes.length);
  return true;
}

/** Whether the core can go on with this. */
function isSound(connection: Connection): boolean {
  const { flight, incoming, outgoing, unacknowledged, nextSequence, outcome } = connection;
  if (!OUTCOMES.includes(outcome) || !TIMER_KINDS.includes(connection.retransmitKind)) return false;
  if (states[connection.state] === undefined) return false;
  if (outcome !== "") return flight.segments.length === 0;
  if (connection.state === CLOSED) return false;
  const { initialSequence, windowEdge } = connection;
  for (const each of [unacknowledged, nextSequence, incoming.next, initialSequence, windowEdge]) {
    if (each !== each >>> 0) return false;
  }
  const sent = distance(unacknowledged, nextSequence);
  const { segments } = flight;
  const last = segments[segments.length - 1];
  if (sent < 0 || (last === undefined ? sent : distance(last.end, nextSequence)) !== 0)
    return false;
  const numbers = outgoing.length + +connection.finSent + 1;
  if (sent > numbers || connection.segmentSize < 1) return false;
  if (incoming.ranges.length > MAX_RANGES) return false;
  const { recent } = incoming;
  if (recent.length > 4 || recent.includes(undefined as never)) return false;
  let edge = incoming.next;
  for (let index = 0; index < incoming.ranges.length; index++) {
    const { start, end } = incoming.ranges[index];
    if (!isBefore(edge, start) || !isBefore(start, end)) return false;
    edge = end;
  }
  return incoming.ring.length + distance(incoming.next, edge) <= incoming.ring.bytes.length;
}
