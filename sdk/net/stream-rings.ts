// The two rings of a stream in memory that this process shares with netd (TcpStream.share), as its user sees them.
//
// Invariant: each byte is copied once, out of the ring or into it. How far the other side has come is told by events; one that tells of
// more than the ring holds is not believed: the bytes in between are counted as far as they can be there.

import type { Reply, Request } from "../contract/contract.ts";
import { Failure } from "../contract/failure.ts";
import type { MemoryView } from "../runtime/shared-view.ts";
import type { Net, TcpStream } from "../../servers/netd/contract.ts";
import type { NetworkWorld } from "./network.ts";
import type { SavedRings } from "./saved-stream.ts";

/** Mapped memory. */
export interface MappedMemory extends Pick<MemoryView, "copyIn" | "copyOut"> {
  /** Its handle, which stays this process's. */
  readonly number?: number;
  /** Another handle of it. */
  copy?(): number | Failure;
  close(): void;
}

type ResumeRequest = Request<(typeof Net.methods)["resume"]>;
type Resumed = Reply<(typeof Net.methods)["resume"]>;
type Shared = Reply<(typeof TcpStream.methods)["share"]>;

/** Bytes that one read gives at most. */
const MOST_READ = 65_536;

export class StreamRings {
  readonly #receive: MappedMemory;
  readonly #send: MappedMemory;
  readonly #receiveBytes: number;
  readonly #sendBytes: number;
  #arrived: number;
  #taken: number;
  /** What the server knows of `#taken`. */
  #told: number;
  #put: number;
  #left: number;
  /** With it the stream comes back after an end of its server (stream-resume.ts). */
  readonly token: Uint8Array | undefined;

  private constructor(receive: MappedMemory, send: MappedMemory, shared: Shared | SavedRings) {
    this.#receive = receive;
    this.#send = send;
    this.#receiveBytes = shared.receiveBytes;
    this.#sendBytes = shared.sendBytes;
    this.#arrived = shared.arrived;
    this.#taken = this.#told = shared.taken;
    this.#put = shared.put;
    this.#left = shared.left;
    this.token = shared.token;
  }

  /** Maps what the server shares. */
  static open(world: NetworkWorld, shared: Shared | SavedRings): StreamRings | Failure {
    const map = world.map!;
    const receive = map(shared.receive, false);
    const send = map(shared.send, true);
    if (!(receive instanceof Failure || send instanceof Failure)) {
      return new StreamRings(receive, send, shared);
    }
    if (!(send instanceof Failure)) send.close();
    if (receive instanceof Failure) return receive;
    receive.close();
    return send as Failure;
  }

  /** For new code of this server; undefined where the memory has no handle that moves. */
  save(): SavedRings | undefined {
    const [receive, send] = [this.#receive.number, this.#send.number];
    if (receive === undefined || send === undefined) return undefined;
    return {
      receive,
      send,
      receiveBytes: this.#receiveBytes,
      sendBytes: this.#sendBytes,
      arrived: this.#arrived,
      taken: this.#taken,
      told: this.#told,
      put: this.#put,
      left: this.#left,
      token: this.token,
    };
  }

  /** Maps what the code before has saved. */
  static restore(world: NetworkWorld, saved: SavedRings): StreamRings | Failure {
    const rings = StreamRings.open(world, saved);
    if (!(rings instanceof Failure)) rings.#told = saved.told;
    return rings;
  }

  /** The server has received up to there. */
  noteArrived(total: number): void {
    if (((total - this.#arrived) | 0) > 0) this.#arrived = total;
  }

  /** The server has sent up to there. */
  noteLeft(total: number): void {
    if (((total - this.#left) | 0) > 0) this.#left = total;
  }

  /** Bytes to read. */
  get available(): number {
    return Math.min((this.#arrived - this.#taken) >>> 0, this.#receiveBytes);
  }

  /** Bytes that can be put. */
  get room(): number {
    return Math.max(0, this.#sendBytes - ((this.#put - this.#left) >>> 0));
  }

  /** What a new server is told; undefined where the stream can't come back. */
  toResume(): ResumeRequest | undefined {
    const { token } = this;
    const receive = token && this.#receive.copy?.();
    const send = token && this.#send.copy?.();
    if (token === undefined || typeof receive !== "number" || typeof send !== "number") {
      return undefined;
    }
    this.#told = this.#taken;
    return { token, receive, send, taken: this.#taken, put: this.#put };
  }

  /** A new server goes on from there. */
  resumed({ arrived, left }: Resumed): void {
    this.noteArrived(arrived);
    this.noteLeft(left);
  }

  /** The next bytes, some at least: `available` is above 0. */
  take(): Uint8Array {
    const at = this.#taken & (this.#receiveBytes - 1);
    const bytes = new Uint8Array(Math.min(this.available, this.#receiveBytes - at, MOST_READ));
    this.takeInto(bytes);
    return bytes;
  }

  /** The next bytes, some at least, to the begin of `into`; how many: `available` is above 0. */
  takeInto(into: Uint8Array): number {
    const at = this.#taken & (this.#receiveBytes - 1);
    const count = Math.min(this.available, this.#receiveBytes - at, into.length);
    this.#receive.copyOut(at, into, 0, count);
    this.#taken = (this.#taken + count) >>> 0;
    return count;
  }

  /** What to tell the server of bytes that were taken: -1 nothing as yet. `all`: nothing more will come. */
  takenToTell(all: boolean): number {
    const news = (this.#taken - this.#told) >>> 0;
    if (news === 0 || (!all && news < this.#receiveBytes >> 3)) return -1;
    this.#told = this.#taken;
    return this.#taken;
  }

  /** Puts as much of `bytes` from `start` on as there is room for, which is some; where it ends now. */
  put(bytes: Uint8Array, start: number): number {
    let at = start;
    let left = Math.min(this.room, bytes.length - start);
    while (left > 0) {
      const place = this.#put & (this.#sendBytes - 1);
      const count = Math.min(left, this.#sendBytes - place);
      this.#send.copyIn(place, bytes, at, count);
      this.#put = (this.#put + count) >>> 0;
      at += count;
      left -= count;
    }
    return at;
  }

  /** Behind the last byte that was put. */
  get putTotal(): number {
    return this.#put;
  }

  close(): void {
    this.#receive.close();
    this.#send.close();
  }
}
