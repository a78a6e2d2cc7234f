// The other side of many transfers at once: it sends to who says a number below UP, and takes from the others, each a pattern of its own,
// and no more of it than is let through.
// Invariant: a stream that has all of its bytes, and the right ones, is answered with SOUND.

import type { SimGuest } from "../../../sdk/sim/testing/sim-guest.ts";
import { actTcp, listenTcp } from "../tcp-operation.ts";
import { tcpAccept, tcpFinish, tcpReceive, tcpSend } from "../tcp/calls.ts";
import type { Connection } from "../tcp/connection.ts";
import { type Listener, takeSignalled } from "../tcp/table.ts";
import { WirePeer } from "./wire-peer.ts";

/** Numbers from here on are of streams that send to the peer. */
export const UP = 100;
export const SOUND = 201;

/** Byte `at` of stream `number`, as an expression for code in the guest, too. */
export const patternText = "(at * 7 + number * 31 + (at >>> 9)) & 255";
const byteOf = (number: number, at: number) => (at * 7 + number * 31 + (at >>> 9)) & 255;

const MOST = 20_000;

class Stream {
  readonly connection: Connection;
  number = -1;
  /** Bytes that were sent, or have come. */
  moved = 0;
  wrong = 0;
  ended = false;
  /** What the guest says of what it got. */
  answer = -1;

  constructor(connection: Connection) {
    this.connection = connection;
  }
}

export class PacedPeer extends WirePeer {
  readonly streams: Stream[] = [];
  /** Bytes of each stream that are let through, of `bytes` in all. */
  limit = 0;
  /** What the guest has said, on any stream that it reads, before its answer. */
  told = 0;
  readonly #bytes: number;
  readonly #listener: Listener;

  constructor(guest: SimGuest, port: number, bytes: number, delay: number) {
    super(guest, delay);
    this.#bytes = bytes;
    this.#listener = listenTcp(this.host.stack, this.turn, 0, port, 128) as Listener;
    this.work = () => this.#work();
  }

  /** Whether all that is let through has arrived at its end, or has left for it. */
  get idle(): boolean {
    return this.streams.every(
      ({ number, moved, connection }) =>
        number >= 0 && moved >= this.limit && (number >= UP || connection.outgoing.length === 0),
    );
  }

  get done(): boolean {
    return this.streams.every(({ number, answer, ended }) =>
      number >= UP ? ended : answer === SOUND,
    );
  }

  #work(): void {
    takeSignalled(this.host.stack.tcp);
    for (let each = tcpAccept(this.#listener); each; each = tcpAccept(this.#listener))
      this.streams.push(new Stream(each));
    for (const stream of this.streams) {
      if (stream.ended || stream.connection.outcome !== "") continue;
      if (stream.number < 0) this.#first(stream);
      else if (stream.number >= UP) this.#take(stream);
      else this.#give(stream);
    }
  }

  #received(stream: Stream, most: number): Uint8Array {
    return actTcp(this.host.stack, this.turn, (tcp) =>
      tcpReceive(tcp, this.turn, stream.connection, most),
    );
  }

  #send(stream: Stream, bytes: Uint8Array, last: boolean): number {
    return actTcp(this.host.stack, this.turn, (tcp) => {
      const count = tcpSend(tcp, this.turn, stream.connection, bytes, 0);
      if (last && count === bytes.length) tcpFinish(tcp, this.turn, stream.connection);
      return count;
    });
  }

  #first(stream: Stream): void {
    const [number] = this.#received(stream, 1);
    if (number !== undefined) stream.number = number;
  }

  #take(stream: Stream): void {
    const bytes = this.#received(stream, Math.min(MOST, this.limit - stream.moved));
    for (const byte of bytes) if (byte !== byteOf(stream.number, stream.moved++)) stream.wrong += 1;
    if (stream.moved < this.#bytes) return;
    stream.ended = true;
    this.#send(stream, Uint8Array.from([stream.wrong === 0 ? SOUND : 0]), true);
  }

  #give(stream: Stream): void {
    const [answer] = this.#received(stream, 1);
    if (stream.moved < this.#bytes) this.told = answer ?? this.told;
    else if (answer !== undefined) stream.answer = answer;
    const count = Math.min(MOST, this.limit - stream.moved);
    if (count <= 0) return;
    const bytes = Uint8Array.from({ length: count }, (_, n) =>
      byteOf(stream.number, stream.moved + n),
    );
    stream.moved += this.#send(stream, bytes, stream.moved + count === this.#bytes);
  }
}
