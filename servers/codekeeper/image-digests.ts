// Which code the boot image names (docs/boot-image.md): SHA-256 of all its objects that may be executed.
import { rights } from "../../sdk/abi/table.ts";

const HEADER = 64;
const ENTRY = 128;
const RIGHTS = 80;
const DIGEST = 96;

const hexadecimal = (bytes: Uint8Array, from: number) => {
  let text = "";
  for (let at = from; at < from + 32; at += 1)
    text += ((bytes[at] as number) + 256).toString(16).slice(1);
  return text;
};

/** Digests of the executable objects of a table, hexadecimal. A table that is cut short has fewer. */
export function executableDigests(table: Uint8Array): string[] {
  if (table.length < HEADER) return [];
  const view = new DataView(table.buffer, table.byteOffset, table.length);
  const count = view.getUint32(12, true);
  const found: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = HEADER + index * ENTRY;
    if (at + ENTRY > table.length) break;
    if ((view.getUint32(at + RIGHTS, true) & rights.EXECUTE) !== 0)
      found.push(hexadecimal(table, at + DIGEST));
  }
  return found;
}

/** A digest as `executableDigests` gives them. */
export const digestText = (digest: Uint8Array): string => hexadecimal(digest, 0);
