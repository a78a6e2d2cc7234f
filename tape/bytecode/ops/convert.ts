/** Conversions between integers, floats and addresses. */
import type { OpRow } from "./row.ts";

const rows: OpRow[] = [];
const add = (
  name: string,
  operands: string,
  js: string,
  doc: string,
  more: Partial<OpRow> = {},
): void => {
  rows.push({ name, operands, js, doc, ...more });
};

add(
  "widen.i32",
  "d:l a:i",
  "const v = R[a]; R[d] = v; R[d + 1] = v >> 31;",
  "d = a, sign-extended",
  { wasm: [0xac] },
);
add("widen.u32", "d:l a:i", "R[d] = R[a]; R[d + 1] = 0;", "d = a, zero-extended", { wasm: [0xad] });
add("narrow.i64", "d:i a:l", "R[d] = R[a];", "d = low 32 bits of a", { wasm: [0xa7] });
add("ptr.i64", "d:l a:p", "R[d] = R[a]; R[d + 1] = 0;", "d = address a");
add("i64.ptr", "d:p a:l", "R[d] = R[a];", "d = the address in the low 32 bits of a");

const lo = (x: string): string => `(R[${x}] >>> 0)`;
add("f64.i32", "d:d a:i", "F[d >> 1] = R[a];", "d = a as f64", { wasm: [0xb7] });
add("f64.u32", "d:d a:i", "F[d >> 1] = R[a] >>> 0;", "d = a as f64", { wasm: [0xb8], cold: true });
add(
  "f64.i64",
  "d:d a:l",
  `F[d >> 1] = R[a + 1] * 4294967296 + ${lo("a")};`,
  "d = a as f64, to nearest even",
  { wasm: [0xb9] },
);
add(
  "f64.u64",
  "d:d a:l",
  `F[d >> 1] = ${lo("a + 1")} * 4294967296 + ${lo("a")};`,
  "d = a as f64, to nearest even",
  { wasm: [0xba], cold: true },
);
add("f32.i32", "d:f a:i", "G[d] = R[a];", "d = a as f32, to nearest even", {
  wasm: [0xb2],
  cold: true,
});
add("f32.u32", "d:f a:i", "G[d] = R[a] >>> 0;", "d = a as f32, to nearest even", {
  wasm: [0xb3],
  cold: true,
});
add("f32.i64", "d:f a:l", "G[d] = froundBig(B[a >> 1]);", "d = a as f32, to nearest even", {
  wasm: [0xb4],
  cold: true,
});
add(
  "f32.u64",
  "d:f a:l",
  "G[d] = froundBig(asUint64(B[a >> 1]));",
  "d = a as f32, to nearest even",
  { wasm: [0xb5], cold: true },
);
add("f32.f64", "d:f a:d", "G[d] = F[a >> 1];", "d = a as f32, to nearest even", { wasm: [0xb6] });
add("f64.f32", "d:d a:f", "F[d >> 1] = G[a];", "d = a as f64", { wasm: [0xbb] });

const traps = ["number out of range"];
for (const f of ["f32", "f64"] as const) {
  const c = f === "f32" ? "f" : "d";
  const at = f === "f32" ? "G[a]" : "F[a >> 1]";
  const cold = f === "f32";
  add(
    `i32.${f}`,
    `d:i a:${c}`,
    `const v = ${at}; if (!(v > -2147483649 && v < 2147483648)) TRAP(number out of range); R[d] = v | 0;`,
    "d = a toward zero; NaN and out of range trap",
    { traps, cold },
  );
  add(
    `u32.${f}`,
    `d:i a:${c}`,
    `const v = ${at}; if (!(v > -1 && v < 4294967296)) TRAP(number out of range); R[d] = v | 0;`,
    "d = a toward zero; NaN and out of range trap",
    { traps, cold },
  );
  add(
    `i64.${f}`,
    `d:l a:${c}`,
    `const v = ${at}; if (!(v >= -9223372036854775808 && v < 9223372036854775808)) TRAP(number out of range); put64(R, d, Math.trunc(v));`,
    "d = a toward zero; NaN and out of range trap",
    { traps, cold },
  );
  add(
    `u64.${f}`,
    `d:l a:${c}`,
    `const v = ${at}; if (!(v > -1 && v < 18446744073709551616)) TRAP(number out of range); put64(R, d, Math.trunc(v));`,
    "d = a toward zero; NaN and out of range trap",
    { traps, cold: true },
  );
  const sat = f === "f32" ? 0 : 2;
  add(
    `sati32.${f}`,
    `d:i a:${c}`,
    `const v = ${at}; R[d] = v >= 2147483647 ? 2147483647 : v <= -2147483648 ? -2147483648 : v | 0;`,
    "d = a toward zero, clamped; NaN gives 0",
    { cold: true, wasm: [0xfc, sat] },
  );
  add(
    `satu32.${f}`,
    `d:i a:${c}`,
    `const v = ${at}; R[d] = v >= 4294967295 ? -1 : v >= 0 ? v | 0 : 0;`,
    "d = a toward zero, clamped; NaN gives 0",
    { cold: true, wasm: [0xfc, sat + 1] },
  );
  add(
    `sati64.${f}`,
    `d:l a:${c}`,
    `satI64(R, d, ${at});`,
    "d = a toward zero, clamped; NaN gives 0",
    { cold: true, wasm: [0xfc, sat + 4] },
  );
  add(
    `satu64.${f}`,
    `d:l a:${c}`,
    `satU64(R, d, ${at});`,
    "d = a toward zero, clamped; NaN gives 0",
    { cold: true, wasm: [0xfc, sat + 5] },
  );
}
add(
  "bits.f64",
  "d:l a:d",
  "const nan = F[a >> 1] !== F[a >> 1]; R[d + 1] = nan ? 2146959360 : R[a + 1]; R[d] = nan ? 0 : R[a];",
  "d = the bits of a; a NaN gives the canonical one",
  { cold: true },
);
add(
  "bits.f32",
  "d:i a:f",
  "R[d] = G[a] !== G[a] ? 2143289344 : R[a];",
  "d = the bits of a; a NaN gives the canonical one",
  { cold: true },
);
add("from.f64", "d:d a:l", "R[d] = R[a]; R[d + 1] = R[a + 1];", "d = the f64 with bits a", {
  cold: true,
  wasm: [0xbf],
});
add("from.f32", "d:f a:i", "R[d] = R[a];", "d = the f32 with bits a", { cold: true, wasm: [0xbe] });

export const convertOps: readonly OpRow[] = rows;
