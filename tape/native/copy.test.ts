/** Copying and filling give what the interpreter gives, around the length from which words go by a string instruction. */
import test from "ava";
import { Machine } from "../interp/machine.ts";
import { NativeProgram } from "../runner/program.ts";
import { compileText } from "../testing/run.ts";

const code = compileText(
  `@profile(t0);
import mem from "mem";
pub fn copied(to: i64, from: i64, bytes: i64) -> u32 {
    var d: [2048]u8;
    for (i in 0..2048) { d[i] = (i * 7 ^ i >> 5) as u8; }
    if (bytes > 0) { mem.copy(&d[to], &d[from], bytes); }
    return sum(d[..]);
}
pub fn filled(at: i64, bytes: i64) -> u32 {
    var d: [2048]u8;
    if (bytes > 0) { mem.set(&d[at], 0xA7, bytes); }
    return sum(d[..]);
}
fn sum(d: []const u8) -> u32 {
    var s: u32 = 1;
    for (i in 0..d.len) { s = s *% 31 +% d[i] as u32; }
    return s;
}
`,
  { main: false, exports: true },
);
const lengths = [0, 1, 7, 15, 16, 17, 511, 512, 513, 519, 520, 527, 528, 535, 1000];

test("the same bytes as in the interpreter", (t) => {
  const native = new NativeProgram(code, {});
  const machine = new Machine(code, {});
  for (const { name, fn } of code.exports)
    for (const bytes of lengths)
      for (const [to, from] of [
        [1, 1030],
        [1029, 3],
        [3, 8],
        [0, 1],
        [9, 2],
      ] as const) {
        const args = (name === "copied" ? [to, from, bytes] : [to, bytes]).map(BigInt);
        t.deepEqual(native.call(name, args), machine.call(fn, args), `${name}(${args.join()})`);
      }
});
