// The chunked coding (RFC 9112 section 7.1), taken apart piece by piece as bytes come.
// Invariant: no more than a line is kept, and a line has at most MOST_LINE bytes; trailers are read and forgotten.

const MOST_LINE = 1024;
const MOST_TRAILERS = 64;
const CR = 13;
const LF = 10;

type Stage = "size" | "data" | "end-of-data" | "trailer" | "done" | "malformed";

/** Takes a chunked body apart. */
export class ChunkedBody {
  #stage: Stage = "size";
  #line = "";
  #left = 0;
  #trailers = 0;

  /** Whether the last chunk and its trailers have come. */
  get done(): boolean {
    return this.#stage === "done";
  }

  get malformed(): boolean {
    return this.#stage === "malformed";
  }

  /** Gives the content in `bytes` to `take`, in order; the place behind what it used (bytes behind the body are not its own). */
  push(bytes: Uint8Array, take: (content: Uint8Array) => void): number {
    let at = 0;
    while (at < bytes.length && this.#stage !== "done" && this.#stage !== "malformed") {
      if (this.#stage === "data") {
        const count = Math.min(this.#left, bytes.length - at);
        take(bytes.subarray(at, at + count));
        at += count;
        this.#left -= count;
        if (this.#left === 0) this.#stage = "end-of-data";
        continue;
      }
      const byte = bytes[at++]!;
      this.#line += String.fromCharCode(byte);
      if (byte === LF) this.#stage = this.#next();
      else if (this.#line.length > MOST_LINE) this.#stage = "malformed";
    }
    return at;
  }

  /** A line has come: what it says. */
  #next(): Stage {
    const line = this.#line;
    this.#line = "";
    if (line.charCodeAt(line.length - 2) !== CR) return "malformed";
    const text = line.slice(0, -2);
    if (this.#stage === "end-of-data") return text === "" ? "size" : "malformed";
    if (this.#stage === "trailer") {
      if (text === "") return "done";
      this.#trailers += 1;
      return this.#trailers > MOST_TRAILERS ? "malformed" : "trailer";
    }
    const size = /^([0-9A-Fa-f]{1,12})[\t ]*(?:;.*)?$/.exec(text)?.[1];
    if (size === undefined) return "malformed";
    this.#left = Number.parseInt(size, 16);
    return this.#left === 0 ? "trailer" : "data";
  }
}
