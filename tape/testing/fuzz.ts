/**
 * The long campaign over changed programs: `node tape/testing/fuzz.ts [SEED] [SECONDS]`.
 *
 * Takes the examples and the reference's programs, changes a few tokens, compiles, and runs what compiles on every
 * runtime. Prints every exception of the compiler and every difference with its program; exit code 1 when there is one.
 */
import { readdirSync, readFileSync } from "node:fs";
import { compileFile } from "../compile.ts";
import { scan } from "../scan/scan.ts";
import { Report } from "../source/diagnostic.ts";
import { Source } from "../source/position.ts";
import { Random } from "./generate.ts";
import { runInterp, runNative, runWasm, tableReader } from "./run.ts";

const r = new Random(Number(process.argv[2] ?? 1));
const seconds = Number(process.argv[3] ?? 60);

function read(folder: string, pattern: RegExp): string[] {
  const at = new URL(folder, import.meta.url);
  return readdirSync(at)
    .filter((n) => pattern.test(n))
    .map((n) => readFileSync(new URL(n, at), "utf8"));
}

function programs(): string[] {
  const out = read("../examples/", /\.tape$/);
  for (const page of read("../spec/", /^\d.*\.md$/)) {
    for (const [, code] of page.matchAll(/```tape\n([\s\S]*?)```/g)) {
      const head = '@profile(t1);\nimport io from "io";\nimport mem from "mem";\n';
      if (code.startsWith("@profile")) out.push(code);
      else out.push(/fn main/.test(code) ? head + code : `${head}fn main() {\n${code}}\n`);
    }
  }
  return out;
}

/** Tokens with the space before each. */
function tokensOf(text: string): { parts: string[]; kinds: number[]; words: string[] } {
  const t = scan(new Source("", text), new Report());
  const parts = t.kinds.map((_, i) => text.slice(i === 0 ? 0 : t.ends[i - 1], t.ends[i]));
  return {
    parts,
    kinds: t.kinds,
    words: t.kinds.map((_, i) => text.slice(t.starts[i], t.ends[i])),
  };
}

function change(text: string, other: string): string {
  const { parts, kinds, words } = tokensOf(text);
  const strange = tokensOf(other).words;
  for (let k = 1 + r.next(3); k > 0; k--) {
    const i = r.next(parts.length);
    const same = kinds
      .map((_, j) => j)
      .filter((j) => kinds[j] === kinds[i] && words[j] !== words[i]);
    if (r.next(4) > 0 && same.length > 0 && i < words.length) {
      parts[i] = ` ${words[r.pick(same)]}`;
      continue;
    }
    const j = r.next(parts.length);
    const how = r.next(5);
    if (how === 0) parts.splice(i, 1);
    else if (how === 1) parts.splice(i, 0, parts[j]);
    else if (how === 2) parts[i] = ` ${r.pick(strange)}`;
    else if (how === 3) [parts[i], parts[j]] = [parts[j], parts[i]];
    else parts.splice(i, 0, ...parts.slice(j, j + 1 + r.next(6)));
  }
  return parts.join("");
}

const seeds = programs();
const end = Date.now() + seconds * 1000;
const seen = new Set<string>();
let tried = 0;
let ran = 0;
let bad = 0;
while (Date.now() < end) {
  tried++;
  const text = change(r.pick(seeds), r.pick(seeds));
  try {
    const done = compileFile("test.tape", tableReader(), { text });
    if (done.code === undefined) continue;
    const a = runInterp(done.code, { fuel: 3_000_000, pages: 200 });
    if (/fuel|memory|stack/.test(a.end)) continue;
    ran++;
    if (/\btime\b/.test(text)) continue;
    for (const run of [runWasm, runNative]) {
      const b = run(done.code);
      if (a.output === b.output && a.end === b.end && a.trace === b.trace) continue;
      bad++;
      const ends = `${a.end} ${a.trace} / ${run.name}: ${b.end} ${b.trace}`;
      process.stdout.write(`difference: ${ends}\n${text}\n\n`);
    }
  } catch (e) {
    const stack = String((e as Error).stack)
      .split("\n")
      .slice(0, 6)
      .join("\n");
    if (seen.has(stack)) continue;
    seen.add(stack);
    bad++;
    process.stdout.write(`exception: ${stack}\n${text}\n\n`);
  }
}
process.stdout.write(`${tried} programs, ${ran} ran on every runtime, ${bad} problems\n`);
process.exitCode = bad > 0 ? 1 : 0;
