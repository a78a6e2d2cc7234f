// DNS questions by TCP (RFC 7766): one connection each, a length before each message.
// Invariant: an answer is at most 65,535 bytes; each question ends once, with its answer or without.
import type { StackHost } from "./stack-host.ts";
import { actTcp, connectTcp } from "./tcp-operation.ts";
import { atEnd, tcpAbort, tcpReceive, tcpSend } from "./tcp/calls.ts";
import { CONNECTED, type Connection, ENDED } from "./tcp/connection.ts";

interface Asking {
  readonly question: number;
  readonly connection: Connection;
  readonly message: Uint8Array;
  /** What has come, its length in front. */
  received: Uint8Array;
}

const PORT = 53;
const PIECE = 4096;

/** The questions that are open by TCP. */
export class DnsStreams {
  readonly #host: StackHost;
  readonly #answered: (question: number, data: Uint8Array | undefined) => void;
  readonly #open: Asking[] = [];

  constructor(host: StackHost, answered: (question: number, data: Uint8Array | undefined) => void) {
    this.#host = host;
    this.#answered = answered;
  }

  /** Asks a server; false when there is no way to it now. */
  ask(question: number, server: number, data: Uint8Array): boolean {
    const connection = this.#host.act((stack, turn) => connectTcp(stack, turn, server, PORT));
    if (typeof connection === "string") return false;
    const message = new Uint8Array(2 + data.length);
    message[0] = data.length >> 8;
    message[1] = data.length & 255;
    message.set(data, 2);
    this.#open.push({ question, connection, message, received: new Uint8Array(0) });
    return true;
  }

  /** Gives a question up. */
  forget(question: number): void {
    const asking = this.#open.find((each) => each.question === question);
    if (asking !== undefined) this.#close(asking);
  }

  /** Something happened to a connection; false when it is none of these. */
  events(connection: Connection, events: number): boolean {
    const asking = this.#open.find((each) => each.connection === connection);
    if (asking === undefined) return false;
    const { question, message } = asking;
    if ((events & CONNECTED) !== 0) {
      this.#host.act((stack, turn) =>
        actTcp(stack, turn, (tcp) => tcpSend(tcp, turn, connection, message, 0)),
      );
    }
    const answer = this.#read(asking);
    if (answer === undefined && (events & ENDED) === 0 && !atEnd(connection)) return true;
    this.#close(asking);
    this.#answered(question, answer);
    return true;
  }

  /** The whole answer, once it is there. */
  #read(asking: Asking): Uint8Array | undefined {
    const { connection } = asking;
    for (;;) {
      const { received } = asking;
      const wanted = received.length < 2 ? 2 : 2 + received[0] * 256 + received[1];
      if (received.length > 2 && received.length >= wanted) return received.slice(2, wanted);
      const piece = this.#host.act((stack, turn) =>
        actTcp(stack, turn, (tcp) => tcpReceive(tcp, turn, connection, PIECE)),
      );
      if (piece.length === 0) return undefined;
      const longer = new Uint8Array(received.length + piece.length);
      longer.set(received);
      longer.set(piece, received.length);
      asking.received = longer;
    }
  }

  #close(asking: Asking): void {
    const place = this.#open.indexOf(asking);
    if (place < 0) return;
    this.#open.splice(place, 1);
    const { connection } = asking;
    this.#host.act((stack, turn) => actTcp(stack, turn, (tcp) => tcpAbort(tcp, connection)));
  }
}
