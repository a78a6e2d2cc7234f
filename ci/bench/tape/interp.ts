// The interpreter: operations of a loop's body, counted in the bytecode, in millions a second.
import { ops } from "../../../tape/bytecode/op-table.ts";
import { sizeAt } from "../../../tape/bytecode/print.ts";
import { formatHosts } from "../../../tape/interp/format.ts";
import { Machine } from "../../../tape/interp/machine.ts";
import { compileText } from "../../../tape/testing/run.ts";
import { leastTime } from "./clock.ts";

const rounds = 3_000_000;
const text = `@profile(t0);
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
fn main() -> i64 { return work(${rounds}); }`;

/** Millions of operations a second; what is skipped when `s` is small is left out of the count. */
export function interpreterSpeed(): number {
  const code = compileText(text);
  const work = code.fns.find((f) => f.name === "test.work")!;
  const back = ops.findIndex((op) => op.name === "jlts.i64");
  let [head, end] = [0, 0];
  for (let at = 0; at < work.code.length; at += sizeAt(work.code, at)) {
    if (work.code[at] === back) [head, end] = [work.code[at + 3]!, at];
  }
  let perRound = 0;
  for (let at = head; at <= end; at += sizeAt(work.code, at)) perRound++;
  const machine = new Machine(code, formatHosts);
  const seconds = leastTime(4, () => {
    if (!machine.call(code.main).ok) throw new Error("the program trapped");
  });
  return (rounds * perRound) / seconds / 1e6;
}
