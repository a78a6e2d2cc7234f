/** Memory: addresses, loads, stores, checks, bulk operations. Memory is little-endian; access may be unaligned. */
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
const bad = { traps: ["bad address"] };

add("const.ptr", "d:p n:#", "R[d] = n;", "d = the static address n");
add("frame", "d:p n:#", "R[d] = sp + n;", "d = the address n bytes into this call's frame");
add("fnptr", "d:p f:fn", "R[d] = f + 1;", "d = a pointer to function f");
add("padd", "d:p a:p b:l", "R[d] = R[a] + R[b];", "d = a + b bytes");
add("paddi", "d:p a:p n:#", "R[d] = R[a] + n;", "d = a + n bytes");
add("pindex", "d:p a:p b:l n:#", "R[d] = R[a] + Math.imul(R[b], n);", "d = a + b * n bytes");

const loads: [string, string, string, number[]][] = [
  ["ld.i8", "i", "R[d] = M.getInt8(R[a] + n);", [0x2c]],
  ["ld.u8", "i", "R[d] = M.getUint8(R[a] + n);", [0x2d]],
  ["ld.i16", "i", "R[d] = M.getInt16(R[a] + n, true);", [0x2e]],
  ["ld.u16", "i", "R[d] = M.getUint16(R[a] + n, true);", [0x2f]],
  ["ld.i32", "i", "R[d] = M.getInt32(R[a] + n, true);", [0x28]],
  [
    "ld.i64",
    "l",
    "const q = R[a] + n; R[d] = M.getInt32(q, true); R[d + 1] = M.getInt32(q + 4, true);",
    [0x29],
  ],
  ["ld.f32", "f", "R[d] = M.getInt32(R[a] + n, true);", [0x2a]],
  [
    "ld.f64",
    "d",
    "const q = R[a] + n; R[d] = M.getInt32(q, true); R[d + 1] = M.getInt32(q + 4, true);",
    [0x2b],
  ],
  ["ld.ptr", "p", "R[d] = M.getInt32(R[a] + n, true);", [0x28]],
];
for (const [name, c, js] of loads)
  add(name, `d:${c} a:p n:#`, js, `d = ${name.slice(3)} at a + n`, bad);
const stores: [string, string, string][] = [
  ["st.8", "i", "M.setInt8(R[a] + n, R[b]);"],
  ["st.16", "i", "M.setInt16(R[a] + n, R[b], true);"],
  ["st.32", "i", "M.setInt32(R[a] + n, R[b], true);"],
  [
    "st.64",
    "l",
    "const q = R[a] + n; M.setInt32(q + 4, R[b + 1], true); M.setInt32(q, R[b], true);",
  ],
  ["st.f32", "f", "M.setInt32(R[a] + n, R[b], true);"],
  [
    "st.f64",
    "d",
    "const q = R[a] + n; M.setInt32(q + 4, R[b + 1], true); M.setInt32(q, R[b], true);",
  ],
  ["st.ptr", "p", "const q = R[a] + n; M.setInt32(q + 4, 0, true); M.setInt32(q, R[b], true);"],
];
for (const [name, c, js] of stores) add(name, `a:p b:${c} n:#`, js, "stores b at a + n", bad);

const below = "((R[a + 1] | R[b + 1]) === 0 ? (R[a] >>> 0) < (R[b] >>> 0) : below64(R, a, b))";
add("bound", "a:l b:l", `if (!${below}) TRAP(index out of range);`, "traps unless 0 <= a < b", {
  traps: ["index out of range"],
});
add(
  "boundi",
  "a:l n:#",
  "if (R[a + 1] !== 0 || (R[a] >>> 0) >= n) TRAP(index out of range);",
  "traps unless 0 <= a < n",
  { traps: ["index out of range"] },
);
add(
  "range",
  "a:l b:l c:l",
  "if (below64(R, b, a) || below64(R, c, b)) TRAP(index out of range);",
  "traps unless 0 <= a <= b <= c",
  { traps: ["index out of range"] },
);
add("nonnull", "a:p", "if (R[a] === 0) TRAP(null pointer);", "traps when a is null", {
  traps: ["null pointer"],
});

add(
  "mem.copy",
  "a:p b:p c:l",
  "if (!copyBytes(M, R[a], R[b], R[c], R[c + 1])) TRAP(bad address);",
  "copies c bytes from b to a; they may overlap",
  bad,
);
add(
  "mem.fill",
  "a:p b:i c:l",
  "if (!fillBytes(M, R[a], R[b], R[c], R[c + 1])) TRAP(bad address);",
  "sets c bytes at a to b",
  bad,
);
add("mem.size", "d:l", "R[d] = M.byteLength >>> 16; R[d + 1] = 0;", "d = pages of 64 KiB", {
  cold: true,
});
add(
  "mem.grow",
  "d:l a:l",
  "const old = m.grow(R[a], R[a + 1]); M = m.view; R[d] = old; R[d + 1] = old >> 31;",
  "adds a pages; d = pages before, or -1",
);

export const memoryOps: readonly OpRow[] = rows;
