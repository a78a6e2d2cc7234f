// Calls on the port that wait: the one reader until bytes arrive, writers until there is room.
// Invariant: bytes leave in the order of the writes; each call is answered once.
import { type Failure, failures, refuse } from "../contract/failure.ts";
import { STREAM_BYTES } from "../../servers/virtio-serial/contract.ts";

/** Writes that wait at most. */
const WRITES = 64;

interface Write {
  readonly bytes: Uint8Array;
  readonly done: (result: object) => void;
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
  private readonly port: LinePort<F>;
  private readonly broken: (fault: F) => void;
  private reader: ((result: { bytes: Uint8Array } | Failure) => void) | undefined;
  private writes: Write[] = [];

  constructor(port: LinePort<F>, broken: (fault: F) => void) {
    this.port = port;
    this.broken = broken;
  }

  /** The next bytes, now or later. */
  read(): Failure | Promise<{ bytes: Uint8Array } | Failure> {
    if (this.reader !== undefined)
      return refuse(failures.BUSY, "a read of this line waits already; wait for its answer");
    const promise = new Promise<{ bytes: Uint8Array } | Failure>((resolve) => {
      this.reader = resolve;
    });
    this.arrived();
    return promise;
  }

  /** Sends bytes, now or when there is room. */
  write(bytes: Uint8Array): object | Failure | Promise<object> {
    if (bytes.length > STREAM_BYTES)
      return refuse(failures.LIMIT, `a write has at most ${STREAM_BYTES} bytes; divide it`);
    if (this.writes.length >= WRITES)
      return refuse(failures.LIMIT, `${WRITES} writes wait already; wait for their answers`);
    const promise = new Promise<object>((done) => {
      this.writes.push({ bytes, done });
    });
    this.room();
    return promise;
  }

  /** Bytes may have arrived. */
  arrived(): void {
    if (this.reader === undefined) return;
    const bytes = this.port.receive();
    if (bytes === undefined) return;
    if (typeof bytes === "string") {
      this.broken(bytes);
      return;
    }
    const answer = this.reader;
    this.reader = undefined;
    answer({ bytes });
  }

  /** There may be room. */
  room(): void {
    while (this.writes.length > 0) {
      const { bytes, done } = this.writes[0]!;
      const taken = this.port.transmit(bytes);
      if (typeof taken === "string") this.broken(taken);
      if (taken !== true) return;
      this.writes.shift();
      done({});
    }
  }

  /** The client is gone: its calls are forgotten. */
  drop(): void {
    this.reader?.(refuse(failures.UNAVAILABLE, "the client has gone"));
    this.reader = undefined;
    for (const { done } of this.writes) done({});
    this.writes = [];
  }
}
