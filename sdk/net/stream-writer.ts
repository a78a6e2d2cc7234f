// Writes of a TCP connection, in order: into the ring where memory is shared, by messages where it is not.
// Invariant: a write is done when all of its bytes are in the send buffer; one that was given up in its midst ends the connection.
import type { ClientOf } from "../contract/client.ts";
import { Failure } from "../contract/failure.ts";
import type { TcpStream as Contract } from "../../servers/netd/contract.ts";
import type { NetworkWorld, Patience } from "./network.ts";
import { type Outcome, sentences } from "./stream-outcome.ts";
import type { StreamRings } from "./stream-rings.ts";
import { Waiters } from "./wait.ts";

const PIECE = 4000;
const SENDS_AT_ONCE = 4;
/** Bytes after which memory is shared. */
export const MANY = 65_536;
/** What is waited for without end. */
export const WITHOUT: Patience = {};

/** A write, and how far it has come. */
interface Part {
  readonly bytes: Uint8Array;
  at: number;
}

/** A write that was done at once. */
const done: Promise<undefined> = Promise.resolve(undefined);

/** The connection that writes are of. */
export interface WriterEnd {
  readonly stream: ClientOf<typeof Contract.methods>;
  readonly rings: StreamRings | undefined;
  readonly sharing: Promise<void> | undefined;
  readonly ending: Outcome | undefined;
  /** bytes that went through messages, both ways */
  moved: number;
  share(): Promise<void>;
  abort(): void;
}

// (Fields are private by type only: `#x` costs an engine six times as much.)
export class StreamWriter {
  private readonly end: WriterEnd;
  private writes: Promise<unknown> = Promise.resolve();
  /** Writes and ends that are not done. */
  private writing = 0;
  /** Writes that are not done, and how far they have come. */
  private readonly parts: Part[] = [];
  private readonly writers: Waiters<true>;

  constructor(end: WriterEnd, world: NetworkWorld) {
    this.end = end;
    this.writers = new Waiters(world);
  }

  /** What is left of writes that are not done. */
  get unwritten(): Uint8Array[] {
    return this.parts.map(({ bytes, at }) => bytes.subarray(at));
  }

  /** There may be room, or no use in waiting for it. */
  goOn(): void {
    this.writers.answerAll(() => true);
  }

  /** Does what comes behind all writes. */
  last<T>(f: () => Promise<T>): Promise<T> {
    this.writing += 1;
    const result = this.writes.then(f);
    this.writes = result;
    return result;
  }

  /** As `TcpStream.write` says. */
  write(bytes: Uint8Array, patience: Patience): Promise<Failure | undefined> {
    const { rings } = this.end;
    if (rings !== undefined && this.writing === 0 && this.end.ending === undefined) {
      if (rings.room >= bytes.length) {
        if (bytes.length === 0) return done;
        rings.put(bytes, 0);
        this.end.stream.send.put({ total: rings.putTotal });
        return done;
      }
    }
    if (this.isSmall(bytes.length)) {
      this.end.moved += bytes.length;
      this.writing = 1;
      this.parts.push({ bytes, at: bytes.length });
      const settings = patience === WITHOUT ? undefined : patience;
      const result = this.end.stream.transmit({ data: bytes }, settings).then(this.sent);
      this.writes = result;
      return result;
    }
    this.writing += 1;
    const part = { bytes, at: 0 };
    this.parts.push(part);
    const result = this.writes.then(() => this.writePart(part, patience));
    this.writes = result.then(() => {
      this.writing -= 1;
      this.parts.shift();
    });
    return result;
  }

  /** Whether so many bytes go in one message, and nothing is in front of them. */
  private isSmall(count: number): boolean {
    if (count === 0 || count > PIECE || this.writing > 0 || this.end.moved + count > MANY)
      return false;
    return (
      this.end.rings === undefined &&
      this.end.sharing === undefined &&
      this.end.ending === undefined
    );
  }

  /** The answer to a message that was written so. */
  private readonly sent = (answer: object | Failure): Failure | undefined => {
    this.writing -= 1;
    this.parts.shift();
    return answer instanceof Failure ? this.failed(answer) : undefined;
  };

  /** What a writer hears of a message that did not get there. */
  private failed(failure: Failure): Failure {
    const ended = this.end.ending;
    if (ended !== undefined && ended !== "finished") return sentences[ended];
    if (failure.code < 0) this.end.abort();
    return failure;
  }

  private async writePart(part: Part, patience: Patience): Promise<Failure | undefined> {
    const { bytes } = part;
    this.end.moved += bytes.length;
    if (this.end.moved > MANY || this.end.sharing !== undefined) await this.end.share();
    if (this.end.rings !== undefined) return this.put(this.end.rings, part, patience);
    return this.transmit(part, patience);
  }

  /** Sends by the ring. */
  private async put(
    rings: StreamRings,
    part: Part,
    patience: Patience,
  ): Promise<Failure | undefined> {
    while (part.at < part.bytes.length) {
      const ended = this.end.ending;
      if (ended === "finished") return sentences.aborted;
      if (ended !== undefined) return sentences[ended];
      if (rings.room > 0) {
        part.at = rings.put(part.bytes, part.at);
        this.end.stream.send.put({ total: rings.putTotal });
        continue;
      }
      const waited = await this.writers.wait("TcpStream.write", patience);
      if (waited === true) continue;
      this.end.abort();
      return waited;
    }
    return undefined;
  }

  /** Sends by messages. */
  private async transmit(part: Part, patience: Patience): Promise<Failure | undefined> {
    const { bytes } = part;
    const calls: Promise<object | Failure>[] = [];
    let failure: Failure | undefined;
    for (let at = 0; at < bytes.length && failure === undefined; at += PIECE) {
      part.at = Math.min(at + PIECE, bytes.length);
      const data = bytes.subarray(at, part.at);
      calls.push(this.end.stream.transmit({ data }, patience));
      if (calls.length < SENDS_AT_ONCE) continue;
      const sent = await calls.shift();
      if (sent instanceof Failure) failure = sent;
    }
    for (const call of calls) {
      const sent = await call;
      if (sent instanceof Failure) failure ??= sent;
    }
    return failure === undefined ? undefined : this.failed(failure);
  }
}
