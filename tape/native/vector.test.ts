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

/** Blocks of SHA-256 with constants that are no standard's, so that each of them counts. */
function blocks(seed: number): string {
  const r = new Random(seed);
  const list = (n: number, most: number): string =>
    `[${Array.from({ length: n }, () => r.next(most)).join(", ")}]`;
  let body = "";
  for (let i = 0; i < 4; i++)
    body += `{ var h: [8]u32 = ${list(8, 0xffffffff)}; let b: [64]u8 = ${list(64, 256)}; let k: [64]u32 = ${list(64, 0xffffffff)};
var s: [8]secret u32; var d: [64]secret u8; for (i in 8) { s[i] = h[i]; } for (i in 64) { d[i] = b[i]; }
for (_n in 3) { vec.sha256_block(s[..], d[..], k[..]); } for (i in 8) { let w = declassify(s[i]); io.print("{w} "); } io.println(); }\n`;
  return `@profile(t1);\nimport io from "io";\nimport vec from "vec";\nfn main() {\n${body}}\n`;
}

test("a block of SHA-256 by instructions is that of the portable code", (t) => {
  const seen: number[] = [];
  for (let seed = 1; seed <= 4; seed++) {
    const code = compileText(blocks(seed));
    const want = runInterp(code);
    t.regex(want.output, /^(\d+ ){8}\n/);
    for (const bounds of ["guard", "compare"] as const)
      for (const has of [BASE_FEATURES, BASE_FEATURES | features.sha]) {
        t.deepEqual(runNative(code, "", { bounds, features: has & hostFeatures() }), want);
        const built = buildNative(code, { features: has });
        seen.push(built.ok ? built.module.features & features.sha : -1);
      }
  }
  t.deepEqual([...new Set(seen)].sort(), [0, features.sha]);
});

for (const [what, h, b, k] of [
  ["state", 7, 64, 64],
  ["block", 8, 63, 64],
  ["constants", 8, 64, 63],
  ["empty", 0, 0, 0],
] as const)
  test(`a block of SHA-256 with too short a slice traps as elsewhere: ${what}`, (t) => {
    const body = `var h: [8]secret u32; var b: [64]secret u8; var k: [64]u32; vec.sha256_block(h[..${h}], b[..${b}], k[..${k}]);`;
    const code = compileText(`@profile(t0);\nimport vec from "vec";\nfn main() { ${body} }`);
    const want = runInterp(code);
    t.regex(want.end, /^trap index out of range/);
    t.deepEqual(runNative(code), want);
    t.deepEqual(runNative(code, "", { bounds: "compare" }), want);
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
