/**
 * Signatures in letters, one for each parameter, `:`, the result, and `!` where an error may come: what a caller in C reads.
 *
 * Invariant: arrays count from `A` as QuickJS numbers its typed arrays; `sdk/runtime/engine/kernel.c` reads what is written here.
 */
import type { Crossing, Signature } from "./signature.ts";

/** Most parameters: slices take two values of the environment block's 64. */
export const MOST_PARAMETERS = 24;

const letters: { readonly [tape: string]: string } = {
  i8: "0",
  u8: "1",
  i16: "2",
  u16: "3",
  i32: "4",
  u32: "5",
  i64: "6",
  u64: "7",
};
const slices: { readonly [element: string]: string } = {
  i8: "B",
  u8: "C",
  i16: "D",
  u16: "E",
  i32: "F",
  u32: "G",
  i64: "H",
  u64: "I",
  f32: "K",
  f64: "L",
};

const letter = (type: Crossing): string | undefined =>
  type.elem === undefined ? letters[type.tape] : slices[type.elem];

/** A signature's letters, such as `CC5:5!`; undefined where something can't cross: a float or truth value by itself, a slice as the result. */
export function lettersOf({ params, ret, fails }: Signature): string | undefined {
  if (ret?.elem !== undefined || params.length > MOST_PARAMETERS) return undefined;
  const list = params.map(({ type }) => letter(type));
  const result = ret === undefined ? "v" : letter(ret);
  if (result === undefined || list.includes(undefined)) return undefined;
  return `${list.join("")}:${result}${fails === undefined ? "" : "!"}`;
}
