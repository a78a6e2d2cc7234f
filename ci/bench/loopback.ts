// `uusi bench loopback`: a transfer between two programs of this host over netd's loop, on Node with kernels in WebAssembly.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type Benchmark, type BenchSettings, median } from "../../sdk/cli/bench/benchmark.ts";
import { Failure } from "../../sdk/cli/failure.ts";
import { root } from "../setup/paths.mjs";

const MEGABYTES = 64;
const patience = 300_000;

function measure(): number {
  const kernels = `--import=${join(root, "tape/embed/register.ts")}`;
  const argv = [kernels, join(root, "ci/bench/loopback/measure.ts"), `${MEGABYTES}`];
  const stdio: ["ignore", "pipe", "inherit"] = ["ignore", "pipe", "inherit"];
  return Number(execFileSync(process.execPath, argv, { cwd: root, timeout: patience, stdio }));
}

async function run({ icount, runs, say }: BenchSettings) {
  if (icount)
    throw new Failure(
      "bench: loopback runs on Node, which counts no instructions; leave --icount away",
      2,
    );
  const found: number[] = [];
  for (let n = 1; n <= runs; n++) {
    say(`bench: loopback ${n} of ${runs}`);
    found.push(measure() / 1e6);
  }
  return {
    title: "loopback",
    unit: "Mbit for each second of processor time",
    columns: ["LeivOS on Node"],
    rows: [{ name: "one program to another", values: [median(found)] }],
    notes: [
      `${MEGABYTES} MB over one connection through netd's stack, its services and libuusinet, all in one Node, with kernels in WebAssembly; median of ${runs}.`,
    ],
  };
}

export const benchmark: Benchmark = {
  summary: "TCP between two programs of one host, on Node",
  run,
};
