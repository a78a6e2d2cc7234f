// `uusi bench ipc`: calls, notifications and system calls, beside pipes, unix sockets and futexes of a Linux guest.
import type { Benchmark } from "../../sdk/cli/bench/benchmark.ts";
import { compare } from "./ipc/compare.ts";
import { acrossRows, ipcRows, typeScriptRow } from "./ipc/rows.ts";

export const benchmark: Benchmark = {
  summary: "messages between processes, beside Linux",
  run: (settings) => compare("ipc", [...ipcRows, typeScriptRow, ...acrossRows], settings),
};
