/**
 * Text of floats: the shortest that reads back as the same value, for f64 and f32.
 */
import type { HostFn } from "./machine.ts";

/** Shortest text of an f64. */
export function formatF64(v: number): string {
  return v === Infinity
    ? "inf"
    : v === -Infinity
      ? "-inf"
      : Object.is(v, -0)
        ? "-0"
        : Number.isNaN(v)
          ? "nan"
          : String(v);
}

/** Shortest text that reads back as the same f32. */
export function formatF32(v: number): string {
  if (!Number.isFinite(v) || v === 0) return formatF64(v);
  for (let digits = 1; digits <= 9; digits++) {
    const text = v.toPrecision(digits);
    if (Math.fround(Number(text)) === v) return String(Number(text));
  }
  return String(v);
}

/** Host functions that every program may need and that touch nothing outside. */
export const formatHosts: Readonly<Record<string, HostFn>> = {
  "fmt.f64": (m) => {
    const s = formatF64(m.double(0));
    m.writeText(m.int(1), s);
    m.give(0, BigInt(s.length));
  },
  "fmt.f32": (m) => {
    const s = formatF32(m.float(0));
    m.writeText(m.int(1), s);
    m.give(0, BigInt(s.length));
  },
  "fmt.parse": (m) => {
    const s = m.bytes(m.int(0), m.int(1)).replace(/_/g, "");
    const fine = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(s);
    m.give(
      0,
      fine ? Number(s) : /^[+-]?inf$/.test(s) ? (s.startsWith("-") ? -Infinity : Infinity) : NaN,
    );
    m.slice(m.int(2), 1)[0] = fine || /^[+-]?inf$|^nan$/.test(s) ? 1 : 0;
  },
};
