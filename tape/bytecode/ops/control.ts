/** Control flow: jumps, calls, returns, traps, choice without a branch. Targets are word offsets in the function. */
import { comparisons } from "./integer.ts";
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

add("trap", "n:#", "TRAPN(n);", "traps with kind n", { ends: true, traps: ["any"] });
add(
  "trap.text",
  "a:p b:l n:#",
  "m.text = m.bytes(R[a], R[b]); TRAPN(n);",
  "traps with kind n and a text of b bytes at a",
  { ends: true, traps: ["any"] },
);
add("try", "t:@", "m.setTry(t, base, top, sp, fp);", "until tryend, a trap goes to t (tests only)");
add("tryend", "", "m.tryPc = -1;", "ends the last try");
add("jmp", "t:@", "JUMP(t);", "goes to t", { ends: true });
add("jt", "a:i t:@", "if (R[a] !== 0) JUMP(t);", "goes to t when a is true");
add("jf", "a:i t:@", "if (R[a] === 0) JUMP(t);", "goes to t when a is false");
add("jnull", "a:p t:@", "if (R[a] === 0) JUMP(t);", "goes to t when a is null");
add("jnonnull", "a:p t:@", "if (R[a] !== 0) JUMP(t);", "goes to t when a is not null");
for (const [name, c32, c64] of comparisons) {
  add(`j${name}.i32`, "a:i b:i t:@", `if (${c32}) JUMP(t);`, `goes to t when ${name}(a, b)`);
  add(`j${name}.i64`, "a:l b:l t:@", `if (${c64}) JUMP(t);`, `goes to t when ${name}(a, b)`);
}
const immediate: [string, string, string][] = [
  ["eq", "===", "R[a] === n && R[a + 1] === n >> 31"],
  ["ne", "!==", "R[a] !== n || R[a + 1] !== n >> 31"],
  ["lts", "<", "R[a + 1] < n >> 31 || (R[a + 1] === n >> 31 && (R[a] >>> 0) < (n >>> 0))"],
  ["ges", ">=", "R[a + 1] > n >> 31 || (R[a + 1] === n >> 31 && (R[a] >>> 0) >= (n >>> 0))"],
];
for (const [name, sign, c64] of immediate) {
  add(
    `j${name}i.i32`,
    "a:i n:# t:@",
    `if (R[a] ${sign} n) JUMP(t);`,
    `goes to t when ${name}(a, n), signed`,
  );
  add(
    `j${name}i.i64`,
    "a:l n:# t:@",
    `if (${c64}) JUMP(t);`,
    `goes to t when ${name}(a, n), signed`,
  );
}
for (const [c, name, words] of [
  ["i", "i32", 1],
  ["l", "i64", 2],
  ["f", "f32", 1],
  ["d", "f64", 2],
  ["p", "ptr", 1],
] as const) {
  const js =
    words === 1
      ? "R[d] = R[c] !== 0 ? R[a] : R[b];"
      : "const q = R[c] !== 0 ? a : b; R[d + 1] = R[q + 1]; R[d] = R[q];";
  add(
    `select.${name}`,
    `d:${c} c:i a:${c} b:${c}`,
    js,
    "d = c ? a : b, in the same time either way",
    { cold: c === "f" || c === "p" },
  );
}
add("switch", "a:i n:# x:list", "SWITCH", "goes to target a of n + 1; the last one is for a >= n", {
  ends: true,
});
add(
  "call",
  "f:fn n:# x:list",
  "CALL",
  "calls f; the list is: count of results, arguments, results",
  { traps: ["stack overflow"] },
);
add("calli", "a:p s:# n:# x:list", "CALLI", "calls the function that a points to, of signature s", {
  traps: ["bad function pointer", "stack overflow"],
});
add("host", "f:# n:# x:list", "HOST", "calls import f", { traps: ["any"] });
add("ret", "n:# x:list", "RET", "returns n values", { ends: true });

export const controlOps: readonly OpRow[] = rows;
