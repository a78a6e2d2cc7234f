// What a script has printed and its client has not fetched: bounded, so that a script that prints for ever waits for its reader.
import { decodeLossy } from "../../tape/source/utf8.ts";

/** Characters that may wait. */
const LIMIT = 8_192;
/** Bytes of one write that are taken at once. */
const PIECE = 2_048;
/** UTF-16 units of a piece for the client: at most 3,600 bytes. */
const STEP = 1_200;

export class Output {
  muted = false;
  #text = "";
  #taken = 0;
  #waiting: (() => void) | undefined;

  get full(): boolean {
    return this.#text.length >= LIMIT;
  }

  get empty(): boolean {
    return this.#text === "";
  }

  /** Takes the next part of a write that may come several times; true when it has all. */
  take(bytes: Uint8Array): boolean {
    const from = this.#taken;
    let end = Math.min(bytes.length, from + PIECE);
    // a character is not cut
    if (end < bytes.length)
      while (end > from + 1 && ((bytes[end] as number) & 0xc0) === 0x80) end -= 1;
    this.write(decodeLossy(bytes.subarray(from, end)));
    this.#taken = end < bytes.length ? end : 0;
    return end >= bytes.length;
  }

  write(text: string): void {
    if (!this.muted) this.#text += text;
  }

  /** The next piece for the client. */
  next(): string {
    let end = Math.min(this.#text.length, STEP);
    const last = this.#text.charCodeAt(end - 1);
    if (end < this.#text.length && last >= 0xd800 && last < 0xdc00) end -= 1;
    const piece = this.#text.slice(0, end);
    this.#text = this.#text.slice(end);
    if (!this.full) {
      this.#waiting?.();
      this.#waiting = undefined;
    }
    return piece;
  }

  /** Resolves when there is room again. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}
