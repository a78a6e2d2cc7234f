/**
 * The long campaign of generated programs: `node tape/testing/campaign.ts [SEED] [FIRST] [COUNT] [all]`.
 *
 * Invariant: it ends. Programs run in a child, which tells each before it begins with it; one that takes longer than `PATIENCE` is told with its
 * text, its child is ended, and the campaign goes on behind it. Exit code 1 when anything was found.
 */
import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chunksOf, compareProgram } from "./compare.ts";
import { wholeProgram } from "./generate.ts";

/** Milliseconds without a word of the child: six times what any runtime may take for one program. */
const PATIENCE = 360_000;
/** Programs of a child, so that what one keeps is given back. */
const CHILD = 5_000;

export interface Campaign {
  readonly tried: number;
  readonly problems: readonly string[];
}

/** How the parts run: the file with a child's work, and the milliseconds that it may be silent. */
export interface Parts {
  readonly file: string;
  readonly patience: number;
}
const usual: Parts = { file: fileURLToPath(import.meta.url), patience: PATIENCE };

/** Runs programs `first` to `first + count` of a seed; `say` gets a line now and then. */
export async function runCampaign(
  seed: number,
  first: number,
  count: number,
  all: boolean,
  say: (line: string) => void,
  parts = usual,
): Promise<Campaign> {
  const problems: string[] = [];
  let tried = 0;
  for (let at = first; at < first + count; ) {
    const part = await child(seed, at, Math.min(CHILD, first + count - at), all, parts);
    problems.push(...part.problems);
    tried += part.tried;
    at += part.tried;
    say(`seed ${seed}: ${tried} of ${count}, ${problems.length} problems`);
  }
  return { tried, problems };
}

/** A part in a process of its own; ends early when a program hangs, or the child with one. */
function child(
  seed: number,
  first: number,
  count: number,
  all: boolean,
  { file, patience }: Parts,
): Promise<Campaign> {
  const args = ["part", seed, first, count, all ? "all" : ""].map(String);
  const flags = ["--disable-warning=ExperimentalWarning", file, ...args];
  const process_ = spawn(process.execPath, flags, { stdio: ["ignore", "pipe", "inherit"] });
  const problems: string[] = [];
  let now = first - 1;
  let rest = "";
  let ended = false;
  return new Promise((resolve) => {
    let timer = setTimeout(hung, patience);
    function hung(): void {
      process_.kill("SIGKILL");
    }
    process_.stdout.setEncoding("utf8").on("data", (text: string) => {
      clearTimeout(timer);
      timer = setTimeout(hung, patience);
      const lines = (rest + text).split("\n");
      rest = lines.pop() as string;
      for (const line of lines)
        if (line.startsWith("!")) problems.push(`seed ${seed}: ${JSON.parse(line.slice(1))}`);
        else if (line === ".") ended = true;
        else now = Number(line);
    });
    process_.on("close", (code, signal) => {
      clearTimeout(timer);
      if (!ended)
        problems.push(
          `seed ${seed}: program ${now} did not end (${signal ?? code})\n${wholeProgram(chunksOf(seed, now))}`,
        );
      resolve({ tried: Math.max(now, first) + 1 - first, problems });
    });
  });
}

/** The child's work: the number of each program before it begins, problems behind "!", "." at the end. */
function part(seed: number, first: number, count: number, all: boolean): void {
  for (let i = first; i < first + count; i++) {
    writeSync(1, `${i}\n`);
    let problem: string | undefined;
    try {
      ({ problem } = compareProgram(seed, i, all));
    } catch (thrown) {
      problem = `program ${i}: ${String((thrown as Error).stack)}`;
    }
    if (problem !== undefined) writeSync(1, `!${JSON.stringify(problem)}\n`);
  }
  writeSync(1, ".\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [what, ...rest] = process.argv.slice(2);
  const [seed = 1, first = 0, count = 100_000] = (what === "part" ? rest : [what, ...rest])
    .slice(0, 3)
    .map(Number);
  const all = process.argv.includes("all");
  if (what === "part") {
    part(seed, first, count, all);
    process.exit(0);
  }
  const { tried, problems } = await runCampaign(seed, first, count, all, (line) =>
    process.stdout.write(`${line}\n`),
  );
  for (const each of problems) process.stdout.write(`${each}\n\n`);
  process.stdout.write(`${tried} programs of seed ${seed}, ${problems.length} problems\n`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
