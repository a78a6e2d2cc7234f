// New code as what has changed: operations that copy from the base or from what is built already, or bring their bytes along
// (docs/dev-channel.md). Invariant: whatever bytes come, nothing outside base and result is read or written; a fault is a sentence.
import type { MemoryView } from "../runtime/shared-view.ts";

/** Memory that a patch reads or writes. */
export type PatchMemory = Pick<MemoryView, "length" | "copyOut" | "copyIn">;

/** Bytes that a copy moves at once. */
const CHUNK = 16 << 10;

/** Applies a patch piece by piece; no operation spans two pieces. Fields are private by type only, as everywhere in the engine. */
export class Patch {
  /** Bytes of the result that stand. */
  produced = 0;
  private readonly base: PatchMemory | undefined;
  private readonly into: PatchMemory;
  private readonly chunk = new Uint8Array(CHUNK);
  /** Where the next copy begins when it says nothing else: behind the last one, moved on by the bytes brought along since. */
  private follows = 0;
  private at = 0;

  /** @param into exactly as long as the result */
  constructor(base: PatchMemory | undefined, into: PatchMemory) {
    this.base = base;
    this.into = into;
  }

  /** Carries a piece's operations out; a sentence when they are no patch. */
  apply(piece: Uint8Array): string | undefined {
    this.at = 0;
    while (this.at < piece.length) {
      const head = this.number(piece);
      const length = head < 0 ? 0 : Math.floor(head / 2);
      if (length === 0) return "the patch has an operation without a length";
      if (length > this.into.length - this.produced) return "the patch is longer than the code";
      const fault = head % 2 === 0 ? this.bring(piece, length) : this.copy(piece, length);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  private bring(piece: Uint8Array, length: number): string | undefined {
    if (length > piece.length - this.at) return "the patch ends inside an operation";
    this.into.copyIn(this.produced, piece.subarray(this.at, this.at + length), 0, length);
    this.at += length;
    this.produced += length;
    this.follows += length;
    return undefined;
  }

  private copy(piece: Uint8Array, length: number): string | undefined {
    const step = this.number(piece);
    if (step < 0) return "the patch ends inside an operation";
    const from = this.follows + (step % 2 === 0 ? step / 2 : -(step + 1) / 2);
    const based = this.base?.length ?? 0;
    const inBase = from >= 0 && from + length <= based;
    const inResult = from >= based && from + length <= based + this.produced;
    if (!inBase && !inResult) return "the patch copies from where nothing is";
    const source = inBase ? this.base! : this.into;
    const start = inBase ? from : from - based;
    for (let done = 0; done < length; done += CHUNK) {
      const part = Math.min(CHUNK, length - done);
      source.copyOut(start + done, this.chunk, 0, part);
      this.into.copyIn(this.produced + done, this.chunk, 0, part);
    }
    this.produced += length;
    this.follows = from + length;
    return undefined;
  }

  /** The next number, seven bits a byte, the lowest first; -1 when there is none below 2^28. */
  private number(piece: Uint8Array): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      if (this.at >= piece.length) return -1;
      const byte = piece[this.at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    return -1;
  }
}
