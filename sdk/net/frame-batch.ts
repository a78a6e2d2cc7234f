// Ethernet frames collected into batches that fit one message each, for both ends of a card's contract.
// Invariant: frames leave in the order in which they came. (Fields are private by type only: `#x` costs an engine six times as much.)

/** What is left of a message for frames: 4,096 bytes less method id and count. */
const BATCH_BYTES = 4090;

/** Collects frames into batches that fit one message each; `send` gets every batch, in order. */
export class FrameBatch {
  private readonly send: (frames: Uint8Array[]) => void;
  private frames: Uint8Array[] = [];
  private bytes = 0;

  constructor(send: (frames: Uint8Array[]) => void) {
    this.send = send;
  }

  /** Adds a frame, which must not change any more. */
  add(frame: Uint8Array): void {
    const bytes = frame.length + 2;
    if (this.bytes + bytes > BATCH_BYTES) this.flush();
    this.frames.push(frame);
    this.bytes += bytes;
  }

  /** Sends what has been collected. */
  flush(): void {
    if (this.frames.length === 0) return;
    const frames = this.frames;
    this.frames = [];
    this.bytes = 0;
    this.send(frames);
  }
}
