/** Float operations, with the semantics of WebAssembly; they never trap. */
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

add("const.f32", "d:f bits:#", "R[d] = bits;", "d = the f32 with these bits");
add("const.f64", "d:d lo:# hi:#", "R[d] = lo; R[d + 1] = hi;", "d = the f64 with these bits");
add("mov.f32", "d:f a:f", "R[d] = R[a];", "d = a");
add("mov.f64", "d:d a:d", "R[d] = R[a]; R[d + 1] = R[a + 1];", "d = a");

for (const f of ["f32", "f64"] as const) {
  const c = f === "f32" ? "f" : "d";
  const at = f === "f32" ? (x: string): string => `G[${x}]` : (x: string): string => `F[${x} >> 1]`;
  const base = f === "f32" ? 0x92 : 0xa0;
  const two = `d:${c} a:${c} b:${c}`;
  const one = `d:${c} a:${c}`;
  ["+", "-", "*", "/"].forEach((sign, i) => {
    const word = ["add", "sub", "mul", "div"][i];
    add(`${word}.${f}`, two, `${at("d")} = ${at("a")} ${sign} ${at("b")};`, `d = a ${sign} b`, {
      wasm: [base + i],
    });
  });
  const unary = f === "f32" ? 0x8b : 0x99;
  const flip =
    f === "f32" ? "R[d] = R[a] ^ -2147483648;" : "R[d] = R[a]; R[d + 1] = R[a + 1] ^ -2147483648;";
  const clear =
    f === "f32" ? "R[d] = R[a] & 2147483647;" : "R[d] = R[a]; R[d + 1] = R[a + 1] & 2147483647;";
  add(`abs.${f}`, one, clear, "d = a without its sign", { cold: true, wasm: [unary] });
  add(`neg.${f}`, one, flip, "d = a with its sign flipped", { wasm: [unary + 1] });
  const math = ["Math.ceil", "Math.floor", "Math.trunc", "nearest", "Math.sqrt"];
  ["ceil", "floor", "trunc", "nearest", "sqrt"].forEach((word, i) => {
    add(`${word}.${f}`, one, `${at("d")} = ${math[i]}(${at("a")});`, `d = ${word}(a)`, {
      cold: word !== "sqrt",
      wasm: [unary + 2 + i],
    });
  });
  add(
    `min.${f}`,
    two,
    `${at("d")} = Math.min(${at("a")}, ${at("b")});`,
    "d = the smaller; NaN when either is",
    { cold: true, wasm: [base + 4] },
  );
  add(
    `max.${f}`,
    two,
    `${at("d")} = Math.max(${at("a")}, ${at("b")});`,
    "d = the larger; NaN when either is",
    { cold: true, wasm: [base + 5] },
  );
  const word = f === "f32" ? "" : " + 1";
  const low = f === "f32" ? "" : "R[d] = R[a]; ";
  add(
    `copysign.${f}`,
    two,
    `const s = R[b${word}] & -2147483648; ${low}R[d${word}] = (R[a${word}] & 2147483647) | s;`,
    "d = a with the sign of b",
    { cold: true, wasm: [base + 6] },
  );
  const compare = f === "f32" ? 0x5b : 0x61;
  [
    ["eq", "===", 0],
    ["ne", "!==", 1],
    ["lt", "<", 2],
    ["le", "<=", 4],
  ].forEach(([word2, sign, code]) => {
    add(
      `${word2}.${f}`,
      `d:i a:${c} b:${c}`,
      `R[d] = ${at("a")} ${sign} ${at("b")} ? 1 : 0;`,
      `d = a ${String(sign).replace("===", "==").replace("!==", "!=")} b`,
      { wasm: [compare + Number(code)] },
    );
  });
}

export const floatOps: readonly OpRow[] = rows;
