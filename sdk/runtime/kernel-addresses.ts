// Addresses that kernels reach, for memory that is mapped for them: behind the largest heap, up to what the linear memory of the last
// possible module reaches.
// Invariant: `starts` and `ends` are sorted, ranges do not overlap, and an unmapped page lies behind each. What is given back is used
// again, lowest first: a server that maps and unmaps for ever needs neither more addresses nor more page tables.
import { addresses, limits } from "../abi/table.ts";

const FROM: number = addresses.HEAP + 2 ** 30;
const END: number = addresses.HEAP + 2 ** 32 - 2 ** 27;
const starts: number[] = [];
const ends: number[] = [];
/** So many ranges lie at the beginning without a gap: what only grows is not searched. */
let packed = 0;

/** Takes room for `bytes`; undefined where there is no gap so large. */
export function takeAddresses(bytes: number): number | undefined {
  const span = Math.ceil(bytes / limits.PAGE_BYTES + 1) * limits.PAGE_BYTES;
  let index = packed;
  let at = index === 0 ? FROM : ends[index - 1]!;
  while (index < starts.length && starts[index]! - at < span) at = ends[index++]!;
  if (at + span > END) return undefined;
  starts.splice(index, 0, at);
  ends.splice(index, 0, at + span);
  if (index === packed) packed++;
  return at;
}

/** Gives back what begins at `address`, when nothing is mapped there any more. */
export function giveAddresses(address: number): void {
  const index = starts.indexOf(address);
  if (index < 0) throw new RangeError(`no addresses were taken at ${address}`);
  starts.splice(index, 1);
  ends.splice(index, 1);
  if (index < packed) packed = index;
}
