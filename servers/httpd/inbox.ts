// The bytes of a connection that came and were not used yet.
import type { CancelToken } from "../../sdk/contract/client.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import type { TcpStream } from "../../sdk/net/tcp-stream.ts";

/** More than the longest head is never asked for. */
export const MOST_HEAD = 8192;

export class Inbox {
  readonly #stream: Pick<TcpStream, "read">;
  bytes = new Uint8Array(MOST_HEAD * 2);
  length = 0;

  constructor(stream: Pick<TcpStream, "read">) {
    this.#stream = stream;
  }

  /** Waits for more; false at the end of the stream, or when it took too long. */
  async more(timeout: number, cancel?: CancelToken): Promise<boolean | "late"> {
    const patience = { timeout: Math.max(1, timeout) };
    const part = await this.#stream.read(cancel === undefined ? patience : { ...patience, cancel });
    if (part instanceof Failure) return part.code < 0 ? "late" : false;
    if (part.done) return false;
    this.add(part.value);
    return true;
  }

  /** A piece has at most 65,536 bytes, and more is asked for only while there are fewer than MOST_HEAD. */
  add(piece: Uint8Array): void {
    if (this.length + piece.length > this.bytes.length) {
      const larger = new Uint8Array(MOST_HEAD + 65_536);
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(piece, this.length);
    this.length += piece.length;
  }

  drop(count: number): void {
    this.bytes.copyWithin(0, count, this.length);
    this.length -= count;
  }
}
