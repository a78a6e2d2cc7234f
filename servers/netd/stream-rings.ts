// A stream's two rings in memory that its client sees (TcpStream.share).
//
// Invariant: how much there is, is counted on this side; a client that says more than can be is found out by its first lie. The client may
// change bytes that it has put at any time, which is nobody's business but its own.

import { Failure } from "../../sdk/contract/failure.ts";
import { adoptMemory, type RingMemory, shareRing, unshareRing } from "./tcp/byte-ring.ts";
import type { Connection } from "./tcp/connection.ts";
import { distance } from "./tcp/sequence.ts";

/** Memory that a ring can lie in, and its handle. */
export interface SharedMemory {
  readonly view: RingMemory;
  readonly number: number;
  /** Another handle, for the client: to read alone, or to write as well. */
  handle(write: boolean): number | Failure;
  close(): void;
}

/** Makes such memory, or opens that of the code before. */
export type MakeMemory = (bytes: number, saved?: number) => SharedMemory | Failure;

const RECEIVE_BYTES = 1 << 20;
const SEND_BYTES = 1 << 20;

/** The rings of a stream, as they move to another netd. */
export interface SavedRings {
  readonly receive: number;
  readonly send: number;
  readonly arrived: number;
  readonly taken: number;
  readonly put: number;
  readonly left: number;
}

export class StreamRings {
  readonly receive: SharedMemory;
  readonly send: SharedMemory;
  /** As the client was told, and as it has told. */
  arrived = 0;
  taken = 0;
  put = 0;
  left = 0;

  private constructor(receive: SharedMemory, send: SharedMemory) {
    this.receive = receive;
    this.send = send;
  }

  /** Moves a connection's buffers; undefined, and nothing has happened, where there is no memory for it. */
  static share(connection: Connection, make: MakeMemory): StreamRings | undefined {
    const { incoming, outgoing } = connection;
    const { account } = outgoing;
    const more = RECEIVE_BYTES + SEND_BYTES - incoming.ring.bytes.length - outgoing.bytes.length;
    if (incoming.ring.bytes.length > RECEIVE_BYTES || incoming.ring.limit > RECEIVE_BYTES) {
      return undefined;
    }
    if (outgoing.bytes.length > SEND_BYTES || account.used + more > account.limit) return undefined;
    const receive = make(RECEIVE_BYTES);
    if (receive instanceof Failure) return undefined;
    const send = make(SEND_BYTES);
    if (send instanceof Failure) {
      receive.close();
      return undefined;
    }
    shareRing(incoming.ring, receive.view);
    shareRing(outgoing, send.view);
    const rings = new StreamRings(receive, send);
    rings.arrived = incoming.ring.length;
    rings.put = outgoing.length;
    return rings;
  }

  /** Goes on with the rings of the code before: the connection's bytes lie in them. */
  static load(connection: Connection, saved: SavedRings, make: MakeMemory): StreamRings {
    const receive = make(RECEIVE_BYTES, saved.receive);
    const send = make(SEND_BYTES, saved.send);
    if (receive instanceof Failure || send instanceof Failure) {
      throw new Error("a stream has lost its memory");
    }
    const rings = new StreamRings(receive, send);
    rings.arrived = saved.arrived;
    rings.taken = saved.taken;
    rings.put = saved.put;
    rings.left = saved.left;
    const { incoming, outgoing } = connection;
    outgoing.account.used += RECEIVE_BYTES - incoming.ring.bytes.length;
    outgoing.account.used += SEND_BYTES - outgoing.bytes.length;
    adoptMemory(incoming.ring, receive.view, saved.taken & (RECEIVE_BYTES - 1));
    adoptMemory(outgoing, send.view, (saved.put - outgoing.length) & (SEND_BYTES - 1));
    return rings;
  }

  save(): SavedRings {
    const { receive, send, arrived, taken, put, left } = this;
    return { receive: receive.number, send: send.number, arrived, taken, put, left };
  }

  /** The connection goes on without the client. */
  end(connection: Connection): void {
    const { ranges, next, ring } = connection.incoming;
    const last = ranges[ranges.length - 1];
    unshareRing(ring, last === undefined ? 0 : distance(next, last.end));
    unshareRing(connection.outgoing, 0);
    this.receive.close();
    this.send.close();
  }
}
