// What outlives the end of netd of the streams that share their memory: a row for each, written before the messages of a turn leave.
//
// Invariant: a row says what the peer, and the client, have been told, and nothing that they have not. The bytes lie in memory that the client
// holds, too; who comes back with it shows by the token that the stream was his. A row whose client does not come back within PATIENCE ends in a
// reset.

import type { StackHost } from "./stack-host.ts";
import type { StreamRings } from "./stream-rings.ts";
import type { StreamRow, StreamRows } from "./stream-row.ts";
import type { Connection, Ends } from "./tcp/connection.ts";
import { isLiving, remainsOf, reviveConnection } from "./tcp/revive.ts";
import { sendReset } from "./tcp/timers.ts";
import { endConnection } from "./tcp/table.ts";
import { distance, plus } from "./tcp/sequence.ts";
import { actTcp } from "./tcp-operation.ts";
import { isOwnAddress } from "./wires.ts";

/** Milliseconds. */
const PATIENCE = 10_000;

export const TOKEN_BYTES = 16;

/** A row's connection, and what stands in the row of it; a place without connection waits for its client. */
interface Kept {
  readonly connection: Connection | undefined;
  unacknowledged: number;
  nextSequence: number;
  expected: number;
  flags: number;
  state: number;
}

const flagsOf = ({ peerFinished, finQueued, finSent }: Connection) =>
  +peerFinished + 2 * +finQueued + 4 * +finSent;

export class DurableStreams {
  readonly #rows: StreamRows;
  readonly #host: StackHost;
  /** One for each row. */
  readonly #kept: Kept[] = [];

  /** `swapped`: the connections that came with the state of the code before; undefined after an end, when all rows wait. */
  constructor(host: StackHost, rows: StreamRows, swapped?: readonly Connection[]) {
    this.#host = host;
    this.#rows = rows;
    const known = new Map(swapped?.map((each) => [each.id, each]));
    const list: StreamRow[] = [];
    for (let row = 0; row < rows.length; row++) list.push(rows.get(row));
    for (let row = list.length - 1; row >= 0; row--) {
      const values = list[row]!;
      const living = swapped !== undefined && !values.awaited;
      const lost = living ? !known.has(values.id) : !this.#mayAwait(values);
      if (!lost) continue;
      rows.remove(row);
      const last = list.pop()!;
      if (row < list.length) list[row] = last;
    }
    for (let row = 0; row < list.length; row++) {
      const values = list[row]!;
      const living = swapped !== undefined && !values.awaited;
      const connection = living ? known.get(values.id) : undefined;
      const { unacknowledged, nextSequence, expected, flags, state } = values;
      this.#kept.push({ connection, unacknowledged, nextSequence, expected, flags, state });
      if (connection !== undefined) continue;
      rows.write(row, "awaited", true);
      host.stack.tcp.awaited.push(values);
    }
    if (host.stack.tcp.awaited.length > 0) host.at(host.now() + PATIENCE, () => this.#giveUp());
  }

  /** Only what this host can send with its address. */
  #mayAwait({ localAddress }: Ends): boolean {
    return isOwnAddress(this.#host.stack.wires, localAddress);
  }

  /**
   * Keeps a stream, which has rings, from now on; its token, a new one unless the client has one already, is the only one that counts. Undefined
   * where there is no room.
   */
  keep(connection: Connection, rings: StreamRings, known?: Uint8Array): Uint8Array | undefined {
    this.drop(connection);
    if (!isLiving(connection.state)) return undefined;
    const token = new Uint32Array(4);
    if (known !== undefined) new Uint8Array(token.buffer).set(known);
    else for (let i = 0; i < 4; i++) token[i] = this.#host.random32();
    const { incoming, outgoing, unacknowledged } = connection;
    const remains = remainsOf(connection);
    const flags = flagsOf(connection);
    const { expected, nextSequence, state } = remains;
    const received = plus(rings.taken, incoming.ring.length);
    const added = this.#rows.add({
      id: connection.id,
      awaited: false,
      token0: token[0]!,
      token1: token[1]!,
      token2: token[2]!,
      token3: token[3]!,
      localAddress: remains.localAddress,
      localPort: remains.localPort,
      remoteAddress: remains.remoteAddress,
      remotePort: remains.remotePort,
      state,
      flags,
      unacknowledged,
      nextSequence,
      expected,
      sendScale: remains.sendScale,
      receiveScale: remains.receiveScale,
      options:
        +remains.scaling + 2 * +remains.sack + 4 * +remains.timestamps + 8 * +remains.explicit,
      mostPacket: remains.mostPacket,
      timestampOffset: remains.timestampOffset,
      peerTimestamp: remains.peerTimestamp,
      receiveBase: plus(expected, -(received + +connection.peerFinished)),
      sendBase: plus(unacknowledged, -(rings.put - outgoing.length)),
      receiveBytes: rings.receive.view.length,
      sendBytes: rings.send.view.length,
    });
    if (added === undefined) return undefined;
    this.#kept.push({ connection, unacknowledged, nextSequence, expected, flags, state });
    return new Uint8Array(token.buffer);
  }

  /** The connection's stream is over, or may not come back. */
  drop(connection: Connection): void {
    const row = this.#kept.findIndex((each) => each.connection === connection);
    if (row >= 0) this.#remove(row);
  }

  #remove(row: number): void {
    this.#rows.remove(row);
    const last = this.#kept.pop()!;
    if (row < this.#kept.length) this.#kept[row] = last;
  }

  /** Writes what has changed in this turn; to be called before its messages leave. */
  commit(): void {
    const kept = this.#kept;
    const rows = this.#rows;
    for (let row = kept.length - 1; row >= 0; row--) {
      const each = kept[row]!;
      const { connection } = each;
      if (connection === undefined) continue;
      if (connection.outcome !== "" || !isLiving(connection.state)) {
        this.#remove(row);
        continue;
      }
      const { unacknowledged, nextSequence, state } = connection;
      const expected = connection.incoming.next;
      if (expected !== each.expected) {
        each.expected = expected;
        rows.write(row, "expected", expected);
      }
      if (nextSequence !== each.nextSequence) {
        each.nextSequence = nextSequence;
        rows.write(row, "nextSequence", nextSequence);
      }
      if (unacknowledged !== each.unacknowledged) {
        each.unacknowledged = unacknowledged;
        rows.write(row, "unacknowledged", unacknowledged);
      }
      const flags = flagsOf(connection);
      if (flags !== each.flags || state !== each.state) {
        each.flags = flags;
        each.state = state;
        rows.write(row, "flags", flags);
        rows.write(row, "state", state);
      }
    }
  }

  /** The row that waits for whoever has this token. */
  awaited(token: Uint8Array): StreamRow | undefined {
    if (token.length !== TOKEN_BYTES) return undefined;
    const view = new DataView(token.buffer, token.byteOffset, TOKEN_BYTES);
    for (let row = 0; row < this.#kept.length; row++) {
      if (this.#kept[row]!.connection !== undefined) continue;
      const values = this.#rows.get(row);
      // All words are looked at, so that time tells nothing of them.
      const wrong =
        (values.token0 ^ view.getUint32(0, true)) |
        (values.token1 ^ view.getUint32(4, true)) |
        (values.token2 ^ view.getUint32(8, true)) |
        (values.token3 ^ view.getUint32(12, true));
      if (wrong === 0) return values;
    }
    return undefined;
  }

  /**
   * The connection of a row that waits. `taken`, `put`: how far its client has come, who may be ahead of what the row says but not by more than the
   * rings hold. Undefined where that cannot be; the row waits on.
   */
  revive(row: StreamRow, taken: number, put: number): Connection | undefined {
    const { receiveBytes, sendBytes, flags } = row;
    const unread = distance(taken, this.arrivedOf(row));
    const sending = distance(this.leftOf(row), put);
    // Our FIN is no byte of the ring.
    const finAcknowledged = (flags & 4) !== 0 && sending === -1 ? 1 : 0;
    if (unread < 0 || unread > receiveBytes || sending + finAcknowledged < 0) return undefined;
    if (sending > sendBytes) return undefined;
    return this.#host.act((stack, turn) =>
      actTcp(stack, turn, (tcp) => {
        const place = this.#unawait(row);
        const connection = reviveConnection(tcp, livingOf(row), Math.max(0, sending), turn.now);
        if (connection === undefined) return void (place && tcp.awaited.push(place));
        this.#forget(row);
        return connection;
      }),
    );
  }

  /** How many bytes had arrived, as the client counts them. */
  arrivedOf({ expected, receiveBase, flags }: StreamRow): number {
    return plus(expected, -(receiveBase + (flags & 1)));
  }

  /** How many bytes of the client's were acknowledged, and our FIN for one. */
  leftOf({ unacknowledged, sendBase }: StreamRow): number {
    return plus(unacknowledged, -sendBase);
  }

  /** Nobody waits for the row's segments any more; its ends. */
  #unawait(row: Ends): Ends | undefined {
    const { awaited } = this.#host.stack.tcp;
    const place = awaited.findIndex((each) => sameEnds(each, row));
    return place < 0 ? undefined : awaited.splice(place, 1)[0];
  }

  #forget(row: StreamRow): void {
    const place = this.#kept.findIndex(
      ({ connection }, at) => connection === undefined && sameEnds(this.#rows.get(at), row),
    );
    if (place >= 0) this.#remove(place);
  }

  /** Who has not come back does not come: the peer hears of it. */
  #giveUp(): void {
    for (let place = this.#kept.length - 1; place >= 0; place--) {
      if (this.#kept[place]!.connection !== undefined) continue;
      const row = this.#rows.get(place);
      this.#remove(place);
      this.#unawait(row);
      this.#reset(row);
    }
  }

  #reset(row: StreamRow): void {
    this.#host.act((stack, turn) =>
      actTcp(stack, turn, (tcp) => {
        const sent = distance(row.unacknowledged, row.nextSequence);
        const connection = reviveConnection(tcp, livingOf(row), sent, turn.now);
        if (connection === undefined) return;
        connection.detached = true;
        sendReset(tcp, connection);
        endConnection(tcp, connection, "aborted");
      }),
    );
  }
}

function sameEnds(one: Ends, other: Ends): boolean {
  return (
    one.remotePort === other.remotePort &&
    one.localPort === other.localPort &&
    one.remoteAddress === other.remoteAddress &&
    one.localAddress === other.localAddress
  );
}

function livingOf(row: StreamRow) {
  const { flags, options } = row;
  return {
    ...row,
    peerFinished: (flags & 1) !== 0,
    finQueued: (flags & 2) !== 0,
    finSent: (flags & 4) !== 0,
    scaling: (options & 1) !== 0,
    sack: (options & 2) !== 0,
    timestamps: (options & 4) !== 0,
    explicit: (options & 8) !== 0,
  };
}
