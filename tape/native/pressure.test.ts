/**
 * Torture of register allocation and calls: more live values than registers, across loops and calls with many arguments of
 * each class. Every value ends in the result, so one that is lost shows.
 */
import test from "ava";
import { Random } from "../testing/generate.ts";
import { compileText, runInterp, runNative } from "../testing/run.ts";

const programs = Number(process.env.TAPE_PROGRAMS ?? 60);

const types = ["i64", "u32", "f64", "f32", "i16"] as const;
type Ty = (typeof types)[number];

/** A function of many parameters that mixes them; `depth` calls remain below it. */
function mixer(r: Random, name: string, params: readonly Ty[], below: string | undefined): string {
  const list = params.map((t, i) => `p${i}: ${t}`).join(", ");
  const locals: { name: string; ty: Ty }[] = params.map((ty, i) => ({ name: `p${i}`, ty }));
  let body = "";
  const pick = (ty: Ty): string => {
    const same = locals.filter((v) => v.ty === ty);
    return same.length > 0 ? r.pick(same).name : `(${r.next(100)} as ${ty})`;
  };
  const expression = (ty: Ty): string =>
    ty === "f64" || ty === "f32"
      ? `${pick(ty)} ${r.pick(["+", "-", "*"])} ${pick(ty)}`
      : `${pick(ty)} ${r.pick(["+%", "-%", "*%", "^", "&", "|", "+|", "-|"])} ${pick(ty)}`;
  for (let i = 0; i < 30; i++) {
    const ty = r.pick(types);
    body += `    var v${i}: ${ty} = ${expression(ty)};\n`;
    locals.push({ name: `v${i}`, ty });
  }
  const mutable = locals.filter((v) => v.name.startsWith("v"));
  const changes = (pad: string): string => {
    let out = "";
    for (let i = 0; i < 8; i++) {
      const v = r.pick(mutable);
      out += `${pad}${v.name} = ${expression(v.ty)};\n`;
    }
    return out;
  };
  body += `    for (k in 0..${1 + r.next(4)}) {\n${changes("        ")}`;
  if (below !== undefined) {
    const args = params.map((t) => pick(t)).join(", ");
    const target = mutable.find((v) => v.ty === "i64")?.name ?? "sum";
    body += `        ${target} = ${target} ^ ${below}(${args});\n`;
  }
  body += `        if (${pick("i64")} > ${pick("i64")}) {\n${changes("            ")}        } else {\n${changes("            ")}        }\n    }\n`;
  for (const v of locals) {
    if (v.ty === "f64") body += `    sum = sum *% 31 ^ math.bits(${v.name}) as i64;\n`;
    else if (v.ty === "f32") body += `    sum = sum *% 31 ^ math.bits(${v.name} as f64) as i64;\n`;
    else body += `    sum = sum *% 31 ^ (${v.name} as i64);\n`;
  }
  return `fn ${name}(${list}) -> i64 {\n    var sum = 7;\n${body}    return sum;\n}\n`;
}

test("values survive when registers are too few", (t) => {
  for (let seed = 0; seed < programs; seed++) {
    const r = new Random(seed * 31 + 5);
    const params = Array.from({ length: 9 + r.next(14) }, () => r.pick(types));
    const args = params.map((ty) => `(${r.next(30000)} as ${ty})`).join(", ");
    const text = `@profile(t1);
import io from "io";
import math from "math";
${mixer(r, "low", params, undefined)}${mixer(r, "middle", params, "low")}${mixer(r, "high", params, "middle")}
fn main() { io.println(high(${args})); }
`;
    const code = compileText(text);
    const want = runInterp(code);
    t.regex(want.end, /^value/, want.end);
    t.deepEqual(runNative(code, "", { bounds: seed % 2 === 0 ? "guard" : "compare" }), want, text);
  }
});
