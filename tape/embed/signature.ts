/**
 * Which functions of a module TypeScript can call, and as what.
 *
 * Numbers of up to 32 bits and floats are `number`, `bool` is `boolean`, slices of numbers are typed arrays; a `secret`
 * crosses as what it holds. A 64-bit integer is a `number` (up to 2^53) on the way in, where it mostly is a length or a place, and a
 * `bigint` as a result. Other types do not cross; a function that has one is left out, with the reason.
 */

/** A type at the boundary. */
export interface Crossing {
  readonly tape: string;
  readonly ts: string;
  /** Element name of a slice, such as `u8`. */
  readonly elem: string | undefined;
  /** The callee may write through the slice. */
  readonly writes: boolean;
}

export interface Signature {
  readonly params: readonly { readonly name: string; readonly type: Crossing }[];
  readonly ret: Crossing | undefined;
  readonly fails: string | undefined;
}

/** Typed arrays by element. */
export const arrays = {
  u8: Uint8Array,
  i8: Int8Array,
  u16: Uint16Array,
  i16: Int16Array,
  u32: Uint32Array,
  i32: Int32Array,
  u64: BigUint64Array,
  i64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;
export type ElementName = keyof typeof arrays;

function crossing(text: string): Crossing | undefined {
  const tape = text.replace(/^secret /, "");
  const slice = /^\[\](const )?(?:secret )?(\w+)$/.exec(tape);
  if (slice !== null) {
    const elem = slice[2];
    if (!(elem in arrays)) return undefined;
    return { tape, ts: arrays[elem as ElementName].name, elem, writes: slice[1] === undefined };
  }
  const base = { tape, elem: undefined, writes: false };
  if (/^([iu](8|16|32)|f32|f64)$/.test(tape)) return { ...base, ts: "number" };
  if (/^[iu]64$/.test(tape)) return { ...base, ts: "bigint" };
  if (tape === "bool") return { ...base, ts: "boolean" };
  return undefined;
}

/** Reads a signature's text as the compiler writes it; a string says why it does not cross. */
export function readSignature(text: string): Signature | string {
  const m = /^fn\((.*)\)(?: -> (.*?))?(?: or (\w+))?$/.exec(text);
  if (m === null) return "its type is not understood";
  const params: Signature["params"][number][] = [];
  for (const part of m[1] === "" ? [] : m[1].split(", ")) {
    const at = part.indexOf(": ");
    const type = crossing(part.slice(at + 2));
    if (type === undefined) return `\`${part.slice(at + 2)}\` does not cross the boundary`;
    const ts = type.ts === "bigint" ? "number" : type.ts;
    params.push({ name: part.slice(0, at), type: { ...type, ts } });
  }
  if (m[2] === undefined || m[2] === "void") return { params, ret: undefined, fails: m[3] };
  const ret = crossing(m[2]);
  if (ret === undefined) return `\`${m[2]}\` does not cross the boundary`;
  return { params, ret, fails: m[3] };
}
