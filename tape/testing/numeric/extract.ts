/**
 * Makes the `.txt` files of this folder: `node tape/testing/numeric/extract.ts FOLDER`, where FOLDER is `test/core` of
 * https://github.com/WebAssembly/spec (Apache License 2.0; the files at hand come from commit 285a90329).
 *
 * Only the numbers are taken: for each operation its arguments and result as bits, `nan` for any NaN and `trap`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { binary32, binary64, floatBits } from "./exact.ts";
import { type Case, vectorText } from "./vectors.ts";

const suites =
  "i32 i64 f32 f32_bitwise f32_cmp f64 f64_bitwise f64_cmp conversions float_misc".split(" ");

/** Bits of a constant, in hexadecimal. */
function bits(type: string, written: string, result: boolean): string {
  const text = written.trim();
  if (text.includes("nan")) {
    if (result) return "nan";
    const f = type === "f32" ? binary32 : binary64;
    const payload = text.includes("nan:0x")
      ? BigInt(text.slice(text.indexOf("0x")))
      : 1n << BigInt(f.bits - 2);
    const sign = text.startsWith("-") ? 1n << BigInt(f.width - 1) : 0n;
    return (sign | floatBits("inf", f) | payload).toString(16);
  }
  if (type === "f32") return floatBits(text, binary32).toString(16);
  if (type === "f64") return floatBits(text, binary64).toString(16);
  const clean = text.replace(/_/g, "");
  const v = clean.startsWith("-") ? -BigInt(clean.slice(1)) : BigInt(clean);
  return BigInt.asUintN(type === "i32" ? 32 : 64, v).toString(16);
}

for (const suite of suites) {
  const text = readFileSync(`${process.argv[2]}/${suite}.wast`, "utf8");
  const prefix = /^[fi]\d\d/.test(suite) ? `${suite.slice(0, 3)}.` : "";
  const cases: Case[] = [];
  const line =
    /^\(assert_(return|trap) \(invoke "([\w.]+)"((?: \(\w+\.const [^)]*\))*)\)(?: \((\w+)\.const ([^)]*)\))?/gm;
  for (const [, kind, name, args, type, value] of text.matchAll(line)) {
    cases.push({
      op: prefix + name,
      args: [...args.matchAll(/\((\w+)\.const ([^)]*)\)/g)].map((m) => bits(m[1], m[2], false)),
      want: kind === "trap" ? "trap" : bits(type, value, true),
    });
  }
  writeFileSync(new URL(`${suite}.txt`, import.meta.url), vectorText(cases));
}
