/** Integer operations: constants, moves, arithmetic that traps, wraps or saturates, bits, comparison. */
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

add("const.i32", "d:i n:#", "R[d] = n;", "d = n");
add("const.i64", "d:l lo:# hi:#", "R[d] = lo; R[d + 1] = hi;", "d = hi:lo");
add("mov.i32", "d:i a:i", "R[d] = R[a];", "d = a");
add("mov.i64", "d:l a:l", "R[d] = R[a]; R[d + 1] = R[a + 1];", "d = a");
add("mov.ptr", "d:p a:p", "R[d] = R[a];", "d = a");

// Both operands are 32-bit values, as most are: no need for exact 64-bit arithmetic.
const small = "const al = R[a], bl = R[b]; if (R[a + 1] === al >> 31 && R[b + 1] === bl >> 31";
const over = { traps: ["integer overflow"] };
add(
  "add.i32",
  "d:i a:i b:i",
  "const v = R[a] + R[b]; if (v !== (v | 0)) TRAP(integer overflow); R[d] = v;",
  "d = a + b, signed",
  over,
);
add(
  "add.u32",
  "d:i a:i b:i",
  "const v = (R[a] >>> 0) + (R[b] >>> 0); if (v > 4294967295) TRAP(integer overflow); R[d] = v | 0;",
  "d = a + b, unsigned",
  over,
);
add(
  "sub.i32",
  "d:i a:i b:i",
  "const v = R[a] - R[b]; if (v !== (v | 0)) TRAP(integer overflow); R[d] = v;",
  "d = a - b, signed",
  over,
);
add(
  "sub.u32",
  "d:i a:i b:i",
  "const v = (R[a] >>> 0) - (R[b] >>> 0); if (v < 0) TRAP(integer overflow); R[d] = v | 0;",
  "d = a - b, unsigned",
  over,
);
add(
  "mul.i32",
  "d:i a:i b:i",
  "const v = R[a] * R[b]; if (v > 2147483647 || v < -2147483648) TRAP(integer overflow); R[d] = v;",
  "d = a * b, signed",
  over,
);
add(
  "mul.u32",
  "d:i a:i b:i",
  "const v = (R[a] >>> 0) * (R[b] >>> 0); if (v > 4294967295) TRAP(integer overflow); R[d] = v | 0;",
  "d = a * b, unsigned",
  over,
);
const load64 = "const al = R[a], bl = R[b], ah = R[a + 1], bh = R[b + 1];";
const sum = `${load64} const lo = (al + bl) | 0; const carry = (lo >>> 0) < (al >>> 0) ? 1 : 0;`;
const dif = `${load64} const lo = (al - bl) | 0; const borrow = (al >>> 0) < (bl >>> 0) ? 1 : 0;`;
const put = "R[d] = lo; R[d + 1] = hi;";
add(
  "add.i64",
  "d:l a:l b:l",
  `${sum} const hi = (ah + bh + carry) | 0; if (((ah ^ hi) & (bh ^ hi)) < 0) TRAP(integer overflow); ${put}`,
  "d = a + b, signed",
  over,
);
add(
  "add.u64",
  "d:l a:l b:l",
  `${sum} const hi = (ah >>> 0) + (bh >>> 0) + carry; if (hi > 4294967295) TRAP(integer overflow); R[d] = lo; R[d + 1] = hi | 0;`,
  "d = a + b, unsigned",
  over,
);
add(
  "sub.i64",
  "d:l a:l b:l",
  `${dif} const hi = (ah - bh - borrow) | 0; if (((ah ^ bh) & (ah ^ hi)) < 0) TRAP(integer overflow); ${put}`,
  "d = a - b, signed",
  over,
);
add(
  "sub.u64",
  "d:l a:l b:l",
  `${dif} const hi = (ah >>> 0) - (bh >>> 0) - borrow; if (hi < 0) TRAP(integer overflow); R[d] = lo; R[d + 1] = hi | 0;`,
  "d = a - b, unsigned",
  over,
);
add(
  "mul.i64",
  "d:l a:l b:l",
  `${small}) { const v = al * bl; if (v === (v | 0)) { R[d] = v; R[d + 1] = (v | 0) >> 31; } else if (!mulI64(R, B, d, a, b)) TRAP(integer overflow); } else if (!mulI64(R, B, d, a, b)) TRAP(integer overflow);`,
  "d = a * b, signed",
  over,
);
add(
  "mul.u64",
  "d:l a:l b:l",
  "if (!mulU64(R, B, d, a, b)) TRAP(integer overflow);",
  "d = a * b, unsigned",
  { ...over, cold: true },
);
add(
  "addi.i32",
  "d:i a:i n:#",
  "const v = R[a] + n; if (v !== (v | 0)) TRAP(integer overflow); R[d] = v;",
  "d = a + n, signed",
  over,
);
add(
  "addi.i64",
  "d:l a:l n:#",
  "const al = R[a], ah = R[a + 1], bh = n >> 31; const lo = (al + n) | 0; const hi = (ah + bh + ((lo >>> 0) < (al >>> 0) ? 1 : 0)) | 0; if (((ah ^ hi) & (bh ^ hi)) < 0) TRAP(integer overflow); R[d] = lo; R[d + 1] = hi;",
  "d = a + n, signed",
  over,
);

add("wadd.i32", "d:i a:i b:i", "R[d] = R[a] + R[b];", "d = a + b, wrapping", { wasm: [0x6a] });
add("wsub.i32", "d:i a:i b:i", "R[d] = R[a] - R[b];", "d = a - b, wrapping", { wasm: [0x6b] });
add("wmul.i32", "d:i a:i b:i", "R[d] = Math.imul(R[a], R[b]);", "d = a * b, wrapping", {
  wasm: [0x6c],
});
add(
  "wadd.i64",
  "d:l a:l b:l",
  `${sum} R[d + 1] = ah + bh + carry; R[d] = lo;`,
  "d = a + b, wrapping",
  { wasm: [0x7c] },
);
add(
  "wsub.i64",
  "d:l a:l b:l",
  `${dif} R[d + 1] = ah - bh - borrow; R[d] = lo;`,
  "d = a - b, wrapping",
  { wasm: [0x7d] },
);
add("wmul.i64", "d:l a:l b:l", "wmulI64(R, d, a, b);", "d = a * b, wrapping", { wasm: [0x7e] });

for (const s of ["i", "u"]) {
  const at =
    s === "i" ? (x: string): string => `R[${x}]` : (x: string): string => `(R[${x}] >>> 0)`;
  const big =
    s === "i"
      ? (x: string): string => `B[${x} >> 1]`
      : (x: string): string => `asUint64(B[${x} >> 1])`;
  const [low, high] = s === "i" ? ["-2147483648", "2147483647"] : ["0", "4294967295"];
  for (const [word, sign] of [
    ["add", "+"],
    ["sub", "-"],
  ]) {
    add(
      `sat${word}.${s}32`,
      "d:i a:i b:i",
      `R[d] = Math.max(${low}, Math.min(${high}, ${at("a")} ${sign} ${at("b")})) | 0;`,
      `d = a ${sign} b, clamped to the range of ${s}32`,
      { cold: true },
    );
    add(
      `sat${word}.${s}64`,
      "d:l a:l b:l",
      `B[d >> 1] = clamp64(${big("a")} ${sign} ${big("b")}, ${s === "i"});`,
      `d = a ${sign} b, clamped to the range of ${s}64`,
      { cold: true },
    );
  }
}

const div = { traps: ["division by zero", "integer overflow"] };
const zero = { traps: ["division by zero"] };
add(
  "div.i32",
  "d:i a:i b:i",
  "const y = R[b]; if (y === 0) TRAP(division by zero); const v = (R[a] / y) | 0; if (y === -1 && R[a] === -2147483648) TRAP(integer overflow); R[d] = v;",
  "d = a / b toward zero, signed",
  { ...div, wasm: undefined },
);
add(
  "div.u32",
  "d:i a:i b:i",
  "const y = R[b] >>> 0; if (y === 0) TRAP(division by zero); R[d] = ((R[a] >>> 0) / y) | 0;",
  "d = a / b, unsigned",
  zero,
);
add(
  "rem.i32",
  "d:i a:i b:i",
  "const y = R[b]; if (y === 0) TRAP(division by zero); R[d] = R[a] % y;",
  "d = a % b, sign of a; MIN % -1 is 0",
  zero,
);
add(
  "rem.u32",
  "d:i a:i b:i",
  "const y = R[b] >>> 0; if (y === 0) TRAP(division by zero); R[d] = (R[a] >>> 0) % y;",
  "d = a % b, unsigned",
  zero,
);
add(
  "div.i64",
  "d:l a:l b:l",
  `if ((R[b] | R[b + 1]) === 0) TRAP(division by zero); ${small} && bl > 0) { const v = (al / bl) | 0; R[d] = v; R[d + 1] = v >> 31; } else if (!divI64(R, B, d, a, b)) TRAP(integer overflow);`,
  "d = a / b toward zero, signed",
  div,
);
add(
  "rem.i64",
  "d:l a:l b:l",
  `if ((R[b] | R[b + 1]) === 0) TRAP(division by zero); ${small} && bl > 0) { const v = (al % bl) | 0; R[d] = v; R[d + 1] = v >> 31; } else remI64(R, B, d, a, b);`,
  "d = a % b, sign of a; MIN % -1 is 0",
  zero,
);
add(
  "div.u64",
  "d:l a:l b:l",
  "if ((R[b] | R[b + 1]) === 0) TRAP(division by zero); divU64(R, B, d, a, b);",
  "d = a / b, unsigned",
  { ...zero, cold: true },
);
add(
  "rem.u64",
  "d:l a:l b:l",
  "if ((R[b] | R[b + 1]) === 0) TRAP(division by zero); remU64(R, B, d, a, b);",
  "d = a % b, unsigned",
  { ...zero, cold: true },
);

const bits: [string, string, number, number][] = [
  ["and", "&", 0x71, 0x83],
  ["or", "|", 0x72, 0x84],
  ["xor", "^", 0x73, 0x85],
];
for (const [word, sign, w32, w64] of bits) {
  add(`${word}.i32`, "d:i a:i b:i", `R[d] = R[a] ${sign} R[b];`, `d = a ${sign} b`, {
    wasm: [w32],
  });
  add(
    `${word}.i64`,
    "d:l a:l b:l",
    `const lo = R[a] ${sign} R[b]; R[d + 1] = R[a + 1] ${sign} R[b + 1]; R[d] = lo;`,
    `d = a ${sign} b`,
    { wasm: [w64] },
  );
}
add("shl.i32", "d:i a:i b:i", "R[d] = R[a] << R[b];", "d = a << (b & 31)", { wasm: [0x74] });
add("shr.i32", "d:i a:i b:i", "R[d] = R[a] >> R[b];", "d = a >> (b & 31), arithmetic", {
  wasm: [0x75],
});
add("shr.u32", "d:i a:i b:i", "R[d] = R[a] >>> R[b];", "d = a >> (b & 31), logical", {
  wasm: [0x76],
});
add(
  "rotl.i32",
  "d:i a:i b:i",
  "const s = R[b] & 31; R[d] = (R[a] << s) | (R[a] >>> (31 & -s));",
  "d = a rotated left by b & 31",
  { wasm: [0x77] },
);
const count = "const s = R[b] & 63, al = R[a], ah = R[a + 1];";
add(
  "shl.i64",
  "d:l a:l b:i",
  `${count} if (s === 0) { R[d] = al; R[d + 1] = ah; } else if (s < 32) { R[d + 1] = (ah << s) | (al >>> (32 - s)); R[d] = al << s; } else { R[d + 1] = al << (s - 32); R[d] = 0; }`,
  "d = a << (b & 63)",
);
add(
  "shr.i64",
  "d:l a:l b:i",
  `${count} if (s === 0) { R[d] = al; R[d + 1] = ah; } else if (s < 32) { R[d] = (al >>> s) | (ah << (32 - s)); R[d + 1] = ah >> s; } else { R[d] = ah >> (s - 32); R[d + 1] = ah >> 31; }`,
  "d = a >> (b & 63), arithmetic",
);
add(
  "shr.u64",
  "d:l a:l b:i",
  `${count} if (s === 0) { R[d] = al; R[d + 1] = ah; } else if (s < 32) { R[d] = (al >>> s) | (ah << (32 - s)); R[d + 1] = ah >>> s; } else { R[d] = ah >>> (s - 32); R[d + 1] = 0; }`,
  "d = a >> (b & 63), logical",
);
add(
  "rotl.i64",
  "d:l a:l b:i",
  `${count} const x = s < 32 ? ah : al, y = s < 32 ? al : ah, r = s & 31; if (r === 0) { R[d + 1] = x; R[d] = y; } else { R[d + 1] = (x << r) | (y >>> (32 - r)); R[d] = (y << r) | (x >>> (32 - r)); }`,
  "d = a rotated left by b & 63",
);
add("clz.i32", "d:i a:i", "R[d] = Math.clz32(R[a]);", "d = leading zero bits", {
  cold: true,
  wasm: [0x67],
});
add("ctz.i32", "d:i a:i", "R[d] = ctz32(R[a]);", "d = trailing zero bits", {
  cold: true,
  wasm: [0x68],
});
add("popcnt.i32", "d:i a:i", "R[d] = popcnt32(R[a]);", "d = one bits", {
  cold: true,
  wasm: [0x69],
});
add(
  "clz.i64",
  "d:l a:l",
  "R[d] = R[a + 1] !== 0 ? Math.clz32(R[a + 1]) : 32 + Math.clz32(R[a]); R[d + 1] = 0;",
  "d = leading zero bits",
  { cold: true, wasm: [0x79] },
);
add(
  "ctz.i64",
  "d:l a:l",
  "R[d] = R[a] !== 0 ? ctz32(R[a]) : 32 + ctz32(R[a + 1]); R[d + 1] = 0;",
  "d = trailing zero bits",
  { cold: true, wasm: [0x7a] },
);
add(
  "popcnt.i64",
  "d:l a:l",
  "R[d] = popcnt32(R[a]) + popcnt32(R[a + 1]); R[d + 1] = 0;",
  "d = one bits",
  { cold: true, wasm: [0x7b] },
);
add(
  "mulhi.u64",
  "d:l a:l b:l",
  "B[d >> 1] = (asUint64(B[a >> 1]) * asUint64(B[b >> 1])) >> 64n;",
  "d = upper half of the 128-bit product",
  { cold: true },
);

for (const [name, low, high] of [
  ["i8", -128, 127],
  ["u8", 0, 255],
  ["i16", -32768, 32767],
  ["u16", 0, 65535],
] as const) {
  add(
    `fit.${name}`,
    "d:i a:i",
    `const v = R[a]; if (v < ${low} || v > ${high}) TRAP(integer overflow); R[d] = v;`,
    `d = a, which must lie in ${low} to ${high}`,
    over,
  );
  add(
    `clamp.${name}`,
    "d:i a:i",
    `R[d] = Math.max(${low}, Math.min(${high}, R[a]));`,
    `d = a, clamped to ${low} to ${high}`,
    { cold: true },
  );
}
add("ext.i8", "d:i a:i", "R[d] = (R[a] << 24) >> 24;", "d = low 8 bits of a, sign-extended", {
  wasm: [0xc0],
});
add("ext.i16", "d:i a:i", "R[d] = (R[a] << 16) >> 16;", "d = low 16 bits of a, sign-extended", {
  wasm: [0xc1],
});
add("ext.u8", "d:i a:i", "R[d] = R[a] & 255;", "d = low 8 bits of a");
add("ext.u16", "d:i a:i", "R[d] = R[a] & 65535;", "d = low 16 bits of a");

/** Comparisons: name, 32-bit and 64-bit condition over registers a and b, WebAssembly opcodes. */
export const comparisons: readonly (readonly [string, string, string, number, number])[] = [
  ["eq", "R[a] === R[b]", "R[a] === R[b] && R[a + 1] === R[b + 1]", 0x46, 0x51],
  ["ne", "R[a] !== R[b]", "R[a] !== R[b] || R[a + 1] !== R[b + 1]", 0x47, 0x52],
  [
    "lts",
    "R[a] < R[b]",
    "R[a + 1] < R[b + 1] || (R[a + 1] === R[b + 1] && (R[a] >>> 0) < (R[b] >>> 0))",
    0x48,
    0x53,
  ],
  [
    "ltu",
    "(R[a] >>> 0) < (R[b] >>> 0)",
    "(R[a + 1] >>> 0) < (R[b + 1] >>> 0) || (R[a + 1] === R[b + 1] && (R[a] >>> 0) < (R[b] >>> 0))",
    0x49,
    0x54,
  ],
  [
    "les",
    "R[a] <= R[b]",
    "R[a + 1] < R[b + 1] || (R[a + 1] === R[b + 1] && (R[a] >>> 0) <= (R[b] >>> 0))",
    0x4c,
    0x57,
  ],
  [
    "leu",
    "(R[a] >>> 0) <= (R[b] >>> 0)",
    "(R[a + 1] >>> 0) < (R[b + 1] >>> 0) || (R[a + 1] === R[b + 1] && (R[a] >>> 0) <= (R[b] >>> 0))",
    0x4d,
    0x58,
  ],
];
const names: Record<string, string> = {
  eq: "a == b",
  ne: "a != b",
  lts: "a < b, signed",
  ltu: "a < b, unsigned",
  les: "a <= b, signed",
  leu: "a <= b, unsigned",
};
for (const [name, c32, c64, w32, w64] of comparisons) {
  add(`${name}.i32`, "d:i a:i b:i", `R[d] = ${c32} ? 1 : 0;`, `d = ${names[name]}`, {
    wasm: [w32],
  });
  add(`${name}.i64`, "d:i a:l b:l", `R[d] = ${c64} ? 1 : 0;`, `d = ${names[name]}`, {
    wasm: [w64],
  });
}
add("eq.ptr", "d:i a:p b:p", "R[d] = R[a] === R[b] ? 1 : 0;", "d = a == b", { wasm: [0x46] });
add(
  "ltu.ptr",
  "d:i a:p b:p",
  "R[d] = (R[a] >>> 0) < (R[b] >>> 0) ? 1 : 0;",
  "d = a < b, unsigned",
  { wasm: [0x49] },
);

export const integerOps: readonly OpRow[] = rows;
