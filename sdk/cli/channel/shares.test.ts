// Parts of the processors between two looks.
import test from "ava";
import type { ProcessFacts } from "./facts.ts";
import { shares } from "./shares.ts";
import { bytesText, spanText, textTable } from "./text-table.ts";

const one = (id: number, name: string, cpuTime: number): ProcessFacts => ({
  id,
  name,
  cpuTime,
  state: "running",
  threads: 1,
  handles: 1,
  queued: 0,
  used: 0,
  limit: 0,
  starts: 1,
});

test("the busiest first; a process under a new id counts from its start", (t) => {
  const before = { up: 1e9, processes: [one(1, "init", 5e8), one(2, "netd", 9e8)] };
  const now = { up: 2e9, processes: [one(1, "init", 6e8), one(7, "netd", 3e8)] };
  t.deepEqual(
    shares(before, now).map(({ name, percent }) => [name, percent]),
    [
      ["netd", 30],
      ["init", 10],
    ],
  );
  t.deepEqual(
    shares(undefined, now).map(({ percent }) => percent),
    [30, 15],
  );
});

test("tables and quantities", (t) => {
  t.is(textTable(["A", "NUM"], [["long", "7"]], [1]), "A     NUM\nlong    7\n");
  t.deepEqual([0, 1023, 1536, 3 * 2 ** 30, 700 * 1024].map(bytesText), [
    "0 B",
    "1023 B",
    "1.5 KiB",
    "3 GiB",
    "700 KiB",
  ]);
  t.deepEqual([999, 5e6, 3.45e9, 125e9, 7.3e12].map(spanText), [
    "0 us",
    "5 ms",
    "3.4 s",
    "2 min 5 s",
    "2 h 1 min",
  ]);
});
