// Records of services as text: where mail goes (MX, RFC 1035), where a service runs (SRV, RFC 2782), and free text (TXT).
//
// Invariant: the text of a record that parsed used all of its bytes; what is no printable character is written as `\ddd`.

import { TYPE_MX, TYPE_SRV, TYPE_TXT } from "./record-type.ts";
import { readName } from "./name.ts";

/** Characters of a text that are kept: a message holds no more. */
const MAX_TEXT = 1024;

/**
 * The text of the record at `start` .. `end`: `10 mail.example.org` for MX, `0 5 5060 sip.example.org` for SRV (priority, weight, port),
 * all strings of TXT as one; "" for another type, undefined when it is malformed.
 */
export function readServiceRecord(
  bytes: Uint8Array,
  view: DataView,
  type: number,
  start: number,
  end: number,
): string | undefined {
  if (type === TYPE_TXT) return readText(bytes, start, end);
  const numbers = type === TYPE_MX ? 1 : type === TYPE_SRV ? 3 : 0;
  if (numbers === 0) return "";
  if (start + 2 * numbers > end) return undefined;
  const target = readName(bytes, start + 2 * numbers);
  if (target === undefined || target.end !== end) return undefined;
  let text = "";
  for (let index = 0; index < numbers; index++) text += `${view.getUint16(start + 2 * index)} `;
  return text + (target.text === "" ? "." : target.text);
}

function readText(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = "";
  let at = start;
  if (at === end) return undefined;
  while (at < end) {
    const stop = at + 1 + bytes[at];
    if (stop > end) return undefined;
    for (let index = at + 1; index < stop && text.length < MAX_TEXT; index++) {
      text += character(bytes[index]);
    }
    at = stop;
  }
  return text;
}

function character(byte: number): string {
  if (byte === 0x5c) return "\\\\";
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
  return `\\${String(byte).padStart(3, "0")}`;
}
