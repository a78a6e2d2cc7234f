/** Vector functions as instructions of the processor, against the interpreter: with each set of features, and at the ends of slices. */
import test from "ava";
import { Random } from "../testing/generate.ts";
import { compileText, runInterp, runNative } from "../testing/run.ts";
import { hostFeatures } from "../runner/processor.ts";
import { buildNative } from "./module.ts";
import { BASE_FEATURES, features } from "./processor.ts";

const pairs = ["shuffle", "add_sat", "sub_sat", "min", "max", "average", "equal"];

function program(seed: number): string {
  const r = new Random(seed);
  const vector = (): string => `[${Array.from({ length: 16 }, () => r.next(256)).join(", ")}]`;
  const wide = (): string => `${(BigInt(r.next(0xffffffff)) << 32n) | BigInt(r.next(0xffffffff))}`;
  let body = "";
  for (let i = 0; i < 8; i++) {
    body += `{ let a: u8x16 = ${vector()}; let b: u8x16 = ${vector()};\n`;
    for (const name of pairs) body += `show(vec.${name}(a, b));\n`;
    body += `io.println("{vec.mask(a)}"); show(declassify(vec.aes_round(a, b)));\n`;
    body += `show(declassify(vec.aes_last(a, b))); let p = declassify(vec.clmul(${wide()}, ${wide()}));\n`;
    body += `io.println("{p[0]} {p[1]}"); vec.store(bytes[..], a, ${r.next(33)});\n`;
    body += `show(vec.load(bytes[..], ${r.next(33)})); }\n`;
  }
  return `@profile(t1);\nimport io from "io";\nimport vec from "vec";
fn show(v: u8x16) { for (i in 16) { io.print("{v[i]} "); } io.println(); }
fn main() {\nvar bytes: [48]u8 = [0; 48];\n${body}}\n`;
}

test("instructions give what the portable code gives", (t) => {
  for (let seed = 1; seed <= 6; seed++) {
    const code = compileText(program(seed));
    const want = runInterp(code);
    for (const bounds of ["guard", "compare"] as const)
      for (const has of [BASE_FEATURES, BASE_FEATURES | features.aes, hostFeatures()])
        t.deepEqual(runNative(code, "", { bounds, features: has & hostFeatures() }), want);
  }
});

test("code for a processor without a feature does not use it", (t) => {
  const code = compileText(program(1));
  const of = (has: number): number => {
    const built = buildNative(code, { features: has });
    return built.ok ? built.module.features : -1;
  };
  t.is(of(BASE_FEATURES), BASE_FEATURES);
  t.is(of(BASE_FEATURES | features.aes), BASE_FEATURES | features.aes);
  const all = Object.values(features).reduce<number>((n, bit) => n | bit, 0);
  t.is(
    of(all),
    BASE_FEATURES | features.aes | features.pclmul,
    "only what the code uses is asked for",
  );
});

for (const [what, line] of [
  ["load", "vec.load(bytes[..], 33)"],
  ["load before the start", "vec.load(bytes[..], 0 - n)"],
  ["load far away", "vec.load(bytes[..], 9223372036854775800)"],
  ["store", "vec.store(bytes[..], v, 33)"],
] as const) {
  test(`${what} beyond a slice traps as elsewhere`, (t) => {
    const body = `var bytes: [48]u8 = [0; 48]; let n: i64 = 1; let v: u8x16 = [1; 16]; ${line};`;
    const text = `@profile(t0);\nimport vec from "vec";\nfn main() { ${body} }`;
    const code = compileText(text);
    const want = runInterp(code);
    t.regex(want.end, /^trap/);
    t.deepEqual(runNative(code), want);
    t.deepEqual(runNative(code, "", { bounds: "compare" }), want);
  });
}
