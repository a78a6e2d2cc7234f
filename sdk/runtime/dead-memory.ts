// The memory of a process that has ended, by the addresses that it had there. Invariant: what is read may be anything, and reading it is
// checked and bounded: what is not there, or more than anybody needs, is NaN or undefined, never an exception.
import type { MemoryView } from "./shared-view.ts";

/** Bytes that are read at most: a stack of 16 frames takes a hundredth of it, and a dead process must not keep who reads it for long. */
const MOST = 256 << 10;

interface Piece {
  readonly address: number;
  readonly view: MemoryView;
}

export class DeadMemory {
  /** The newest first: it lies over those that came before. */
  readonly #pieces: Piece[] = [];
  #left = MOST;

  /** `view` lay at `address`. */
  add(address: number, view: MemoryView): void {
    this.#pieces.unshift({ address, view });
  }

  #find(address: number, bytes: number): Piece | undefined {
    this.#left -= bytes + 8;
    // an address that is no safe integer fails here, too
    if (this.#left < 0 || !Number.isSafeInteger(address)) return undefined;
    for (const piece of this.#pieces) {
      const offset = address - piece.address;
      if (offset >= 0 && offset + bytes <= piece.view.length) return piece;
    }
    return undefined;
  }

  get16(address: number): number {
    const piece = this.#find(address, 2);
    return piece === undefined ? Number.NaN : piece.view.get16(address - piece.address);
  }

  get32(address: number): number {
    const piece = this.#find(address, 4);
    return piece === undefined ? Number.NaN : piece.view.get32(address - piece.address) >>> 0;
  }

  /** NaN, too, for what is beyond a safe integer: it is no address. */
  get64(address: number): number {
    const piece = this.#find(address, 8);
    if (piece === undefined) return Number.NaN;
    const offset = address - piece.address;
    const high = piece.view.get32(offset + 4) >>> 0;
    return high < 2 ** 21 ? (piece.view.get32(offset) >>> 0) + high * 4294967296 : Number.NaN;
  }

  /** A copy of `length` bytes; undefined when not all of them are there. */
  copy(address: number, length: number): Uint8Array | undefined {
    if (!(length >= 0)) return undefined;
    const piece = this.#find(address, length);
    if (piece === undefined) return undefined;
    const bytes = new Uint8Array(length);
    piece.view.copyOut(address - piece.address, bytes, 0, length);
    return bytes;
  }
}
