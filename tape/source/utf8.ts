/**
 * UTF-8 to text and back, without host APIs.
 *
 * String literals live in the compiler as *byte strings*: a JavaScript string in which each code unit is one
 * byte (0 to 255), so that `\xFF` and cut sequences survive. Source: RFC 3629 (shortest form, no surrogates).
 */

/** Decodes bytes; `bad` is the offset of the first byte that is not UTF-8, or -1. */
export function decodeUtf8(bytes: Uint8Array): { text: string; bad: number } {
  let text = "";
  let chunk: number[] = [];
  let i = 0;
  const n = bytes.length;
  while (i < n) {
    const b = bytes[i] as number;
    if (b < 0x80) {
      text += fromUnits(chunk);
      chunk = [];
      const plain = plainEnd(bytes, i);
      text += String.fromCharCode.apply(null, bytes.subarray(i, plain) as unknown as number[]);
      i = plain;
      continue;
    }
    let code = b;
    let more = 0;
    let least = 0;
    if (b >= 0xc2 && b <= 0xdf) [code, more, least] = [b & 31, 1, 0x80];
    else if (b >= 0xe0 && b <= 0xef) [code, more, least] = [b & 15, 2, 0x800];
    else if (b >= 0xf0 && b <= 0xf4) [code, more, least] = [b & 7, 3, 0x10000];
    else return { text: text + fromUnits(chunk), bad: i };
    for (let k = 1; k <= more; k++) {
      const c = bytes[i + k];
      if (c === undefined || (c & 0xc0) !== 0x80) return { text: text + fromUnits(chunk), bad: i };
      code = (code << 6) | (c & 63);
    }
    if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      return { text: text + fromUnits(chunk), bad: i };
    }
    i += more + 1;
    if (code >= 0x10000) {
      chunk.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
    } else chunk.push(code);
    if (chunk.length >= 4096) {
      text += fromUnits(chunk);
      chunk = [];
    }
  }
  return { text: text + fromUnits(chunk), bad: -1 };
}

/** Where ASCII from `start` on ends, or 4,096 bytes of it: as many as one call takes as arguments. */
function plainEnd(bytes: Uint8Array, start: number): number {
  const most = Math.min(bytes.length, start + 4096);
  let i = start;
  while (i < most && (bytes[i] as number) < 0x80) i++;
  return i;
}

function fromUnits(units: number[]): string {
  return String.fromCharCode.apply(null, units);
}

/** UTF-8 of one code point as a byte string. */
export function utf8OfCode(code: number): string {
  if (code < 0x80) return String.fromCharCode(code);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 63));
  if (code < 0x10000) {
    return String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return String.fromCharCode(
    0xf0 | (code >> 18),
    0x80 | ((code >> 12) & 63),
    0x80 | ((code >> 6) & 63),
    0x80 | (code & 63),
  );
}

/** UTF-8 of text as a byte string; a lone surrogate becomes U+FFFD. */
export function toByteString(text: string): string {
  let ascii = true;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) >= 0x80) {
      ascii = false;
      break;
    }
  }
  if (ascii) return text;
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const next = text.charCodeAt(i + 1);
    if (unit >= 0xd800 && unit <= 0xdbff && next >= 0xdc00 && next <= 0xdfff) {
      out += utf8OfCode(0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00));
      i++;
    } else out += utf8OfCode(unit >= 0xd800 && unit <= 0xdfff ? 0xfffd : unit);
  }
  return out;
}

/** The bytes of a byte string. */
export function bytesOf(byteString: string): Uint8Array {
  const out = new Uint8Array(byteString.length);
  for (let i = 0; i < byteString.length; i++) out[i] = byteString.charCodeAt(i);
  return out;
}

/** Text for people from bytes that may not be UTF-8: bad bytes become U+FFFD, one each. */
export function decodeLossy(bytes: Uint8Array): string {
  let out = "";
  let rest = bytes;
  for (;;) {
    const { text, bad } = decodeUtf8(rest);
    out += text;
    if (bad < 0) return out;
    out += "\ufffd";
    rest = rest.subarray(bad + 1);
  }
}
