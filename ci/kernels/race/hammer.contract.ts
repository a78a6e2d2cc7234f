// A stranger that is given memory and writes to it: the writer in the race between check and seal.
import { call, contract } from "../../../sdk/contract/contract.ts";
import { bool, handle, u32 } from "../../../sdk/contract/field.ts";

/** Writes between two looks at messages: some milliseconds. */
export const BURST = 1_000_000;

export const Hammer = contract("hammer", 1, {
  /** Maps memory writable. */
  map: call({ memory: handle("memory") }, {}),
  /** Flips the lowest bit of byte `at` `BURST` times, `bursts` times over and `more` times, each burst a turn of its own; then it unmaps the memory. */
  flip: call({ at: u32, bursts: u32, more: u32 }, {}),
  /** Unmaps it now; how many bursts it wrote, and whether it was still at it. */
  stop: call({}, { bursts: u32, writing: bool }),
});
