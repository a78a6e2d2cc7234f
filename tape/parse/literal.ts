/**
 * Text of literals to values: numbers, and strings with their escapes.
 *
 * Values of strings are byte strings (see `source/utf8.ts`). Decimal floats are exact because the engine's own
 * conversion is correctly rounded; hex floats are computed exactly by scaling an integer of at most 53 bits.
 */
import type { Parser } from "./parser.ts";
import { toByteString, utf8OfCode } from "../source/utf8.ts";

/** Value of an integer literal. */
export function intValue(text: string): bigint {
  const digits = text.replace(/_/g, "");
  if (digits.length > 80) return 1n << 70n;
  try {
    return BigInt(digits.toLowerCase());
  } catch {
    return 0n;
  }
}

/** Value of a float literal, rounded to nearest even. */
export function floatValue(text: string): number {
  const clean = text.replace(/_/g, "");
  if (!/^0[xX]/.test(clean)) return Number(clean);
  const m = /^0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?\d+))?$/.exec(clean);
  if (m === null) return 0;
  const fraction = m[2] ?? "";
  let mantissa = BigInt(`0x${(m[1] ?? "") + fraction || "0"}`);
  let exponent = Math.max(-5000, Math.min(5000, Number(m[3] ?? "0"))) - 4 * fraction.length;
  if (mantissa === 0n) return 0;
  // Keep 53 bits (fewer for subnormals), round half to even, then scale by exact powers of two.
  const bits = mantissa.toString(2).length;
  const keep = Math.min(53, bits + exponent + 1074);
  const drop = bits - keep;
  if (keep < 0) return 0;
  if (drop > 0) {
    const half = 1n << BigInt(drop - 1);
    const low = mantissa & ((half << 1n) - 1n);
    mantissa >>= BigInt(drop);
    if (low > half || (low === half && (mantissa & 1n) === 1n)) mantissa += 1n;
    exponent += drop;
  }
  let value = Number(mantissa);
  for (; exponent > 900; exponent -= 900) value *= 2 ** 900;
  for (; exponent < -900 && value !== 0; exponent += 900) value *= 2 ** -900;
  return value * 2 ** exponent;
}

/** Decodes the text between the quotes or braces of a string token starting at offset `from`. */
export function stringValue(p: Parser, from: number, to: number): string {
  const text = p.source.text;
  const whole = text.slice(from, to);
  if (!whole.includes("\\")) return toByteString(whole);
  let out = "";
  let run = from;
  for (let i = from; i < to; i++) {
    if (text.charCodeAt(i) !== 0x5c) continue;
    out += toByteString(text.slice(run, i));
    const c = text[i + 1] ?? "";
    const simple = 'ntr\\"0{}'.indexOf(c);
    if (c !== "" && simple >= 0) {
      out += '\n\t\r\\"\0{}'[simple];
      i += 1;
    } else if (c === "x" && /^[0-9a-fA-F]{2}$/.test(text.slice(i + 2, i + 4))) {
      out += String.fromCharCode(Number.parseInt(text.slice(i + 2, i + 4), 16));
      i += 3;
    } else if (c === "u") {
      const m = /^\{([0-9a-fA-F]{1,6})\}/.exec(text.slice(i + 2, i + 10));
      const code = m === null ? -1 : Number.parseInt(m[1] as string, 16);
      if (m === null || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        p.error(
          "T0106",
          i,
          i + 2,
          "this is not a code point",
          "write `\\u{1F600}`: 1 to 6 hex digits, no surrogates",
        );
        i += 1;
      } else {
        out += utf8OfCode(code);
        i += 1 + m[0].length;
      }
    } else {
      p.error(
        "T0106",
        i,
        i + 2,
        `\`\\${c}\` is no escape`,
        'the escapes are \\n \\t \\r \\\\ \\" \\0 \\xHH \\u{...} \\{ \\}',
      );
      i += 1;
    }
    run = i + 1;
  }
  return out + toByteString(text.slice(run, to));
}
