// `Net.resume`: a stream whose netd has ended goes on with its client's memory.
//
// Invariant: only who has the token gets a connection, and one that fits what was kept; memory that is not taken is closed.

import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import type { DurableStreams } from "./durable-streams.ts";
import { type MakeMemory, StreamRings } from "./stream-rings.ts";
import type { Connection } from "./tcp/connection.ts";
import { distance, plus } from "./tcp/sequence.ts";

/** Who takes a stream up says this. */
export interface ResumeRequest {
  readonly token: Uint8Array;
  readonly receive: number;
  readonly send: number;
  readonly taken: number;
  readonly put: number;
}

/** A stream whose connection stands again. */
export interface ResumedStream {
  readonly connection: Connection;
  readonly rings: StreamRings;
}

/** The connection and its rings; the caller gives it a channel, and calls `pump`. */
export function resumeStream(
  durable: DurableStreams,
  make: MakeMemory,
  { token, receive, send, taken, put }: ResumeRequest,
): ResumedStream | Failure {
  const row = durable.awaited(token);
  const memory = make(0, receive);
  const other = make(0, send);
  if (!(memory instanceof Failure || other instanceof Failure)) {
    const fits = memory.view.length === row?.receiveBytes && other.view.length === row.sendBytes;
    const connection = fits ? durable.revive(row, taken, put) : undefined;
    if (row !== undefined && connection !== undefined) {
      const arrived = durable.arrivedOf(row);
      // Our FIN counts as one that was put.
      const left = plus(put, Math.min(0, distance(put, durable.leftOf(row))));
      connection.incoming.ring.length = distance(taken, arrived);
      connection.outgoing.length = distance(left, put);
      const numbers = { arrived, taken, put, left };
      return { connection, rings: StreamRings.adopt(connection, numbers, memory, other) };
    }
  }
  if (!(memory instanceof Failure)) memory.close();
  if (!(other instanceof Failure)) other.close();
  return refuse(failures.NOT_FOUND, "the stream was not kept, or is over; connect again");
}
