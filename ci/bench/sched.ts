// `uusi bench sched`: how evenly processes of one weight share the processors, two of them and one more for each, and how late
// a process that waits for times is woken beside them. Everything is counted in the nucleus, as guest time.
import { join } from "node:path";
import type { Benchmark, BenchSettings } from "../../sdk/cli/bench/benchmark.ts";
import { holdFolder, releaseFolder } from "../qemu/resources.ts";
import { writeNativeDisk } from "./guests/disks.ts";
import { measure } from "./ipc/compare.ts";

const machines = [1, 2, 4, 8];

async function run({ say }: BenchSettings) {
  const folder = holdFolder();
  const disk = join(folder, "native.img");
  await writeNativeDisk(disk, true, "sched");
  const rows = [];
  for (const cpus of machines) {
    say(`bench: ${cpus} processors`);
    const counts = await measure(disk, true, cpus);
    const microseconds = (name: string) => (counts.get(name)! * 1000) / counts.get("khz")!;
    const values = [1e6 - counts.get("jain")!, microseconds("wake"), microseconds("wake.most")];
    rows.push({ name: `${cpus} CPUs, ${2 * cpus + 1} processes that compute`, values });
  }
  releaseFolder(folder);
  return {
    title: "sched",
    unit: "1 - Jain's index in millionths; µs of guest time",
    columns: ["unfairness", "wake-up, median", "latest of 101"],
    rows,
    notes: [
      "q35, TCG with -icount, which runs the processors in turn; 101 wake-ups and 0.8 s.",
      "A wake-up is late by the time from its deadline to the first instruction after the wait.",
    ],
  };
}

export const benchmark: Benchmark = { summary: "fair shares and wake-ups", run };
