// How many bytes this process has copied between buffers of JavaScript: what a data path should not do.
import { uusi } from "./binding.ts";

/** Bytes so far, modulo 2^32, as the engine counts them (binding.ts); 0 in the simulated nucleus. */
export function copiedBytes(): number {
  return uusi.copied === undefined ? 0 : uusi.get32(uusi.copied);
}
