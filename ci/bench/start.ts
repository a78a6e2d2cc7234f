// `uusi bench start`: what the start of a small server takes, from its process's first instruction.
import { join } from "node:path";
import { type Benchmark, type BenchSettings, median } from "../../sdk/cli/bench/benchmark.ts";
import { holdFolder, releaseFolder } from "../qemu/resources.ts";
import { measureStart, type StartCost } from "./start/measure.ts";

async function run({ icount, runs, say }: BenchSettings) {
  const folder = holdFolder();
  const taken: StartCost[] = [];
  for (let n = 1; n <= runs; n++) {
    say(`bench: run ${n} of ${runs}`);
    taken.push(await measureStart(join(folder, "start.img"), icount));
  }
  releaseFolder(folder);
  const scale = icount ? 1 : 1000;
  const middle = (name: "first" | "ready") => median(taken.map((each) => each[name]))! / scale;
  const bytes = median(taken.map((each) => each.bytes))!;
  return {
    title: "start",
    unit: icount ? "instructions" : "µs",
    columns: ["LeivOS"],
    rows: [
      { name: "to the first instruction of the bundle", values: [middle("first")] },
      { name: "to the word that it is ready", values: [middle("ready")] },
    ],
    notes: [
      "q35, TCG, 512M, one processor; the process's own time, the nucleus's work for it included.",
      `Charged to the process when it is ready: ${bytes} bytes.`,
    ],
  };
}

export const benchmark: Benchmark = { summary: "a server's start, and its memory", run };
