// The engine linked once more with what the image leaves out, so that it is known which line each instruction is of. Lines of a function are
// counted from its first one, as compilers do.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sharedOut } from "../../../sdk/cli/build/step.ts";
import { enginePath, library, seeded, seededFlags } from "../../../sdk/cli/steps/engine.ts";
import { toolEnvironment, zig } from "../../../sdk/cli/tool-chain.ts";
import { root } from "../../setup/paths.mjs";

interface Part {
  readonly start: number;
  readonly size: number;
  readonly name: string;
}

const BASE = 0x10000000;

const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, {
    cwd: root,
    env: toolEnvironment(),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "pipe", "ignore"],
  });

/** Functions of an executable by their places. */
function partsOf(path: string): Part[] {
  const found = run("nm", "-S", "-n", path).matchAll(/^(\w+) (\w+) [tT] (\w+)$/gm);
  return [...found].map(([, start, size, name]) => ({
    start: Number.parseInt(start!, 16),
    size: Number.parseInt(size!, 16),
    name: name!,
  }));
}

/** Runs of instructions without a jump, and the jumps between them, by how often they were seen; keys as llvm-profgen reads them. */
class Runs {
  readonly ranges = new Map<string, number>();
  readonly jumps = new Map<string, number>();

  text(): string {
    return [this.ranges, this.jumps]
      .map((map) => [map.size, ...[...map].map(([key, count]) => `${key}:${count}`)].join("\n"))
      .join("\n");
  }
}

export class EngineWithLines {
  /** first line of each function */
  readonly begins = new Map<string, number>();
  readonly #folder: string;
  readonly #path: string;
  readonly #here: Part[];
  readonly #there: Map<string, Part>;
  /** where the instruction after each begins */
  readonly #next = new Map<number, number>();

  /** `folder`: for files of its own. The engine has to be built. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, "engine.elf");
    const objects = join(sharedOut, "engine");
    const script = join(folder, "engine.ld");
    const own = readFileSync(join(root, "sdk/runtime/engine/engine.ld"), "utf8");
    writeFileSync(script, own.replace(" *(.debug*)", ""));
    const all = readdirSync(join(root, objects)).filter((name) => name.endsWith(".o"));
    const link = ["ld.lld", "-T", script, "-static", "--no-pie", "--gc-sections", "-z", "norelro"];
    run(zig, ...link, "-o", this.#path, ...all.map((name) => join(objects, name)), library);
    this.#here = partsOf(join(root, enginePath));
    this.#there = new Map(partsOf(this.#path).map((part) => [part.name, part]));
    const places = run("objdump", "-d", "--no-show-raw-insn", "-j", ".text", this.#path);
    let before = 0;
    for (const [, place] of places.matchAll(/^ +(\w+):\t/gm)) {
      const at = Number.parseInt(place!, 16);
      this.#next.set(before, at);
      before = at;
    }
    const ir = join(folder, "seeded.ll");
    const flags = [...seededFlags, "-O0", "-S", "-emit-llvm"];
    run(zig, "cc", ...flags, seeded, "-o", ir);
    const programs = readFileSync(ir, "utf8").matchAll(
      /DISubprogram\(name: "(\w+)".*?, line: (\d+)/g,
    );
    for (const [, name, line] of programs) this.begins.set(name!, Number(line));
  }

  /** The same place in the engine with lines, 0 where there is none. */
  #moved(place: number): number {
    let [low, high] = [0, this.#here.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#here[middle]!.start <= place) low = middle + 1;
      else high = middle;
    }
    const part = this.#here[low - 1];
    const other = part && this.#there.get(part.name);
    if (part === undefined || other?.size !== part.size || place >= part.start + part.size)
      return 0;
    return other.start + place - part.start;
  }

  #runs(places: readonly number[]): Runs {
    const runs = new Runs();
    const moved = new Map<number, number>([[0, 0]]);
    const add = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
    const name = (place: number) => (place - BASE).toString(16);
    let [first, last] = [0, 0];
    for (const place of places) {
      let at = moved.get(place);
      if (at === undefined) moved.set(place, (at = this.#moved(place)));
      if (last !== 0 && at === this.#next.get(last)) {
        last = at;
        continue;
      }
      if (last !== 0) {
        add(runs.ranges, `${name(first)}-${name(last)}`);
        if (at !== 0) add(runs.jumps, `${name(last)}->${name(at)}`);
      }
      first = last = at;
    }
    return runs;
  }

  /** What llvm-profgen makes of executed instructions: lines by function, absolute ones, inlined functions within their callers. */
  lines(places: readonly number[]): string {
    const [runs, lines] = [join(this.#folder, "runs"), join(this.#folder, "lines")];
    writeFileSync(runs, this.#runs(places).text());
    const files = [`--binary=${this.#path}`, `--unsymbolized-profile=${runs}`, `--output=${lines}`];
    run("llvm-profgen-14", ...files, "--format=text");
    return readFileSync(lines, "utf8");
  }
}
