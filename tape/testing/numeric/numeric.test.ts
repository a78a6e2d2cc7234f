/** The WebAssembly suite's numeric cases through Tape's operators: every runtime, every bit. */
import { readFileSync } from "node:fs";
import test from "ava";
import { compileFile } from "../../compile.ts";
import { Machine, type Outcome } from "../../interp/machine.ts";
import { formatHuman } from "../../source/diagnostic.ts";
import { buildWasm } from "../../wasm/module.ts";
import { NativeProgram } from "../../runner/program.ts";
import { WasmProgram } from "../../wasm/run.ts";
import { tableReader } from "../run.ts";
import { expressions, signature } from "./operators.ts";
import { readVectors } from "./vectors.ts";

const suites = [
  "i32",
  "i64",
  "f32",
  "f32_bitwise",
  "f32_cmp",
  "f64",
  "f64_bitwise",
  "f64_cmp",
  "conversions",
  "float_misc",
];
/** Cases in all suites: a file that lost some must not pass. */
const COUNT = 12341;

/** Module of the library's rank, since only the library may name operations of the bytecode. */
const module = `@profile(t0);
import math from "math";
fn F32(a: u32) -> f32 { return @op("from.f32", a); }
fn F64(a: u64) -> f64 { return @op("from.f64", a); }
fn B32(a: f32) -> u32 { return @op("bits.f32", a); }
fn B64(a: f64) -> u64 { return @op("bits.f64", a); }
`;

const name = (op: string): string => op.replace(".", "_");
const ops = Object.keys(expressions);
const functions = ops.map((op) => {
  const [from, to] = signature(op);
  const e = expressions[op];
  const params = `a: ${from}${/\bb\b/.test(e) ? `, b: ${from}` : ""}`;
  return `pub fn ${name(op)}(${params}) -> ${to} { return ${e}; }\n`;
});
const reader = tableReader();
const done = compileFile(
  "test.tape",
  {
    ...reader,
    library: (n) => (n === "numeric" ? module + functions.join("") : reader.library(n)),
  },
  {
    text: `@profile(t0);\nimport n from "numeric";\n${functions
      .map((f) =>
        f.replace(
          /fn (\w+)\(a: (\w+)(, b: \w+)?\)(.*)\{.*/,
          (_, fn: string, a: string, b: string | undefined, ret: string) =>
            `fn ${fn}(a: ${a}${b ?? ""})${ret}{ return n.${fn}(a${b === undefined ? "" : ", b"}); }`,
        ),
      )
      .join("")}`,
    main: false,
    exports: true,
  },
);
if (done.code === undefined) throw new Error(done.report.list.map(formatHuman).join("\n"));
const code = done.code;
const machine = new Machine(code, {});
const built = buildWasm(code);
if (!built.ok) throw new Error(built.reason);
const wasm = new WasmProgram(code, built.bytes, {});
const native = new NativeProgram(code, {});

/** A NaN of whatever bits. */
const isNan = (width: number, v: bigint): boolean =>
  width === 32 ? (v & 0x7fffffffn) > 0x7f800000n : (v & 0x7fffffffffffffffn) > 0x7ff0000000000000n;

/** The result as in the vectors. Tape shows one NaN only, whatever bits it had: so does a reinterpreted one. */
function text(o: Outcome, op: string): string {
  if (!o.ok) return "trap";
  const width = Number(signature(op)[1].slice(1));
  const v = BigInt.asUintN(width, BigInt(o.values[0]));
  const float =
    (op.startsWith("f") && width === Number(op.slice(1, 3))) || op.includes("reinterpret");
  if (!float || /\.(eq|ne|[lg][te])$/.test(op) || !isNan(width, v)) return v.toString(16);
  return v === (width === 32 ? 0x7fc00000n : 0x7ff8000000000000n) ? "nan" : v.toString(16);
}

/** The vectors' own result, except that the bits of a NaN read as an integer are one NaN's. */
function wanted(op: string, want: string): string {
  const read = /^i(\d\d)\.reinterpret/.exec(op);
  return read !== null && isNan(Number(read[1]), BigInt(`0x${want}`)) ? "nan" : want;
}

let count = 0;
for (const suite of suites) {
  const cases = readVectors(readFileSync(new URL(`${suite}.txt`, import.meta.url), "utf8"));
  count += cases.length;
  test(`${suite}: ${cases.length} cases on every runtime`, (t) => {
    const wrong: string[] = [];
    for (const c of cases) {
      const index = code.exports.find((e) => e.name === name(c.op))?.fn;
      if (index === undefined) {
        wrong.push(`${c.op} is missing`);
        continue;
      }
      const width = Number(signature(c.op)[0].slice(1));
      const args = c.args.map((a) =>
        width === 64 ? BigInt.asIntN(64, BigInt(`0x${a}`)) : Number(`0x${a}`) | 0,
      );
      const a = text(machine.call(index, args), c.op);
      const b = text(wasm.call(name(c.op), args), c.op);
      const n = text(native.call(name(c.op), args), c.op);
      const want = wanted(c.op, c.want);
      if (a !== want || b !== want || n !== want)
        wrong.push(
          `${c.op}(${c.args.join(", ")}): want ${c.want}, interpreter ${a}, wasm ${b}, native ${n}`,
        );
    }
    t.deepEqual(wrong.slice(0, 20), []);
  });
}

test("no case is missing", (t) => {
  t.is(count, COUNT);
});
