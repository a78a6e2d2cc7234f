// The numbers of a plain segment as they are passed on, down to where it is built.

import type { ByteRing } from "./byte-ring.ts";

/**
 * `flags` and `window` as in TCP's header; `stamp`: own timestamp, -1 for no timestamps, `echo` the peer's; `count` bytes from `offset` in
 * `ring`. A list of arguments and no record: one would be made for each segment.
 */
export type SegmentFields = [
  sequence: number,
  acknowledgment: number,
  flags: number,
  window: number,
  stamp: number,
  echo: number,
  ring: ByteRing,
  offset: number,
  count: number,
];
