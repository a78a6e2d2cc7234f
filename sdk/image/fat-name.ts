// Names in FAT's 8.3 form, with the flags that keep a name's lower case without a long entry.
import { ImageError } from "./image-error.ts";

/** Bits of a directory entry's byte 12: which part of the name is shown in lower case. */
const lowerBase = 0x08;
const lowerExtension = 0x10;

/**
 * Encodes a name such as `boot.img` or `BOOTX64.EFI`.
 * @throws ImageError bad_name where it needs a long entry: mixed case in a part, or too long
 */
export function shortName(name: string): { bytes: Uint8Array; lower: number } {
  const match = /^([A-Za-z0-9_-]{1,8})(?:\.([A-Za-z0-9_-]{1,3}))?$/.exec(name);
  if (match === null) throw new ImageError("bad_name", `${name} is not a name of the form 8.3`);
  const [, base = "", extension = ""] = match;
  const isLower = (part: string) => part !== part.toUpperCase();
  for (const part of [base, extension]) {
    if (isLower(part) && part !== part.toLowerCase()) {
      throw new ImageError("bad_name", `${name} mixes upper and lower case; use one of them`);
    }
  }
  const text = base.toUpperCase().padEnd(8) + extension.toUpperCase().padEnd(3);
  const lower = (isLower(base) ? lowerBase : 0) | (isLower(extension) ? lowerExtension : 0);
  return { bytes: Buffer.from(text, "ascii"), lower };
}
