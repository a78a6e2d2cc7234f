/**
 * One generated program on every runtime: interpreter, WebAssembly, machine code and executable must show the same.
 *
 * Invariant: no runtime runs without a bound. The interpreter has fuel, machine code and executables a time, and WebAssembly runs once with fuel
 * before it runs without.
 */
import type { Code } from "../bytecode/program.ts";
import { runExecutable } from "../pe/testing/build.ts";
import { besideRunner } from "./beside.ts";
import { Generator, wholeProgram } from "./generate.ts";
import { type Both, compileBoth, testLibrary } from "./library.ts";
import { runInterp, runNative, runWasm, type Shown } from "./run.ts";

/** Calls and rounds that a program may take; generated ones take some thousands. */
export const FUEL = 5_000_000;

export function same(a: Shown, b: Shown): boolean {
  return a.output === b.output && a.end === b.end && a.trace === b.trace;
}

/** With fuel first: what would never end there is told, and does not run without. */
function wasm(code: Code): Shown {
  const bounded = runWasm(code, "", FUEL);
  const free = bounded.end === "trap out of fuel" ? bounded : runWasm(code);
  return same(bounded, free) ? free : { ...free, end: `${bounded.end} with fuel, ${free.end}` };
}

/** Machine code: checks of addresses by the host, by itself, and by itself in code that suspends every 50 calls and rounds. */
export function native(code: Code, i: number): Shown {
  return runNative(code, "", { bounds: i % 3 === 0 ? "guard" : "compare", fiber: i % 3 === 2 });
}

const runBeside = besideRunner(testLibrary);

/** Runtimes, for which of the programs, and how. */
const runtimes: readonly (readonly [
  string,
  number,
  (text: string, both: Both, i: number) => Shown,
])[] = [
  ["beside the library", 1, (_, { beside }) => runBeside(beside, { milliseconds: 60_000 })],
  ["wasm", 8, (_, { code }) => wasm(code)],
  ["native", 8, (_, { code }, i) => native(code, i / 8)],
  ["executable", 16, (text) => runExecutable(text)],
];

/** The smallest list of chunks that still compiles and still differs. */
function shrink(chunks: string[], differs: (text: string) => boolean): string[] {
  let best = chunks;
  for (let i = 0; i < best.length; ) {
    const less = best.filter((_, k) => k !== i);
    let bad = false;
    try {
      bad = differs(wholeProgram(less));
    } catch {
      bad = false;
    }
    if (bad) best = less;
    else i++;
  }
  return best;
}

/** What one program showed: how it ended, its bytecode, and what is wrong, with the smallest program that shows it. */
export interface Compared {
  readonly end: string;
  readonly code: Code;
  readonly problem: string | undefined;
}

/** The program of a seed and a number. */
export const chunksOf = (seed: number, i: number): string[] =>
  new Generator(seed * 100003 + i).chunks();

/** Compares program `i` of a seed on the runtimes of its turn, or on `all`. */
export function compareProgram(seed: number, i: number, all: boolean): Compared {
  const chunks = chunksOf(seed, i);
  const text = wholeProgram(chunks);
  const { code, beside } = compileBoth(text);
  const a = runInterp(code, { fuel: FUEL });
  const done = (problem?: string): Compared => ({ end: a.end, code, problem });
  if (a.output.includes("LEAK")) {
    const small = shrink(chunks, (less) =>
      runInterp(compileBoth(less).code, { fuel: FUEL }).output.includes("LEAK"),
    );
    return done(`program ${i} does not give back all memory\n${wholeProgram(small)}`);
  }
  for (const [name, each, run] of runtimes) {
    if (!all && i % each !== 0) continue;
    const b = run(text, { code, beside }, i);
    if (same(a, b)) continue;
    const small = shrink(chunks, (less) => {
      const both = compileBoth(less);
      return !same(runInterp(both.code, { fuel: FUEL }), run(less, both, i));
    });
    return done(`program ${i} differs: ${a.end}, ${name}: ${b.end}\n${wholeProgram(small)}`);
  }
  return done();
}
