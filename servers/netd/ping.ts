// Open echo requests and their answers.
//
// Invariant: at most 64 are open; each ends exactly once: by the reply of the host it was sent to
// with its identifier and sequence, by an error about it, or at its deadline.

import type { IcmpMessage, QuotedPacket } from "./icmp.ts";
import { NEVER } from "./turn.ts";

/** How an echo request ended. */
export type PingOutcome = "reply" | "timeout" | "unreachable" | "expired";

/** An open echo request. */
export interface Ping {
  /** Names the request to its user. */
  readonly token: number;
  readonly destination: number;
  readonly identifier: number;
  readonly sequence: number;
  /** When it was sent and when it is given up; milliseconds. */
  readonly sentAt: number;
  readonly deadline: number;
}

/** The open requests, oldest first. */
export interface PingTable {
  readonly open: Ping[];
  nextToken: number;
  nextSequence: number;
  /** Distinguishes this stack's requests from those of its earlier life. */
  readonly identifier: number;
}

/** Most requests open at once. */
export const MAX_PINGS = 64;

/** A table without requests; `identifier` is random, 0 .. 65535. */
export function createPingTable(identifier: number): PingTable {
  return { open: [], nextToken: 1, nextSequence: 0, identifier };
}

/** Opens a request, or returns undefined when too many are open. */
export function openPing(
  table: PingTable,
  destination: number,
  sentAt: number,
  timeout: number,
): Ping | undefined {
  if (table.open.length >= MAX_PINGS) return undefined;
  const ping = {
    token: table.nextToken++,
    destination,
    identifier: table.identifier,
    sequence: table.nextSequence,
    sentAt,
    deadline: sentAt + timeout,
  };
  table.nextSequence = (table.nextSequence + 1) & 0xffff;
  table.open.push(ping);
  return ping;
}

/** Takes out the request that an echo reply from `source` answers. */
export function takeAnswered(
  table: PingTable,
  source: number,
  message: IcmpMessage,
): Ping | undefined {
  return takePing(table, source, message.identifier, message.sequence);
}

/** Takes out the request that a quoted packet of ours is. */
export function takeQuoted(table: PingTable, quoted: QuotedPacket): Ping | undefined {
  return takePing(table, quoted.destination, quoted.second >>> 16, quoted.second & 0xffff);
}

/** Takes out a request by its token, because it could not be sent. */
export function cancelPing(table: PingTable, token: number): void {
  const index = table.open.findIndex((ping) => ping.token === token);
  if (index >= 0) table.open.splice(index, 1);
}

/** Takes out the requests that are overdue. */
export function takeOverdue(table: PingTable, now: number): Ping[] {
  const overdue: Ping[] = [];
  for (let index = table.open.length - 1; index >= 0; index--) {
    if (table.open[index].deadline <= now) overdue.unshift(table.open.splice(index, 1)[0]);
  }
  return overdue;
}

/** When the next request is overdue. */
export function pingDeadline(table: PingTable): number {
  let deadline = NEVER;
  for (let index = 0; index < table.open.length; index++) {
    if (table.open[index].deadline < deadline) deadline = table.open[index].deadline;
  }
  return deadline;
}

function takePing(
  table: PingTable,
  destination: number,
  identifier: number,
  sequence: number,
): Ping | undefined {
  for (let index = 0; index < table.open.length; index++) {
    const ping = table.open[index];
    if (
      ping.sequence === sequence &&
      ping.identifier === identifier &&
      ping.destination === destination
    ) {
      table.open.splice(index, 1);
      return ping;
    }
  }
  return undefined;
}
