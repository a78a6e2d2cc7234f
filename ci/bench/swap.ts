// `uusi bench swap`: from a save to the system's answer, in its parts.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Benchmark, type BenchTable, median } from "../../sdk/cli/bench/benchmark.ts";
import { copyTree } from "../e2e/tree-copy.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";
import { swapInitAgain } from "./save/init-swaps.ts";
import type { Save } from "./save/measure.ts";
import { installVite } from "./save/vite-packages.ts";

const SAVES = 100;
const SERVER = "random";
const INIT_SWAPS = 30;
const rows = [
  ["notice", (save: Save) => save.notice],
  ["bundle and compile", (save: Save) => save.bundle],
  ["push", (save: Save) => save.push],
  ["start and trial", (save: Save) => save.start ?? Number.NaN],
  ["hand-over (the pause)", (save: Save) => save.pause ?? Number.NaN],
  ["line, digests, switch", (save: Save) => save.answer - save.start - save.pause],
  ["save to answer", (save: Save) => save.total],
  ["patch in bytes", (save: Save) => save.sent],
] as const;

/** Median, 95th percentile and maximum; undefined for what was not measured. */
function figures(values: readonly number[]): (number | undefined)[] {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  return [median(sorted), sorted[Math.ceil(0.95 * sorted.length) - 1], sorted.at(-1)];
}

/** How often each kind of answer came, with one of its lines. */
function tally(saves: readonly Save[]): string[] {
  const kinds = new Set(saves.map(({ kind }) => kind));
  return [...kinds].map((kind) => {
    const those = saves.filter((save) => save.kind === kind);
    return `${those.length} x ${kind}, such as: ${those[0]!.line}`;
  });
}

export const benchmark: Benchmark = {
  summary: "from a save to the system's answer",
  async run({ say }): Promise<BenchTable> {
    const copy = copyTree("swap");
    const guest = await bootedGuest({ machine: { channel: true } });
    try {
      // The first one brings the whole code: it does not count.
      const args = ["ci/bench/save/measure.ts", guest.channel, SERVER, `${SAVES + 1}`];
      const options = { cwd: copy, encoding: "utf8", timeout: 300_000 } as const;
      const node = join(copy, "node_modules/.bin/node");
      say("swap: installing the peer, Vite");
      const vite = ["ci/bench/save/measure-vite.ts", installVite(), `${SAVES + 1}`];
      const replaced = (JSON.parse(execFileSync(node, vite, options)) as number[]).slice(1);
      say(`swap: ${SAVES} saves`);
      const saves = (JSON.parse(execFileSync(node, args, options)) as Save[]).slice(1);
      say(`swap: init, ${INIT_SWAPS} times`);
      const init = await swapInitAgain(guest.channel, INIT_SWAPS);
      return {
        title: `\`${SERVER}\` with one more statement, ${saves.length} saves`,
        unit: "ms",
        columns: ["p50", "p95", "most"],
        rows: [
          ...rows.map(([name, part]) => ({ name, values: figures(saves.map(part)) })),
          { name: "Vite: save to answer", values: figures(replaced) },
          { name: "init: swapped, from its line", values: figures(init.total) },
          { name: "init: the pause", values: figures(init.paused) },
        ],
        notes: [
          ...tally(saves),
          `init was swapped ${init.total.length} times of ${INIT_SWAPS}.`,
          ...init.refused.slice(0, 1),
          "Vite replaces a module of the same contract inside one Node process: no second process, no state handed over.",
        ],
      };
    } finally {
      await guest.close();
      rmSync(copy, { recursive: true, force: true });
    }
  },
};
