/**
 * Decimal and hexadecimal text to the bits of the nearest float, by exact integer arithmetic.
 *
 * An oracle beside the compiler's and the library's own conversions: it shares no code with them, and knows no
 * rounding but "nearest, ties to even" over a quotient of two integers (IEEE 754-2019, 4.3.1).
 */

/** Precision and least exponent of a format: a float is `m * 2**e` with `m < 2**bits` and `e >= low`. */
export interface Format {
  readonly bits: number;
  readonly low: number;
  readonly width: number;
}
export const binary32: Format = { bits: 24, low: -149, width: 32 };
export const binary64: Format = { bits: 53, low: -1074, width: 64 };

function length(n: bigint): number {
  return n.toString(2).length;
}

/** Bits of the float nearest to `top / bottom` (both positive), without a sign. */
function nearest(top: bigint, bottom: bigint, f: Format): bigint {
  let e = Math.max(f.low, length(top) - length(bottom) - f.bits);
  for (;;) {
    const [n, d] = e >= 0 ? [top, bottom << BigInt(e)] : [top << BigInt(-e), bottom];
    let m = n / d;
    if (length(m) > f.bits) {
      e++;
      continue;
    }
    const rest = 2n * (n - m * d);
    if (rest > d || (rest === d && (m & 1n) === 1n)) m++;
    if (m === 1n << BigInt(f.bits)) {
      m >>= 1n;
      e++;
    }
    const hidden = 1n << BigInt(f.bits - 1);
    if (m < hidden) return m;
    const exponent = BigInt(e - f.low + 1);
    const most = (1n << BigInt(f.width - f.bits)) - 1n;
    if (exponent >= most) return most << BigInt(f.bits - 1);
    return (exponent << BigInt(f.bits - 1)) | (m - hidden);
  }
}

/** Bits of a number as text: decimal or `0x` with `p`, `_` between digits, `inf`, a sign. */
export function floatBits(text: string, f: Format): bigint {
  const clean = text.replace(/_/g, "");
  const sign = clean.startsWith("-") ? 1n << BigInt(f.width - 1) : 0n;
  const body = clean.replace(/^[+-]/, "").toLowerCase();
  if (body === "inf") return sign | (((1n << BigInt(f.width - f.bits)) - 1n) << BigInt(f.bits - 1));
  const hex = body.startsWith("0x");
  const m = (hex ? /^0x([0-9a-f]*)\.?([0-9a-f]*)(?:p(.*))?$/ : /^(\d*)\.?(\d*)(?:e(.*))?$/).exec(
    body,
  );
  if (m === null) throw new Error(`not a number: ${text}`);
  const digits = BigInt(`${hex ? "0x" : ""}${m[1]}${m[2]}`);
  if (digits === 0n) return sign;
  const power = Number(m[3] ?? 0) - (hex ? 4 : 1) * m[2].length;
  const scale = (hex ? 2n : 10n) ** BigInt(Math.abs(power));
  return sign | (power < 0 ? nearest(digits, scale, f) : nearest(digits * scale, 1n, f));
}
