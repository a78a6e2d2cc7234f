// A line that is typed without echo: a password.
// Invariant: its bytes are in one array, which is overwritten with zeros when the line is given up or used.

import type { Key } from "./keys.ts";

/** Longest password in bytes of UTF-8; a longer one is refused as a wrong one. */
export const SECRET_LIMIT = 256;

/** Bytes typed so far. `bytes.length` is fixed, so that no copy is left behind by growth. */
export interface SecretLine {
  readonly bytes: Uint8Array;
  length: number;
  tooLong: boolean;
}

/** An empty one. */
export function secretLine(): SecretLine {
  return { bytes: new Uint8Array(SECRET_LIMIT), length: 0, tooLong: false };
}

/** Overwrites it. */
export function secretErase(line: SecretLine): void {
  line.bytes.fill(0);
  line.length = 0;
  line.tooLong = false;
}

/** Appends a code point (printable; surrogates never arrive from a UTF-8 stream). */
export function secretInsert(line: SecretLine, point: number): void {
  const size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  if (line.length + size > SECRET_LIMIT) {
    line.tooLong = true;
    return;
  }
  if (size === 1) {
    line.bytes[line.length] = point;
  } else {
    const lead = size === 2 ? 0xc0 : size === 3 ? 0xe0 : 0xf0;
    for (let index = size - 1; index > 0; index -= 1) {
      line.bytes[line.length + index] = 0x80 | (point & 63);
      point >>= 6;
    }
    line.bytes[line.length] = lead | point;
  }
  line.length += size;
}

/** Takes a key: "enter", "interrupt" or "end" when the line is finished. */
export function secretKey(line: SecretLine, key: Key): "enter" | "interrupt" | "end" | undefined {
  if (key === "enter") return "enter";
  if (key === "interrupt") return "interrupt";
  if (key === "end-of-input") return line.length === 0 ? "end" : undefined;
  if (key === "kill-line") secretErase(line);
  if (key === "backspace" && line.length > 0) {
    do {
      line.length -= 1;
    } while (line.length > 0 && ((line.bytes[line.length] ?? 0) & 0xc0) === 0x80);
  }
  return undefined;
}
