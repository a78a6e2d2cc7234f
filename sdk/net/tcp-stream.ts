// A TCP connection as a program uses it: read until done, write with back-pressure, finish, close.
// Invariant: at most CREDIT received pieces wait here; a read that was given up loses no byte, a write that was given up ends the
// connection, since nobody can say how much of it has left.
import type { ClientOf } from "../contract/client.ts";
import { Failure, failures } from "../contract/failure.ts";
import { TcpStream as Contract } from "../../servers/netd/contract.ts";
import { errors } from "../abi/table.ts";
import { handleOf } from "../hot/handle-of.ts";
import type { Network, NetworkWorld, Patience } from "./network.ts";
import type { SavedStream } from "./saved-stream.ts";
import { type Outcome, sentences } from "./stream-outcome.ts";
import { type Resumed, resumeStream } from "./stream-resume.ts";
import { StreamRings } from "./stream-rings.ts";
import { MANY, StreamWriter, WITHOUT, type WriterEnd } from "./stream-writer.ts";
import { Waiters } from "./wait.ts";

type Client = ClientOf<typeof Contract.methods>;

/** What a read gives: bytes, or that the peer sends no more. */
export type ReadResult =
  | { readonly done: false; readonly value: Uint8Array }
  | { readonly done: true; readonly value: undefined };

const CREDIT = 16;
/** PEER_CLOSED and MAYBE_EXECUTED. */
const LOST: readonly number[] = [errors.PEER_CLOSED[0], errors.MAYBE_EXECUTED[0]];
/** When the news that a channel is closed has arrived for certain, in nanoseconds. */
const SOON = 5_000_000;

// (Fields are private by type only: `#x` costs an engine six times as much.)
export class TcpStream implements WriterEnd {
  /** Own address and port. */
  readonly localAddress: number;
  readonly localPort: number;
  stream: Client;
  private readonly received: Uint8Array[] = [];
  private readonly readers: Waiters<ReadResult>;
  private unasked = 0;
  private peerDone = false;
  ending: Outcome | undefined;
  private closed = false;
  private readonly world: NetworkWorld;
  /** Bytes that went through messages, both ways; where there are many, memory is shared. */
  moved = 0;
  rings: StreamRings | undefined;
  sharing: Promise<void> | undefined;
  private unshared = false;
  /** Bytes in the ring as netd has said; -1 until its first word, which it sends behind the last `data`. */
  private arrived = -1;
  /** Those who wait for bytes to put where they want them. */
  private readonly comers: Waiters<true>;
  private readonly writer: StreamWriter;
  private resuming: Promise<void> | undefined;
  private tuned: { readonly noDelay: boolean; readonly keepAlive: number } | undefined;

  /** `saved`: it goes on where the code before has stopped. */
  constructor(
    network: Pick<Network, "world">,
    stream: Client,
    localAddress: number,
    localPort: number,
    saved?: SavedStream,
  ) {
    this.world = network.world;
    this.stream = this.attach(stream);
    this.localAddress = localAddress;
    this.localPort = localPort;
    this.readers = new Waiters(network.world);
    this.writer = new StreamWriter(this, network.world);
    this.comers = new Waiters(network.world);
    if (saved === undefined) stream.send.more({ count: CREDIT });
    else this.restore(saved);
  }

  /**
   * The connection for new code of this server: to be said with the state (sdk/hot), at the end of a turn, when no call of its own is on the
   * way. `TcpStream.restore` makes it again there, and its user writes `unwritten` first. undefined: it is closed, or its memory can't move.
   */
  save(): SavedStream | undefined {
    const rings = this.rings?.save();
    if (this.closed || (rings === undefined && this.rings !== undefined)) return undefined;
    const { localAddress, localPort } = this;
    return {
      channel: handleOf(this.stream),
      localAddress,
      localPort,
      received: [...this.received],
      unasked: this.unasked,
      peerDone: this.peerDone,
      outcome: this.ending ?? "",
      moved: this.moved,
      unshared: this.unshared,
      arrived: this.arrived < 0 ? undefined : this.arrived,
      rings,
      tuned: this.tuned,
      unwritten: this.writer.unwritten,
    };
  }

  static restore(world: NetworkWorld, saved: SavedStream): TcpStream {
    const stream = world.open(Contract, saved.channel);
    return new TcpStream({ world }, stream, saved.localAddress, saved.localPort, saved);
  }

  private restore(saved: SavedStream): void {
    this.received.push(...saved.received);
    this.unasked = saved.unasked;
    this.peerDone = saved.peerDone;
    this.ending = saved.outcome === "" ? undefined : (saved.outcome as Outcome);
    this.moved = saved.moved;
    this.unshared = saved.unshared;
    this.arrived = saved.arrived ?? -1;
    this.tuned = saved.tuned;
    const rings = saved.rings && StreamRings.restore(this.world, saved.rings);
    if (rings instanceof Failure) this.abort();
    else this.rings = rings;
    // Its netd is gone already: nobody will say so again.
    if (saved.channel === 0) this.lost();
  }

  private attach(stream: Client): Client {
    stream.on.arrived(({ total }) => {
      this.arrived = total;
      if (this.rings === undefined) void this.share();
      else this.serve(this.rings);
    });
    stream.on.left(({ total }) => {
      this.rings?.noteLeft(total);
      this.writer.goOn();
    });
    stream.on.data(({ data }) => {
      this.moved += data.length;
      if (this.moved > MANY) void this.share();
      if (this.readers.answer({ done: false, value: data })) this.consumed();
      else {
        this.received.push(data);
        this.comers.answerAll(() => true);
      }
    });
    stream.on.end(({ total }) => {
      this.peerDone = true;
      if (total !== undefined) this.arrived = total;
      if (this.rings !== undefined) this.serve(this.rings);
      this.tellEnd();
    });
    stream.on.over(({ outcome }) => this.over(outcome));
    stream.onClosed(() => this.lost());
    return stream;
  }

  /** Its server has ended: a stream with rings comes back, every other one is over. */
  private lost(): void {
    const rings = this.rings;
    if (rings === undefined || this.ending !== undefined) {
      this.over("restarted");
      return;
    }
    const wanted = () => this.ending === undefined;
    this.resuming = resumeStream(this.world, rings, wanted).then((resumed) => {
      this.resuming = undefined;
      if (resumed === undefined) this.over("restarted");
      else this.resume(rings, resumed);
    });
  }

  private resume(rings: StreamRings, resumed: Resumed): void {
    const stream = this.world.open(Contract, resumed.stream);
    if (this.ending !== undefined) {
      stream.close();
      return;
    }
    this.stream = this.attach(stream);
    rings.resumed(resumed);
    this.arrived = resumed.arrived;
    // What came between question and answer is not known there.
    stream.send.put({ total: rings.putTotal });
    if (this.tuned !== undefined) void stream.tune(this.tuned);
    this.serve(rings);
    this.writer.goOn();
  }

  /** A call that the end of the server cuts off is made again at the next one. */
  private async call<T>(make: (stream: Client) => Promise<T | Failure>): Promise<T | Failure> {
    for (;;) {
      const answer = await make(this.stream);
      const lost = answer instanceof Failure && LOST.includes(answer.code);
      if (!lost || this.rings === undefined) return answer;
      // The news that the channel is closed may come after the call's end.
      if (!this.stream.closed) {
        await new Promise<void>((resolve) => void this.world.after(SOON, resolve));
      }
      await this.resuming;
      if (this.ending !== undefined) return answer;
    }
  }

  private over(outcome: Outcome): void {
    if (this.ending !== undefined) return;
    this.ending = outcome;
    this.tellEnd();
    this.writer.goOn();
  }

  /** Whether received bytes wait to be read, or may: where rings are on their way, nobody knows yet. */
  private get waits(): boolean {
    if (this.sharing !== undefined || this.received.length > 0) return true;
    return (this.rings?.available ?? 0) > 0;
  }

  /** Bytes of the ring that are next: not before the word that comes behind the last `data`, which may come later than the ring. */
  private get next(): number {
    return this.arrived < 0 ? 0 : (this.rings?.available ?? 0);
  }

  /** Nothing more comes: who waits for bytes hears of it, once all are read. */
  private tellEnd(): void {
    if (this.waits) return;
    this.readers.answerAll(() => this.end());
    this.comers.answerAll(() => true);
  }

  /** Asks netd for rings in shared memory: then no write is a call that waits for a slow peer. Without them all goes on by messages. */
  share(): Promise<void> {
    if (this.rings !== undefined || this.unshared || this.ending !== undefined) {
      return Promise.resolve();
    }
    if (this.world.map === undefined) return Promise.resolve();
    this.sharing ??= this.askForRings().then(() => {
      this.sharing = undefined;
      if (this.peerDone || this.ending !== undefined) this.tellEnd();
    });
    return this.sharing;
  }

  private async askForRings(): Promise<void> {
    const shared = await this.stream.share({});
    this.moved = 0;
    if (shared instanceof Failure) {
      this.unshared = shared.code !== failures.BUSY;
      return;
    }
    const rings = StreamRings.open(this.world, shared);
    if (rings instanceof Failure || this.closed) {
      if (!(rings instanceof Failure)) rings.close();
      return this.abort();
    }
    this.rings = rings;
    this.serve(rings);
  }

  /** Bytes have arrived in the ring. */
  private serve(rings: StreamRings): void {
    if (this.arrived >= 0) rings.noteArrived(this.arrived);
    while (this.readers.length > 0 && this.received.length === 0 && this.next > 0) {
      this.readers.answer({ done: false, value: rings.take() });
    }
    if (this.received.length === 0 && this.next > 0) this.comers.answerAll(() => true);
    this.tell(rings);
  }

  /** Tells netd what was read. */
  private tell(rings: StreamRings): void {
    if (this.ending !== undefined) return;
    const total = rings.takenToTell(this.peerDone && rings.available === 0);
    if (total >= 0) this.stream.send.taken({ total });
  }

  private end(): ReadResult | Failure {
    if (this.peerDone || this.ending === "finished") return { done: true, value: undefined };
    return sentences[this.ending ?? "aborted"] as Failure;
  }

  /** A piece was handed over: the server may send more, told a few at a time. */
  private consumed(): void {
    this.unasked += 1;
    if (this.unasked < CREDIT / 2 || this.ending !== undefined) return;
    this.stream.send.more({ count: this.unasked });
    this.unasked = 0;
  }

  /** How it ended; undefined while it has not. */
  get outcome(): Outcome | undefined {
    return this.ending;
  }

  /** The next bytes in order, at most 65,536; without a timeout it waits for ever. A failure says how the connection ended. */
  read(patience: Patience = WITHOUT): Promise<ReadResult | Failure> {
    const value = this.received.shift();
    if (value !== undefined) {
      this.consumed();
      return Promise.resolve({ done: false, value });
    }
    const rings = this.rings;
    if (rings !== undefined && this.next > 0) {
      const bytes = rings.take();
      this.tell(rings);
      return Promise.resolve({ done: false, value: bytes });
    }
    const over = this.peerDone || this.ending !== undefined || this.closed;
    if (over && (this.sharing === undefined || this.closed)) {
      return Promise.resolve(this.end());
    }
    return this.readers.wait("TcpStream.read", patience);
  }

  /**
   * As `read`, to the begin of `into`, which is not empty: how many bytes came, 0 at the end. No memory is taken for them, and those that lie in
   * shared memory are copied once.
   */
  readInto(into: Uint8Array, patience: Patience = {}): Promise<number | Failure> {
    const now = this.readNow(into);
    return now === undefined ? this.readLater(into, patience) : Promise.resolve(now);
  }

  private async readLater(into: Uint8Array, patience: Patience): Promise<number | Failure> {
    for (;;) {
      const came = await this.comers.wait("TcpStream.readInto", patience);
      if (came instanceof Failure) return came;
      const now = this.readNow(into);
      if (now !== undefined) return now;
    }
  }

  /** What is there, undefined where it is to be waited for. */
  private readNow(into: Uint8Array): number | Failure | undefined {
    const first = this.received[0];
    if (first !== undefined) {
      const count = Math.min(first.length, into.length);
      into.set(count < first.length ? first.subarray(0, count) : first);
      if (count < first.length) this.received[0] = first.subarray(count);
      else {
        this.received.shift();
        this.consumed();
      }
      return count;
    }
    const rings = this.rings;
    if (rings !== undefined && this.next > 0) {
      const count = rings.takeInto(into);
      this.tell(rings);
      return count;
    }
    const over = this.peerDone || this.ending !== undefined || this.closed;
    if (!over || (this.sharing !== undefined && !this.closed)) return undefined;
    const end = this.end();
    return end instanceof Failure ? end : 0;
  }

  /** Sends bytes behind those of earlier writes; done when all are in the send buffer, which is how a slow peer slows the writer. */
  write(bytes: Uint8Array, patience: Patience = WITHOUT): Promise<Failure | undefined> {
    return this.writer.write(bytes, patience);
  }

  /** Sends no more, once all writes are done; the peer reads the end, and may go on itself. */
  finish(patience: Patience = {}): Promise<Failure | undefined> {
    return this.writer.last(async () => {
      await this.sharing;
      const total = this.rings?.putTotal;
      const fields = total === undefined ? {} : { total };
      const done = await this.call((stream) => stream.finish(fields, patience));
      return done instanceof Failure ? done : undefined;
    });
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
    this.tuned = { noDelay, keepAlive };
    const done = await this.call((stream) => stream.tune({ noDelay, keepAlive }, patience));
    return done instanceof Failure ? done : undefined;
  }

  /** Gives up to read, or to write, for good. */
  async restrict(
    may: { readonly read: boolean; readonly write: boolean },
    patience: Patience = {},
  ): Promise<Failure | undefined> {
    const done = await this.call((stream) => stream.restrict(may, patience));
    return done instanceof Failure ? done : undefined;
  }

  /** Both ends, state and round-trip time. */
  info(patience: Patience = {}) {
    return this.call((stream) => stream.info({}, patience));
  }

  /** Ends the connection at once: the peer sees a reset. */
  abort(): void {
    if (this.ending !== undefined) return;
    this.stream.send.abort({});
    this.over("aborted");
    this.close();
  }

  /** Lets go of the connection: what was written still arrives. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    // What was written arrives by the next server, if there is one.
    if (this.resuming !== undefined && this.ending === undefined) {
      void this.resuming.then(() => this.release());
    } else this.release();
  }

  private release(): void {
    // Bytes that netd takes for unread would make it reset the connection.
    const taken = this.ending === undefined ? (this.rings?.takenToTell(true) ?? -1) : -1;
    if (taken >= 0) this.stream.send.taken({ total: taken });
    this.over("aborted");
    this.rings?.close();
    this.rings = undefined;
    this.stream.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
