/** Text and floats: parsed to the nearest, printed in the fewest digits that lead back, on both runtimes. */
import { readFileSync } from "node:fs";
import test from "ava";
import { binary32, binary64, floatBits } from "../testing/numeric/exact.ts";
import { readVectors } from "../testing/numeric/vectors.ts";
import { runBoth } from "../testing/run.ts";
import { Random } from "../testing/generate.ts";

/** Decimal texts at the edges: halfway cases, subnormals, the largest, many digits. */
const texts = [
  "0",
  "-0",
  "1",
  "0.1",
  "0.3",
  "1e22",
  "1e23",
  "9007199254740993",
  "9007199254740992.5",
  "9007199254740993.0000000000000000001",
  "1.7976931348623157e308",
  "1.7976931348623158e308",
  "1.797693134862315808e308",
  "5e-324",
  "2.4703282292062327e-324",
  "2.4703282292062328e-324",
  "2.2250738585072011e-308",
  "2.2250738585072014e-308",
  "2.225073858507201136057409796709131975934819546351645648023426109724822222021076945516529523908135087914149158913039621106870086438694594645527657207407820621743379988141063267329253552286881372149012981122451451889849057222307285255133155755015914397476397983411801999323962548289017107081850690630666655994938275772572015763062690663332647565300009245888316433037779791869612049497390377829704905051080609940730262937128958950003583799967207254304360284078895771796150945516748243471030702609144621572289880258182545180325707018860872113128079512233426288368622321503775666622503982534335974568884423900265498198385487948292206894721689831099698365846814022854243330660339850886445804001034933970427567186443383770486037861622771738545623065874679014086723327636718751234567890123456789012345678901e-308",
  "123456789012345678901234567890",
  "0.000001",
  "1e-7",
  "8.41e21",
  "2.0919495182368195e19",
  "7.3879e20",
  "4.35",
  "1e400",
  "1e-400",
];

function bits(t: "f32" | "f64"): string[] {
  const out = new Set<string>();
  for (const suite of [t, "float_misc"]) {
    const text = readFileSync(new URL(`../testing/numeric/${suite}.txt`, import.meta.url), "utf8");
    for (const c of readVectors(text)) if (c.op.startsWith(t)) for (const v of c.args) out.add(v);
  }
  const r = new Random(5);
  for (let i = 0; i < 300; i++) {
    const word = (): string => r.next(0xffffffff).toString(16).padStart(8, "0");
    out.add(t === "f32" ? word() : word() + word());
  }
  return [...out].filter((v) => v !== "nan");
}

test("to_f64 rounds to the nearest", (t) => {
  const r = new Random(3);
  const all = [...texts];
  for (let i = 0; i < 200; i++)
    all.push(`${r.next(1e9)}${r.next(1e9)}.${r.next(1e9)}${r.next(1e9)}e${r.next(600) - 310}`);
  const body = all
    .map((s) => `io.println("{math.bits(string.to_f64("${s}") or 7.0)}");`)
    .join("\n    ");
  const shown = runBoth(
    `@profile(t1);\nimport io from "io";\nimport math from "math";\nimport string from "string";\nfn main() {\n    ${body}\n}\n`,
  );
  t.deepEqual(
    shown.output.trimEnd().split("\n"),
    all.map((s) => floatBits(s, binary64).toString()),
  );
});

test("literals are the nearest floats, decimal and hexadecimal", (t) => {
  const all = [
    ...texts,
    "0x1p-1074",
    "0x1.fffffffffffffp1023",
    "0x1.00000000000008p0",
    "0x1.00000000000018p0",
    "0x0.8p-1074",
    "0x1.8p-1074",
    "0xa0_ff.f141_a59ap0",
  ]
    .map((s) => (/[.ex]/.test(s) ? s : `${s}.0`))
    .filter((s) => !s.startsWith("-") && floatBits(s, binary64) < 0x7ff0000000000000n);
  const body = all.map((s) => `io.println(math.bits(${s}));`).join("\n    ");
  const shown = runBoth(
    `@profile(t1);\nimport io from "io";\nimport math from "math";\nfn main() {\n    ${body}\n}\n`,
  );
  t.deepEqual(
    shown.output.trimEnd().split("\n"),
    all.map((s) => floatBits(s, binary64).toString()),
  );
});

/** Digits that count in a decimal text. */
const digits = (s: string): number =>
  s.replace(/e.*/, "").replace(/[-.]/g, "").replace(/^0+/, "").replace(/0+$/, "").length;

for (const [type, format] of [
  ["f64", binary64],
  ["f32", binary32],
] as const) {
  test(`${type} prints in the fewest digits that lead back`, (t) => {
    const all = bits(type);
    const list = all.map((b) => BigInt(`0x${b}`).toString()).join(", ");
    const u = type === "f64" ? "u64" : "u32";
    // Values of f32 are made exactly, as f64, by the oracle's side of this test.
    const view = new DataView(new ArrayBuffer(8));
    const values = all.map((b) => {
      if (type === "f64") view.setBigUint64(0, BigInt(`0x${b}`));
      else view.setUint32(0, Number(`0x${b}`));
      return type === "f64" ? view.getFloat64(0) : view.getFloat32(0);
    });
    const wide = values.map((v) => {
      view.setFloat64(0, v);
      return view.getBigUint64(0).toString();
    });
    const shown = runBoth(
      `@profile(t1);\nimport io from "io";\nimport math from "math";\nfn main() {\n    for (b in [${type === "f64" ? list : wide.join(", ")}] ) { io.println(math.from_bits(b as u64)${type === "f32" ? " as f32" : ""}); }\n}\n`.replace(
        /\[(\d[^\]]*)\] \)/,
        (_, l: string) =>
          `[${l
            .split(", ")
            .map((v) => BigInt.asIntN(64, BigInt(v)).toString())
            .join(", ")}])`,
      ),
    );
    const got = shown.output.trimEnd().split("\n");
    t.is(got.length, all.length, u);
    got.forEach((text, i) => {
      const v = values[i];
      if (Number.isNaN(v)) {
        t.is(text.toLowerCase(), "nan");
        return;
      }
      t.is(floatBits(text, format), BigInt(`0x${all[i]}`), text);
      if (!Number.isFinite(v) || v === 0) return;
      // No text with one digit less leads back.
      const n = digits(text);
      if (n > 1) {
        const less = Math.abs(v).toExponential(n - 2);
        t.not(
          floatBits(less, format),
          floatBits(text.replace("-", ""), format),
          `${text} and ${less}`,
        );
      }
    });
  });
}
