// Frames on their way to the line: joined into writes as long as the line takes, one write at a time, in order.
import { STREAM_BYTES } from "../virtio-serial/contract.ts";

/** A queue in front of `write`, which resolves when the line has taken the bytes. */
export class Outgoing {
  private readonly write: (bytes: Uint8Array) => Promise<void>;
  private waiting: Uint8Array[] = [];
  private busy = false;

  constructor(write: (bytes: Uint8Array) => Promise<void>) {
    this.write = write;
  }

  /** Adds bytes, at most STREAM_BYTES at once. */
  add(bytes: Uint8Array): void {
    this.waiting.push(bytes);
    if (!this.busy) void this.drain();
  }

  private async drain(): Promise<void> {
    this.busy = true;
    // Later in this turn: what the turn still adds goes along.
    await Promise.resolve();
    while (this.waiting.length > 0) await this.write(this.next());
    this.busy = false;
  }

  /** As many whole pieces as one write takes. */
  private next(): Uint8Array {
    let count = 0;
    let length = 0;
    while (
      count < this.waiting.length &&
      (count === 0 || length + this.waiting[count]!.length <= STREAM_BYTES)
    ) {
      length += this.waiting[count]!.length;
      count += 1;
    }
    const joined = new Uint8Array(length);
    let at = 0;
    for (let i = 0; i < count; i++) {
      joined.set(this.waiting[i]!, at);
      at += this.waiting[i]!.length;
    }
    this.waiting.splice(0, count);
    return joined;
  }
}
