// `uusi bench process`: native processes from their making to their end, and faults, beside fork, exec and signals
// of a Linux guest.
import type { Benchmark } from "../../sdk/cli/bench/benchmark.ts";
import { compare } from "./ipc/compare.ts";
import { processRows } from "./ipc/rows.ts";

export const benchmark: Benchmark = {
  summary: "processes and their faults, beside Linux",
  run: (settings) => compare("process", processRows, settings),
};
