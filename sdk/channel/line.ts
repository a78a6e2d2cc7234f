// Calls on the port that wait: the one reader until bytes arrive, writers until there is room.
// Invariant: bytes leave in the order of the writes; each call is answered once. Those that wait are parked, and so move to new code.
import { type Failure, failures, refuse } from "../contract/failure.ts";
import { PARKED, type Parked } from "../contract/parked.ts";
import { STREAM_BYTES } from "../../servers/virtio-serial/contract.ts";

/** Writes that wait at most. */
const WRITES = 64;

/** Calls that wait, by their reply objects. */
export interface LineCalls {
  reader?: number;
  writes: { reply: number; bytes: Uint8Array }[];
}

/** How calls wait and are answered (serve-line.ts). */
export interface LineReplies {
  /** takes the reply object of the call that is being handled */
  park(): number;
  read(reply: number, result: { bytes: Uint8Array } | Failure): void;
  written(reply: number): void;
}

/** A port with bytes in and out. Faults are texts. */
export interface LinePort<F extends string> {
  /** what has arrived, at most STREAM_BYTES; undefined for nothing */
  receive(): Uint8Array | F | undefined;
  /** takes all of it, or nothing where there is no room */
  transmit(bytes: Uint8Array): boolean | F;
}

/** A line over a port; `broken` is told of the first fault of the device. */
export class Line<F extends string> {
  /** What waits. */
  calls: LineCalls = { writes: [] };
  private readonly port: LinePort<F>;
  private readonly broken: (fault: F) => void;
  private readonly replies: LineReplies;

  constructor(port: LinePort<F>, broken: (fault: F) => void, replies: LineReplies) {
    this.port = port;
    this.broken = broken;
    this.replies = replies;
  }

  /** The next bytes, now or later. */
  read(): { bytes: Uint8Array } | Failure | Parked {
    if (this.calls.reader !== undefined)
      return refuse(failures.BUSY, "a read of this line waits already; wait for its answer");
    const bytes = this.take();
    if (bytes !== undefined) return { bytes };
    this.calls.reader = this.replies.park();
    return PARKED;
  }

  /** Sends bytes, now or when there is room. */
  write(bytes: Uint8Array): object | Failure | Parked {
    if (bytes.length > STREAM_BYTES)
      return refuse(failures.LIMIT, `a write has at most ${STREAM_BYTES} bytes; divide it`);
    const { writes } = this.calls;
    if (writes.length >= WRITES)
      return refuse(failures.LIMIT, `${WRITES} writes wait already; wait for their answers`);
    if (writes.length === 0 && this.give(bytes)) return {};
    writes.push({ reply: this.replies.park(), bytes });
    return PARKED;
  }

  private take(): Uint8Array | undefined {
    const bytes = this.port.receive();
    if (typeof bytes !== "string") return bytes;
    this.broken(bytes);
    return undefined;
  }

  private give(bytes: Uint8Array): boolean {
    const taken = this.port.transmit(bytes);
    if (typeof taken === "string") this.broken(taken);
    return taken === true;
  }

  /** Bytes may have arrived. */
  arrived(): void {
    const { reader } = this.calls;
    if (reader === undefined) return;
    const bytes = this.take();
    if (bytes === undefined) return;
    delete this.calls.reader;
    this.replies.read(reader, { bytes });
  }

  /** There may be room. */
  room(): void {
    const { writes } = this.calls;
    while (writes.length > 0 && this.give(writes[0]!.bytes)) {
      this.replies.written(writes.shift()!.reply);
    }
  }

  /** The client is gone: its calls are forgotten. */
  drop(): void {
    const { reader, writes } = this.calls;
    this.calls = { writes: [] };
    if (reader !== undefined)
      this.replies.read(reader, refuse(failures.UNAVAILABLE, "the client has gone"));
    for (const { reply } of writes) this.replies.written(reply);
  }
}
