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
  /** Another handle, for the client, who may write to it and may hand it back after an end of this netd (durable-streams.ts). */
  handle(): number | Failure;
  close(): void;
}

/** Makes such memory, or opens that of the code before, which is as long as it is. */
export type MakeMemory = (bytes: number, saved?: number) => SharedMemory | Failure;

/** Bytes of a ring. */
const MOST = 1 << 20;
const LEAST = 128 << 10;
/** So many streams have rings, whatever the first ones took; of what is not held back for them a stream takes this part. */
const MANY = 100;
const PART = 2;

/** The rings of a stream, as they move to another netd. */
export interface SavedRings {
  readonly receive: number;
  readonly send: number;
  readonly arrived: number;
  readonly taken: number;
  readonly put: number;
  readonly left: number;
}

/** How long a ring is that holds `needed` bytes at least, where so many bytes are to spare. */
function ringBytes(spare: number, needed: number): number {
  let bytes = LEAST;
  while (bytes < needed || (bytes < MOST && 4 * bytes <= spare / PART)) bytes *= 2;
  return bytes;
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

  /** Moves a connection's buffers, beside those of `others`; undefined, and nothing has happened, where there is no memory for it. */
  static share(connection: Connection, make: MakeMemory, others: number): StreamRings | undefined {
    const { incoming, outgoing } = connection;
    const { account } = outgoing;
    const before = incoming.ring.bytes.length + outgoing.bytes.length;
    const left = account.limit - account.used + before;
    const spare = left - Math.max(0, MANY - 1 - others) * 2 * LEAST;
    // The peer was promised as much as the limit says.
    const receiveBytes = ringBytes(
      spare,
      Math.max(incoming.ring.bytes.length, incoming.ring.limit),
    );
    const sendBytes = ringBytes(spare, outgoing.bytes.length);
    if (receiveBytes > MOST || sendBytes > MOST || receiveBytes + sendBytes > left) {
      return undefined;
    }
    const receive = make(receiveBytes);
    if (receive instanceof Failure) return undefined;
    const send = make(sendBytes);
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
    const receive = make(0, saved.receive);
    const send = make(0, saved.send);
    if (receive instanceof Failure || send instanceof Failure) {
      throw new Error("a stream has lost its memory");
    }
    return StreamRings.adopt(connection, saved, receive, send);
  }

  /** Goes on in this memory; how far both sides are, `saved` says, and the connection's buffers get their lengths from it. */
  static adopt(
    connection: Connection,
    saved: Pick<SavedRings, "arrived" | "taken" | "put" | "left">,
    receive: SharedMemory,
    send: SharedMemory,
  ): StreamRings {
    const rings = new StreamRings(receive, send);
    rings.arrived = saved.arrived;
    rings.taken = saved.taken;
    rings.put = saved.put;
    rings.left = saved.left;
    const { incoming, outgoing } = connection;
    const receiveBytes = receive.view.length;
    const sendBytes = send.view.length;
    outgoing.account.used += receiveBytes - incoming.ring.bytes.length;
    outgoing.account.used += sendBytes - outgoing.bytes.length;
    adoptMemory(incoming.ring, receive.view, saved.taken & (receiveBytes - 1));
    adoptMemory(outgoing, send.view, (saved.put - outgoing.length) & (sendBytes - 1));
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
