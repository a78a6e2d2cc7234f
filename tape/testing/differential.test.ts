/**
 * Generated programs on the interpreter, as WebAssembly, as machine code and as executables: same output, same traps, same line.
 *
 * Each program runs on the interpreter and as the system runs it, machine code beside the library; every eighth as WebAssembly and as machine code of
 * its own, every sixteenth as an executable, which is compiled with the library's sources. TAPE_PROGRAMS and TAPE_SEED change size and seed, TAPE_ALL=1
 * runs each everywhere; coverage of operations and traps is printed, and a zero fails. `just soak` takes a million, in parts of their own.
 */
import test from "ava";
import { opByName, opNumber, ops } from "../bytecode/op-table.ts";
import { sizeAt } from "../bytecode/print.ts";
import type { Code } from "../bytecode/program.ts";
import { runCampaign } from "./campaign.ts";
import { compareProgram, FUEL, native, same } from "./compare.ts";
import { Generator, wholeProgram } from "./generate.ts";
import { compileBoth } from "./library.ts";
import { runInterp, runWasm } from "./run.ts";

const programs = Number(process.env.TAPE_PROGRAMS ?? 2000);
const seed = Number(process.env.TAPE_SEED ?? 1);
const all = process.env.TAPE_ALL === "1";

function opsOf(code: Code, seen: Uint32Array): void {
  for (const f of code.fns)
    for (let at = 0; at < f.code.length; at += sizeAt(f.code, at)) seen[f.code[at]]++;
}

/**
 * Operations that generated programs lack, since no operator and no function of `math` makes them: `numeric/` gives
 * every case of the public vectors to the numeric ones; the rest belong to test blocks, addresses and the heap.
 */
const elsewhere =
  /^(try|tryend|(clz|ctz|popcnt)\.i32|(abs|ceil|floor|trunc|nearest|sqrt|min|max|copysign)\.f32|satu?i?(32|64)\.f(32|64)|(bits|from)\.f32|from\.f64|(select|eq|ltu)\.ptr|select\.p|padd|mem\.size)$/;

test("all runtimes agree on generated programs", (t) => {
  const seen = new Uint32Array(ops.length);
  const ends = new Map<string, number>();
  for (let i = 0; i < programs; i++) {
    const { end, code, problem } = compareProgram(seed, i, all);
    opsOf(code, seen);
    ends.set(end, (ends.get(end) ?? 0) + 1);
    if (problem !== undefined) {
      t.fail(problem);
      return;
    }
  }
  const wanted = ops.filter((op) => !elsewhere.test(op.name));
  const zero = wanted.filter((op) => seen[op.number] === 0).map((op) => op.name);
  t.log(
    `${programs} programs, seed ${seed}: ${ops.length - [...seen].filter((n) => n === 0).length} of ${ops.length} operations; ends ${[...ends].map(([k, n]) => `${k}: ${n}`).join(", ")}`,
  );
  t.pass();
  if (programs >= 300) {
    t.deepEqual(zero, []);
    for (const kind of [
      "trap integer overflow",
      "trap division by zero",
      "trap index out of range",
      "trap number out of range",
      "trap null pointer",
      "trap trap: a trap of its own",
    ])
      t.true((ends.get(kind) ?? 0) > 0, kind);
  }
});

/** Of the long recipe: each a test, so that one which does not end is told apart. */
const PART = 10_000;
const parts = process.env.LEIVOS_CAMPAIGN === "soak" ? 100 : 0;
for (let k = 0; k < parts; k++)
  test.serial(
    `all runtimes agree on generated programs ${k * PART} to ${(k + 1) * PART}`,
    async (t) => {
      const { tried, problems } = await runCampaign(seed, programs + k * PART, PART, all, () => {});
      t.deepEqual(problems, []);
      t.is(tried, PART);
    },
  );

/** A copy of a program in which one operation stands for another: a bug planted in one runtime. */
function planted(code: Code, from: string, to: string): Code {
  const [a, b] = [opNumber(from), opNumber(to)];
  return {
    ...code,
    fns: code.fns.map((f) => {
      const words = f.code.slice();
      for (let at = 0; at < f.code.length; at += sizeAt(f.code, at))
        if (words[at] === a) words[at] = b;
      return { ...f, code: words };
    }),
  };
}

for (const [from, to] of [
  ["wsub.i64", "wadd.i64"],
  ["shr.i32", "shr.u32"],
  ["satadd.u32", "wadd.i32"],
]) {
  test(`a bug planted in any runtime is found: ${from} as ${to}`, (t) => {
    t.true(opByName.has(from) && opByName.has(to));
    const found = { interp: -1, wasm: -1, native: -1 };
    for (let i = 0; i < 2000 && Object.values(found).some((at) => at < 0); i++) {
      const { code } = compileBoth(wholeProgram(new Generator(seed * 7919 + i).chunks()));
      const bad = planted(code, from, to);
      if (bad.fns.every((f, k) => f.code.every((w, j) => w === code.fns[k].code[j]))) continue;
      const want = runInterp(code, { fuel: FUEL });
      if (found.interp < 0 && !same(runInterp(bad, { fuel: FUEL }), want)) found.interp = i;
      if (found.wasm < 0 && !same(runWasm(bad, "", FUEL), want)) found.wasm = i;
      if (found.native < 0 && !same(native(bad, i), want)) found.native = i;
    }
    t.true(
      Object.values(found).every((at) => at >= 0),
      JSON.stringify(found),
    );
    t.log(
      `after ${found.interp} programs in the interpreter, ${found.wasm} in WebAssembly, ${found.native} in machine code`,
    );
  });
}
