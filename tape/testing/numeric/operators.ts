/**
 * Each numeric operation of WebAssembly written in Tape: over bits, since a float that passes through JavaScript
 * may lose the bits of a NaN.
 */

const int = (w: number): Record<string, string> => {
  const s = (x: string): string => `(${x} as i${w})`;
  const u = `u${w}`;
  const signed = (op: string): string => `(${s("a")} ${op} ${s("b")}) as ${u}`;
  const out: Record<string, string> = {
    add: "a +% b",
    sub: "a -% b",
    mul: "a *% b",
    div_s: signed("/"),
    div_u: "a / b",
    rem_s: signed("%"),
    rem_u: "a % b",
    and: "a & b",
    or: "a | b",
    xor: "a ^ b",
    shl: "a << b",
    shr_s: `(${s("a")} >> b) as ${u}`,
    shr_u: "a >> b",
    rotl: w === 32 ? "math.rotl32(a, b as i32)" : "math.rotl(a, b as i32)",
    rotr: w === 32 ? "math.rotr32(a, b as i32)" : "math.rotl(a, -((b & 63) as i32))",
    clz: `@op("clz.i${w}", a)`,
    ctz: `@op("ctz.i${w}", a)`,
    popcnt: `@op("popcnt.i${w}", a)`,
    eqz: "(a == 0) as u32",
    eq: "(a == b) as u32",
    ne: "(a != b) as u32",
    lt_u: "(a < b) as u32",
    le_u: "(a <= b) as u32",
    gt_u: "(a > b) as u32",
    ge_u: "(a >= b) as u32",
  };
  for (const n of [8, 16, 32]) if (n < w) out[`extend${n}_s`] = `((a as i${n}) as i${w}) as ${u}`;
  for (const [name, op] of [
    ["lt", "<"],
    ["le", "<="],
    ["gt", ">"],
    ["ge", ">="],
  ])
    out[`${name}_s`] = `(${s("a")} ${op} ${s("b")}) as u32`;
  return out;
};

const float = (w: number): Record<string, string> => {
  const [a, b] = [`F${w}(a)`, `F${w}(b)`];
  const out: Record<string, string> = { neg: `B${w}(-${a})` };
  for (const [name, op] of [
    ["add", "+"],
    ["sub", "-"],
    ["mul", "*"],
    ["div", "/"],
  ])
    out[name] = `B${w}(${a} ${op} ${b})`;
  for (const [name, op] of [
    ["eq", "=="],
    ["ne", "!="],
    ["lt", "<"],
    ["le", "<="],
    ["gt", ">"],
    ["ge", ">="],
  ])
    out[name] = `(${a} ${op} ${b}) as u32`;
  for (const name of ["abs", "ceil", "floor", "trunc", "nearest", "sqrt"])
    out[name] = `B${w}(@op("${name}.f${w}", ${a}))`;
  for (const name of ["min", "max", "copysign"])
    out[name] = `B${w}(@op("${name}.f${w}", ${a}, ${b}))`;
  return out;
};

const conversions: Record<string, string> = {
  "i64.extend_i32_s": "((a as i32) as i64) as u64",
  "i64.extend_i32_u": "a as u64",
  "i32.wrap_i64": "a as u32",
  "f64.promote_f32": "B64(F32(a) as f64)",
  "f32.demote_f64": "B32(F64(a) as f32)",
  "f32.reinterpret_i32": "B32(F32(a))",
  "f64.reinterpret_i64": "B64(F64(a))",
  "i32.reinterpret_f32": "B32(F32(a))",
  "i64.reinterpret_f64": "B64(F64(a))",
};
for (const w of [32, 64])
  for (const f of [32, 64]) {
    conversions[`i${w}.trunc_f${f}_s`] = `(F${f}(a) as i${w}) as u${w}`;
    conversions[`i${w}.trunc_f${f}_u`] = `F${f}(a) as u${w}`;
    conversions[`i${w}.trunc_sat_f${f}_s`] = `@op("sati${w}.f${f}", F${f}(a))`;
    conversions[`i${w}.trunc_sat_f${f}_u`] = `@op("satu${w}.f${f}", F${f}(a))`;
    conversions[`f${f}.convert_i${w}_s`] = `B${f}((a as i${w}) as f${f})`;
    conversions[`f${f}.convert_i${w}_u`] = `B${f}(a as f${f})`;
  }

/** Expressions over `a` and `b` by the operation's name, such as `i32.add`. */
export const expressions: Readonly<Record<string, string>> = Object.fromEntries([
  ...[32, 64].flatMap((w) => [
    ...Object.entries(int(w)).map(([n, e]) => [`i${w}.${n}`, e]),
    ...Object.entries(float(w)).map(([n, e]) => [`f${w}.${n}`, e]),
  ]),
  ...Object.entries(conversions),
]);

/** Unsigned types of an operation's arguments, and of its result. */
export function signature(op: string): readonly [string, string] {
  const own = op.slice(1, 3);
  const from = /_(?:sat_)?[fi](32|64)/.exec(op)?.[1] ?? own;
  const boolean = /\.(eqz?|ne|[lg][te](_[su])?)$/.test(op);
  return [`u${from}`, boolean ? "u32" : `u${own}`];
}
