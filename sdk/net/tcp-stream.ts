// A TCP connection as a program uses it: read until done, write with back-pressure, finish, close.
// Invariant: at most CREDIT received pieces wait here; a read that was given up loses no byte, a write that was given up ends the
// connection, since nobody can say how much of it has left.
import type { ClientOf } from "../contract/client.ts";
import { Failure, failures, refuse } from "../contract/failure.ts";
import { type TcpStream as Contract, netFailures } from "../../servers/netd/contract.ts";
import type { Network, Patience } from "./network.ts";
import { Waiters } from "./wait.ts";

type Client = ClientOf<typeof Contract.methods>;

/** What a read gives: bytes, or that the peer sends no more. */
export type ReadResult =
  | { readonly done: false; readonly value: Uint8Array }
  | { readonly done: true; readonly value: undefined };

/** How the connection ended. */
export type Outcome = "finished" | "reset" | "timed-out" | "unreachable" | "aborted" | "restarted";

const CREDIT = 16;
const PIECE = 4000;
const SENDS_AT_ONCE = 4;

const sentences: { readonly [outcome in Exclude<Outcome, "finished">]: Failure } = {
  reset: refuse(netFailures.RESET, "the peer has reset the connection; open a new one"),
  "timed-out": refuse(netFailures.TIMED_OUT, "the peer is silent; check that it is up"),
  unreachable: refuse(netFailures.UNREACHABLE, "the address or the way to the peer is lost"),
  aborted: refuse(netFailures.FINISHED, "the connection was aborted on this side"),
  restarted: refuse(failures.UNAVAILABLE, "the network server has restarted; connect again"),
};

export class TcpStream {
  /** Own address and port. */
  readonly localAddress: number;
  readonly localPort: number;
  readonly #stream: Client;
  readonly #received: Uint8Array[] = [];
  readonly #readers: Waiters<ReadResult>;
  #unasked = 0;
  #peerDone = false;
  #outcome: Outcome | undefined;
  #closed = false;
  #writes: Promise<unknown> = Promise.resolve();

  constructor(
    network: Pick<Network, "world">,
    stream: Client,
    localAddress: number,
    localPort: number,
  ) {
    this.#stream = stream;
    this.localAddress = localAddress;
    this.localPort = localPort;
    this.#readers = new Waiters(network.world);
    stream.on.data(({ data }) => {
      if (this.#readers.answer({ done: false, value: data })) this.#consumed();
      else this.#received.push(data);
    });
    stream.on.end(() => {
      this.#peerDone = true;
      if (this.#received.length === 0) {
        this.#readers.answerAll(() => ({ done: true, value: undefined }));
      }
    });
    stream.on.over(({ outcome }) => this.#over(outcome));
    stream.onClosed(() => this.#over("restarted"));
    stream.send.more({ count: CREDIT });
  }

  #over(outcome: Outcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#readers.answerAll(() => this.#end());
  }

  #end(): ReadResult | Failure {
    if (this.#peerDone || this.#outcome === "finished") return { done: true, value: undefined };
    return sentences[this.#outcome ?? "aborted"] as Failure;
  }

  /** A piece was handed over: the server may send more, told a few at a time. */
  #consumed(): void {
    this.#unasked += 1;
    if (this.#unasked < CREDIT / 2 || this.#outcome !== undefined) return;
    this.#stream.send.more({ count: this.#unasked });
    this.#unasked = 0;
  }

  /** How it ended; undefined while it has not. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** The next bytes in order, at most 4,064; without a timeout it waits for ever. A failure says how the connection ended. */
  read(patience: Patience = {}): Promise<ReadResult | Failure> {
    const value = this.#received.shift();
    if (value !== undefined) {
      this.#consumed();
      return Promise.resolve({ done: false, value });
    }
    if (this.#peerDone || this.#outcome !== undefined || this.#closed) {
      return Promise.resolve(this.#end());
    }
    return this.#readers.wait("TcpStream.read", patience);
  }

  /** Sends bytes behind those of earlier writes; done when all are in the send buffer, which is how a slow peer slows the writer. */
  write(bytes: Uint8Array, patience: Patience = {}): Promise<Failure | undefined> {
    const result = this.#writes.then(() => this.#write(bytes, patience));
    this.#writes = result;
    return result;
  }

  async #write(bytes: Uint8Array, patience: Patience): Promise<Failure | undefined> {
    const calls: Promise<object | Failure>[] = [];
    let failure: Failure | undefined;
    for (let at = 0; at < bytes.length && failure === undefined; at += PIECE) {
      const data = bytes.subarray(at, Math.min(at + PIECE, bytes.length));
      calls.push(this.#stream.transmit({ data }, patience));
      if (calls.length < SENDS_AT_ONCE) continue;
      const sent = await calls.shift();
      if (sent instanceof Failure) failure = sent;
    }
    for (const call of calls) {
      const sent = await call;
      if (sent instanceof Failure) failure ??= sent;
    }
    if (failure === undefined) return undefined;
    const ended = this.#outcome;
    if (ended !== undefined && ended !== "finished") return sentences[ended];
    if (failure.code < 0) this.abort();
    return failure;
  }

  /** Sends no more, once all writes are done; the peer reads the end, and may go on itself. */
  finish(patience: Patience = {}): Promise<Failure | undefined> {
    const result = this.#writes.then(async () => {
      const done = await this.#stream.finish({}, patience);
      return done instanceof Failure ? done : undefined;
    });
    this.#writes = result;
    return result;
  }

  /**
   * Settings of the connection: `noDelay` lets small writes leave at once; after `keepAlive` nanoseconds of silence (10 s at least,
   * 0 for never) the peer is asked for a sign of life, and the connection ends without one.
   */
  async tune(
    options: { readonly noDelay?: boolean; readonly keepAlive?: number },
    patience: Patience = {},
  ): Promise<Failure | undefined> {
    const { noDelay = false, keepAlive = 0 } = options;
    const done = await this.#stream.tune({ noDelay, keepAlive }, patience);
    return done instanceof Failure ? done : undefined;
  }

  /** Gives up to read, or to write, for good. */
  async restrict(
    may: { readonly read: boolean; readonly write: boolean },
    patience: Patience = {},
  ): Promise<Failure | undefined> {
    const done = await this.#stream.restrict(may, patience);
    return done instanceof Failure ? done : undefined;
  }

  /** Both ends, state and round-trip time. */
  info(patience: Patience = {}) {
    return this.#stream.info({}, patience);
  }

  /** Ends the connection at once: the peer sees a reset. */
  abort(): void {
    if (this.#outcome !== undefined) return;
    this.#stream.send.abort({});
    this.#over("aborted");
    this.close();
  }

  /** Lets go of the connection: what was written still arrives. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#over("aborted");
    this.#stream.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
