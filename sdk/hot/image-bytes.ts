// Values as JSON with the bytes that they hold behind it: u32 bytes of the text, the text, the parts one after the other.
import { uusi } from "../runtime/binding.ts";
import type { Parts } from "./pack.ts";

/** The bytes of an object that JSON can say, beside its `parts`. */
export function toBytes<T extends { readonly parts: Parts }>({ parts, ...rest }: T): Uint8Array {
  const sizes = parts.map((each) => each.length);
  const text = JSON.stringify({ ...rest, sizes });
  const total = sizes.reduce((sum, each) => sum + each, 4 + 3 * text.length);
  const bytes = new Uint8Array(total);
  const length = uusi.encode(text, bytes, 4);
  new DataView(bytes.buffer).setUint32(0, length, true);
  let at = 4 + length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes.subarray(0, at);
}

/** What `toBytes` was given. Throws on anything else. */
export function fromBytes<T extends { readonly parts: Parts }>(bytes: Uint8Array): T {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const text = uusi.decode(bytes, 4, length) ?? "";
  const { sizes, ...rest } = JSON.parse(text) as { sizes: number[] };
  let at = 4 + length;
  const parts = sizes.map((each) => {
    at += each;
    return bytes.slice(at - each, at);
  });
  return { ...rest, parts } as unknown as T;
}
