// `uusi bench memory`: memory made, mapped and unmapped, beside mmap of a Linux guest.
import type { Benchmark } from "../../sdk/cli/bench/benchmark.ts";
import { compare } from "./ipc/compare.ts";
import { memoryRows } from "./ipc/rows.ts";

export const benchmark: Benchmark = {
  summary: "memory mapped and unmapped, beside Linux",
  run: (settings) => compare("memory", memoryRows, settings),
};
