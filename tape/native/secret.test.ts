/** `secret` values in machine code: no branch, division or table depends on them. */
import test from "ava";
import { compileText } from "../testing/run.ts";
import { asmText } from "./asm-text.ts";
import { buildNative } from "./module.ts";

const text = `@profile(t0);
pub fn choose(c: secret bool, a: secret u64, b: secret u64) -> secret u64 { return select(c, a, b); }
pub fn sums(a: secret u32, b: secret u32) -> secret u32 { return (a +% b) -% (a *% b) ^ (a & ~b); }
pub fn wide(a: secret i64, b: secret i64) -> secret i64 { return (a +% b) *% (b -% a); }
pub fn shifts(a: secret u64) -> secret u64 { return a << 7 | a >> 57; }
pub fn less(a: secret u64, b: secret u64) -> secret bool { return a < b; }
`;

test("no jump, division or load lies in functions of secrets", (t) => {
  const code = compileText(text, { main: false, exports: true });
  for (const bounds of ["guard", "compare"] as const) {
    const built = buildNative(code, { bounds });
    if (!built.ok) throw new Error(built.reason);
    const asm = asmText(code, built.module, (name) => name.startsWith("test."));
    for (const name of ["choose", "sums", "wide", "shifts", "less"])
      t.regex(asm, new RegExp(`test.${name}:`));
    t.notRegex(asm, /^ +(j\w+|call|i?div) /m);
    t.notRegex(asm, /\[r15/);
    t.regex(asm, /cmov/);
  }
});
