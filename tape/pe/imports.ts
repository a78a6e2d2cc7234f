/**
 * The import directory of an executable: the names of the `extern` functions, in the order of their numbers.
 *
 * Code calls imports by number through the environment block, so that nothing is written into the image when it is loaded: both
 * tables of the directory are the same one, which no loader fills.
 */
import type { Bytes } from "./bytes.ts";
import { LIBRARY } from "./format.ts";

const DESCRIPTOR = 20;

/** Appends the directory to `out`, whose start will lie at `base`; gives its offset and size. */
export function writeImports(
  out: Bytes,
  names: readonly string[],
  base: number,
): readonly [number, number] {
  out.align(8);
  const start = out.length;
  const table = start + 2 * DESCRIPTOR;
  const tableAt = Math.ceil(table / 8) * 8;
  let at = tableAt + 8 * (names.length + 1);
  const places = names.map((name) => {
    const here = at;
    at += 2 + name.length + 1;
    at += at % 2;
    return here;
  });
  out.u32(base + tableAt);
  out.zeros(8);
  out.u32(base + at);
  out.u32(base + tableAt);
  out.zeros(DESCRIPTOR);
  out.align(8);
  for (const place of places) out.u64(base + place);
  out.u64(0);
  for (const name of names) {
    out.u16(0);
    out.ascii(`${name}\0`);
    out.align(2);
  }
  out.ascii(`${LIBRARY}\0`);
  return [start, 2 * DESCRIPTOR];
}
