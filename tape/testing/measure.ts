/**
 * Speed of the front end, the interpreter and WebAssembly, in processor time of this process.
 *
 * `node tape/testing/measure.ts [--json]`; esbuild's transform of a comparable TypeScript source stands beside it
 * (wall time, since it works in another process).
 */
import { transformSync } from "esbuild";
import { buildWasm } from "../wasm/module.ts";
import { WasmProgram } from "../wasm/run.ts";
import { checkFile, compileFile } from "../compile.ts";
import { formatHosts } from "../interp/format.ts";
import { Machine } from "../interp/machine.ts";
import { ops } from "../bytecode/op-table.ts";
import { sizeAt } from "../bytecode/print.ts";
import { compileText, tableReader } from "./run.ts";

function cpu(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6;
}

function best(times: number, work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) least = Math.min(least, cpu(work));
  return least;
}

const unit = (i: number): string => `
struct Item${i} { id: i64; weight: f64; name: string }

fn Item${i}.score(*self, bonus: i64) -> i64 {
    var total = self.id * 3 + bonus;
    for (k in 0..bonus) {
        if (k % 2 == 0 && total < 1000) { total += k; } else { total -= 1; }
    }
    return total;
}

fn sum${i}(a: []i64, limit: i64) -> i64 {
    var s = 0;
    for (i, x in a) {
        if (x > limit) { break; }
        s += x * i;
    }
    return s;
}
`;
const tsUnit = (i: number): string => `
interface Item${i} { id: number; weight: number; name: string }

export function score${i}(self: Item${i}, bonus: number): number {
    let total = self.id * 3 + bonus;
    for (let k = 0; k < bonus; k++) {
        if (k % 2 === 0 && total < 1000) { total += k; } else { total -= 1; }
    }
    return total;
}

export function sum${i}(a: number[], limit: number): number {
    let s = 0;
    for (let i = 0; i < a.length; i++) {
        if (a[i] > limit) { break; }
        s += a[i] * i;
    }
    return s;
}
`;

const units = 2000;
const source = `@profile(t1);\n${Array.from({ length: units }, (_, i) => unit(i)).join("")}`;
const lines = source.split("\n").length;
const front = best(5, () => {
  const done = checkFile("big.tape", tableReader(), { text: source, main: false });
  if (done.report.failed) throw new Error(done.report.list[0].message);
});
const exported = source.replace(/\nfn sum/g, "\npub fn sum");
const whole = best(3, () => {
  if (
    compileFile("big.tape", tableReader(), { text: exported, main: false, exports: true }).code ===
    undefined
  )
    throw new Error("errors");
});
const ts = Array.from({ length: units }, (_, i) => tsUnit(i)).join("");
const tsLines = ts.split("\n").length;
let esbuild = Number.POSITIVE_INFINITY;
for (let i = 0; i < 3; i++) {
  const t = performance.now();
  transformSync(ts, { loader: "ts" });
  esbuild = Math.min(esbuild, (performance.now() - t) / 1000);
}

const code = compileText(`@profile(t0);
fn work(n: i64) -> i64 {
    var a: [1000]i64;
    var s = 0;
    for (i in n) {
        a[i % 1000] = s;
        s += a[(i + 7) % 1000] & 15;
        if (s > 100000) { s -= 100000; }
    }
    return s;
}
fn main() -> i64 { return work(3000000); }`);
const loop = code.fns.find((f) => f.name === "test.work");
let perRound = 0;
if (loop !== undefined) {
  const back = ops.findIndex((op) => op.name === "jlts.i64");
  let head = 0;
  let end = 0;
  for (let at = 0; at < loop.code.length; at += sizeAt(loop.code, at))
    if (loop.code[at] === back) [head, end] = [loop.code[at + 3], at];
  for (let at = head; at <= end; at += sizeAt(loop.code, at)) perRound++;
}
const machine = new Machine(code, formatHosts);
const interp = best(4, () => void machine.call(code.main));
const built = buildWasm(code);
const wasm = built.ok ? new WasmProgram(code, built.bytes, formatHosts) : undefined;
const native = best(4, () => void wasm?.call("main"));

const figures = {
  "front end, KLOC/s": lines / front / 1000,
  "front end and bytecode, KLOC/s": lines / whole / 1000,
  "esbuild transform of comparable TypeScript, KLOC/s (wall)": tsLines / esbuild / 1000,
  "interpreter, million operations/s": (3 * perRound) / interp,
  "WebAssembly over interpreter": interp / native,
};
if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(figures)}\n`);
else
  for (const [name, v] of Object.entries(figures))
    process.stdout.write(`${v.toFixed(1).padStart(10)}  ${name}\n`);
