/** A program's native file read back: what was written, and nothing of a file that does not hold what its head says. */
import test from "ava";
import { decode } from "../bytecode/decode.ts";
import { tracesOf } from "../pe/trace-table.ts";
import { compileText } from "../testing/run.ts";
import { BEGIN, ENTER } from "./fiber.ts";
import { bytecodeIn, encodeNative, header } from "./file.ts";
import { buildNative } from "./module.ts";
import { readNative } from "./read-file.ts";

const code = compileText(`import io from "io";
fn small(n: i64) -> i64 { return 100 / n; }
fn sum(list: []const i64, n: i64) -> i64 {
    var s: i64 = 0;
    for (i in 0..n) { s += small(list[i]); }
    return s;
}
fn main() { let list: [3]i64 = [1, 2, 3]; io.println("{sum(list[..], 3)}"); }
`);
const built = buildNative(code, { bounds: "compare", fiber: { shared: 0 } });
if (!built.ok) throw new Error(built.reason);
const { module } = built;
const ways = [ENTER, BEGIN].map((name) => ({ name, letters: ":v" }));
const file = encodeNative(code, module, ways);

test("what was written comes back, with the bytecode that it is of", (t) => {
  const read = decode(bytecodeIn(file));
  if (!read.ok) throw new Error(read.reason);
  const back = readNative(file, read.code);
  t.true(module.sites.length > 0);
  t.deepEqual(back && [...back.entries.keys()], [ENTER, BEGIN]);
  for (const name of [ENTER, BEGIN]) t.is(back?.entries.get(name), module.entries.get(name));
  const { bytes, table, fault, traps, lines, sites, features } = module;
  t.like(back, { table, fault, features });
  t.deepEqual([...(back?.bytes ?? [])], [...bytes]);
  t.deepEqual(back && [back.traps, back.lines, back.sites], [traps, lines, sites]);
  t.deepEqual(back && tracesOf(read.code, back), tracesOf(code, module));
});

test("a file that was cut, or says more than it holds, gives nothing", (t) => {
  for (let length = 0; length < file.length; length += 61)
    t.is(readNative(file.slice(0, length), code), undefined);
  for (const field of ["exportCount", "trapCount", "lineCount", "functionCount"] as const)
    for (const count of [file.length, 0xffffffff]) {
      const changed = file.slice();
      new DataView(changed.buffer).setUint32(header[field], count, true);
      t.is(readNative(changed, code), undefined, field);
    }
  for (const field of ["exports", "traps", "lines", "functions", "code"] as const) {
    const changed = file.slice();
    new DataView(changed.buffer).setUint32(header[field], 0xfffffff0, true);
    t.is(readNative(changed, code), undefined, field);
  }
  const other = file.slice();
  other[0] = 0;
  t.is(readNative(other, code), undefined);
});
