/**
 * Conversions and float text, with the semantics of WebAssembly's numeric instructions (core specification,
 * "Numerics"): range limits from both sides, rounding once, canonical NaN, shortest text that reads back.
 */
import test from "ava";
import fc from "fast-check";
import { hosts, memoryStreams } from "../cli/hosts.ts";
import { Machine } from "../interp/machine.ts";
import { compileText, lines } from "../testing/run.ts";
import { buildWasm } from "../wasm/module.ts";
import { WasmProgram } from "../wasm/run.ts";

const trap = "trap number out of range";
const rows: [string, string][] = [
  ["2147483647.9 as i32", "2147483647"],
  ["2147483648.0 as i32", trap],
  ["-2147483648.9 as i32", "-2147483648"],
  ["-2147483649.0 as i32", trap],
  ["4294967295.9 as u32", "4294967295"],
  ["4294967296.0 as u32", trap],
  ["-0.9 as u32", "0"],
  ["-1.0 as u32", trap],
  ["9223372036854774784.0 as i64", "9223372036854774784"],
  ["9223372036854775808.0 as i64", trap],
  ["-9223372036854775808.0 as i64", "-9223372036854775808"],
  ["-9223372036854777856.0 as i64", trap],
  ["18446744073709549568.0 as u64", "18446744073709549568"],
  ["18446744073709551616.0 as u64", trap],
  ["(2147483520.0 as f32) as i32", "2147483520"],
  ["(2147483648.0 as f32) as i32", trap],
  ["(-0.5 as f32) as u64", "0"],
  ["(1e19 as f32) as u64", "9999999980506447872"],
  ["9223372036854775807 as f64", "9223372036854775807"],
  ["9007199254740993 as f64 as i64", "9007199254740992"],
  ["9007199254740995 as f64 as i64", "9007199254740996"],
  ["16777217 as f32 as i64", "16777216"],
  ["16777219 as f32 as i64", "16777220"],
  ["9223372586610589697 as u64 as f32 as u64", "9223373136366403584"],
  ["(18446744073709551615 as u64) as f64 as f32 as f64", "18446744073709552000"],
  ["-1 as i8 as u64", "18446744073709551615"],
  ["200 as u8 as i8", "-56"],
  ["-1 as u16 as i32", "65535"],
  ["1e300 as f32", "inf"],
  ["1e-50 as f32", "0"],
  ["3.4028235677973366e38 as f32", "inf"],
  ["3.4028235677973362e38 as f32", "3.4028234663852886e+38"],
];

test("limits and rounding", (t) => {
  const known = rows.filter(([, v]) => v !== trap);
  const text = (v: string, e: string): string =>
    e.endsWith("as f32") && !v.includes("inf") ? String(v) : v;
  const out = lines(known.map(([e]) => `io.println(${e});`).join("\n"));
  t.deepEqual(
    out.map((v, i) =>
      known[i][0].endsWith("as f32")
        ? String(Math.fround(Number(v.replace("inf", "Infinity")))).replace("Infinity", "inf")
        : v,
    ),
    known.map(([e, v]) =>
      e === "9223372036854775807 as f64" ? "9223372036854776000" : text(v, e),
    ),
  );
  for (const [e] of rows.filter(([, v]) => v === trap))
    t.deepEqual(lines(`io.println(${e});`), [trap], e);
});

const code = compileText(
  `@profile(t1);
import io from "io";
import math from "math";
import string from "string";
pub fn show(bits: u64) { io.print(math.from_bits(bits)); }
pub fn show32(x: f32) { io.print(x); }
pub fn again(bits: u64) -> u64 { return math.bits(string.to_f64("{math.from_bits(bits)}") or 0.0); }
pub fn to32(v: i64) -> f32 { return v as f32; }
pub fn unsigned32(v: u64) -> f32 { return v as f32; }
pub fn to64(v: u64) -> f64 { return v as f64; }
`,
  { main: false, exports: true },
);

/** Calls an export on both runtimes; gives value and output, which must be equal. */
function both(): (name: string, v: bigint | number) => { value: unknown; output: string } {
  const a = memoryStreams();
  const b = memoryStreams();
  const machine = new Machine(code, hosts(a));
  const built = buildWasm(code);
  if (!built.ok) throw new Error(built.reason);
  const wasm = new WasmProgram(code, built.bytes, hosts(b));
  let read = 0;
  return (name, v) => {
    const fn = code.exports.find((e) => e.name === name)?.fn ?? -1;
    const x = machine.call(fn, [v]);
    const y = wasm.call(name, [v]);
    const [ta, tb] = [a.text().slice(read), b.text().slice(read)];
    read += ta.length;
    const [vx, vy] = [x.ok ? x.values[0] : x.trap, y.ok ? y.values[0] : y.trap];
    if (ta !== tb || !Object.is(vx, vy))
      throw new Error(`${name}(${v}): ${ta} ${String(vx)} / ${tb} ${String(vy)}`);
    return { value: vx, output: ta };
  };
}

const f64 = new Float64Array(1);
const bits = new BigUint64Array(f64.buffer);

test("f64 text is the shortest that reads back, to the last bit", (t) => {
  const call = both();
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (v) => {
      bits[0] = v;
      const x = f64[0];
      const want = Number.isNaN(x) ? "nan" : String(x).replace("Infinity", "inf");
      const shown = call("show", BigInt.asIntN(64, v)).output;
      if (shown !== (Object.is(x, -0) ? "-0" : want)) return false;
      bits[0] = v;
      return (
        Number.isNaN(f64[0]) ||
        BigInt.asUintN(64, call("again", BigInt.asIntN(64, v)).value as bigint) === v
      );
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test("f32 text reads back as the same f32, and no shorter text does", (t) => {
  const call = both();
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (x) => {
      const text = call("show32", x).output;
      if (!Object.is(Math.fround(Number(text)), x)) return false;
      const digits = text.replace(/^-|e.*$|\./g, "").replace(/^0+|0+$/g, "").length;
      return digits <= 1 || Math.fround(Number(x.toPrecision(digits - 1))) !== x;
    }),
    { numRuns: 300 },
  );
  t.pass();
});

/** f32 of an integer by definition: the nearest, ties to even, found exactly. */
function exactF32(v: bigint): number {
  const near = Math.fround(Number(v));
  const words = new Int32Array(1);
  const f = new Float32Array(words.buffer);
  let best = near;
  let least = -1n;
  for (const step of [-1, 0, 1]) {
    f[0] = near;
    words[0] += step;
    if (!Number.isInteger(f[0])) continue;
    const c = BigInt(f[0]);
    const d = c > v ? c - v : v - c;
    const even = (words[0] & 1) === 0;
    if (least < 0n || d < least || (d === least && even)) [best, least] = [f[0], d];
  }
  return best;
}

test("64-bit integers round once to f32 and f64", (t) => {
  const call = both();
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
      fc.nat(63),
      (wide, shift) => {
        const v = wide >> BigInt(shift);
        const u = BigInt.asUintN(64, v);
        return (
          Object.is(call("to32", v).value, exactF32(v) + 0) &&
          Object.is(call("unsigned32", v).value, exactF32(u)) &&
          call("to64", v).value === Number(u)
        );
      },
    ),
    { numRuns: 500 },
  );
  t.pass();
});
