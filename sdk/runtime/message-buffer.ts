// The thread's message buffer (docs/abi.md) with the views that the runtime reads and writes it through.
import { uusi } from "./binding.ts";

const buffer = uusi === undefined ? new ArrayBuffer(65536) : uusi.buffer;
const view = new DataView(buffer);

export const messageBuffer = {
  bytes: new Uint8Array(buffer),
  words: new Uint32Array(buffer),
  view,
  /** An unsigned 64-bit value at a multiple of 4, as a number; above 2^53 it is rounded. */
  get64(at: number): number {
    return view.getUint32(at, true) + view.getUint32(at + 4, true) * 4294967296;
  },
  /** Writes a number as 64 bits; -1 is all ones. */
  set64(at: number, value: number): void {
    view.setUint32(at, value, true);
    view.setUint32(at + 4, Math.floor(value / 4294967296), true);
  },
};
