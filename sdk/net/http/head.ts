// The head of an HTTP/1.1 message (RFC 9112): a start line and field lines, up to the empty line.
// Invariant: what two readers could understand differently is no head: lines end with CRLF, names touch their colon, no line is folded.

/** Field values by small name; a name that came more than once has its values in order. */
export type Fields = { readonly [name: string]: readonly string[] | undefined };

/** The parts of a head. */
export interface Head {
  readonly start: string;
  readonly fields: Fields;
  /** bytes of the head with its empty line */
  readonly length: number;
}

/** Why bytes are no head: `more` is missing, or it can never become one. */
export type HeadFault = "more" | "long" | "many" | "malformed";

const CR = 13;
const LF = 10;
const MOST_FIELDS = 64;

/** Characters of a token (RFC 9110 section 5.6.2). */
export const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** A field's value: visible characters, spaces, tabs, and bytes above 127. */
const value = /^[\t -~\x80-\xff]*$/;

/** Bytes as characters, one each. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

/** Text of characters below 256 as bytes. */
export function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** Where the empty line ends, looking from `from` on; -1 when it has not come. */
function endOf(bytes: Uint8Array, length: number, from: number): number {
  for (let at = from; at + 3 < length; at++) {
    if (bytes[at] !== CR || bytes[at + 2] !== CR) continue;
    if (bytes[at + 1] === LF && bytes[at + 3] === LF) return at + 4;
  }
  return -1;
}

/**
 * Reads a head out of the first `length` of `bytes`.
 * @param most bytes that it may have
 * @param seen bytes that were looked at before, in vain
 */
export function readHead(
  bytes: Uint8Array,
  length: number,
  most: number,
  seen = 0,
): Head | HeadFault {
  const end = endOf(bytes, Math.min(length, most), Math.max(0, seen - 3));
  if (end < 0) return length >= most ? "long" : "more";
  const lines = latin1(bytes, 0, end - 4).split("\r\n");
  const fields: { [name: string]: string[] | undefined } = Object.create(null);
  if (lines.length - 1 > MOST_FIELDS) return "many";
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]!;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    const content = line.slice(colon + 1);
    if (!token.test(name) || !value.test(content)) return "malformed";
    const small = name.toLowerCase();
    (fields[small] ??= []).push(content.replace(/^[\t ]+|[\t ]+$/g, ""));
  }
  const start = lines[0]!;
  return value.test(start) ? { start, fields, length: end } : "malformed";
}

/** The items of a list field (`close, upgrade`), small letters. */
export function listOf(fields: Fields, name: string): string[] {
  const items: string[] = [];
  for (const line of fields[name] ?? [])
    for (const item of line.split(","))
      if (item.trim() !== "") items.push(item.trim().toLowerCase());
  return items;
}

/** How long a body is, by its head (RFC 9112 section 6.3): bytes, `chunked`, `none` said, or a contradiction. */
export function bodyLength(fields: Fields): number | "chunked" | "none" | "malformed" {
  const lengths = fields["content-length"];
  const codings = listOf(fields, "transfer-encoding");
  if (fields["transfer-encoding"] !== undefined) {
    if (lengths !== undefined || codings.length !== 1) return "malformed";
    return codings[0] === "chunked" ? "chunked" : "malformed";
  }
  if (lengths === undefined) return "none";
  const [first = ""] = lengths;
  if (lengths.length !== 1 || !/^[0-9]{1,15}$/.test(first)) return "malformed";
  return Number(first);
}
