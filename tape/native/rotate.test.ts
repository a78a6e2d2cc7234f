/** Shifts that make a rotation are one instruction, with the same result; what only looks like one stays as it is. */
import test from "ava";
import { Machine } from "../interp/machine.ts";
import { NativeProgram } from "../runner/program.ts";
import { compileText } from "../testing/run.ts";

const counts32 = [1, 7, 16, 25, 31];
const counts64 = [1, 31, 32, 33, 63];

const text = `@profile(t0);
${counts32
  .flatMap((n) => [
    `pub fn or${n}(x: u32) -> u32 { return x << ${n} | x >> ${32 - n}; }`,
    `pub fn xor${n}(x: secret u32) -> u32 { return declassify(x >> ${n} ^ x << ${32 - n}); }`,
    `pub fn short${n}(x: u32) -> u32 { return x << ${n} | x >> ${31 - n}; }`,
    `pub fn other${n}(x: u32, y: u32) -> u32 { return x << ${n} | y >> ${32 - n}; }`,
    `pub fn signed${n}(x: i32) -> i32 { return x << ${n} | x >> ${32 - n}; }`,
    `pub fn changed${n}(a: u32) -> u32 { var x = a; let l = x << ${n}; x = x +% 1; return l | x >> ${32 - n}; }`,
  ])
  .join("\n")}
${counts64
  .map((n) => `pub fn wide${n}(x: u64) -> u64 { return x << ${n} | x >> ${64 - n}; }`)
  .join("\n")}
`;
const code = compileText(text, { main: false, exports: true });

test("the same values as in the interpreter", (t) => {
  const native = new NativeProgram(code, {});
  const machine = new Machine(code, {});
  for (const { name, fn } of code.exports) {
    const { params } = code.fns[fn];
    for (const x of [0, 1, -1, 0x12345678, -0x12345678, 0x80000000 | 0]) {
      const args = [...params].map((c, i) =>
        c === "l" ? (BigInt(x) * 0x123456789n) ^ BigInt(i) : (x + i) | 0,
      );
      t.deepEqual(native.call(name, args), machine.call(fn, args), `${name}(${args.join()})`);
    }
  }
});

test("rotations are rotations, and nothing else is", (t) => {
  const { module } = new NativeProgram(code, {});
  const has = (name: string) => {
    const fn = code.exports.find((e) => e.name === name)?.fn ?? -1;
    const start = module.fns[fn];
    const end = Math.min(...module.fns.filter((at) => at > start), module.codeEnd);
    const bytes = module.bytes.subarray(start, end);
    // C1 /0: rol r32, imm8
    return bytes.some((b, i) => b === 0xc1 && (bytes[i + 1] & 0xf8) === 0xc0);
  };
  for (const n of counts32) {
    t.true(has(`or${n}`) || n === 1, `or${n}`);
    for (const name of ["short", "other", "signed", "changed"]) t.false(has(`${name}${n}`), name);
  }
});
