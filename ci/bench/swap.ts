// `uusi bench swap`: from a save to the system's answer, in its parts, of a small server and of the largest that starts with the system; then
// every server that runs, a few times each. LEIVOS_SAVES=N,M,K chooses the numbers.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Benchmark, type BenchTable, median } from "../../sdk/cli/bench/benchmark.ts";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { liveSource } from "../../sdk/cli/channel/live.ts";
import { copyTree } from "../e2e/tree-copy.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";
import { command, logIn } from "../qemu/person.ts";
import type { Save } from "./save/measure.ts";
import { type ServerSwaps, swapAgain } from "./save/server-swaps.ts";
import { installVite } from "./save/vite-packages.ts";

const given = process.env["LEIVOS_SAVES"] ?? "100,30,10";
/** Of the small server and the large one; swaps of each. */
const [SAVES = 100, LARGE_SAVES = 30, SWAPS = 10] = given.split(",").map(Number);
const SMALL = "random";
const LARGE = "netd";
const INIT = 3;
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

/** The servers that run. */
async function running(channel: string): Promise<string[]> {
  const connection = await Connection.open(channel);
  try {
    const all = await liveSource(connection).servers();
    return all.filter(({ state }) => state === "running").map(({ name }) => name);
  } finally {
    connection.close();
  }
}

const savesOf = (server: string, saves: readonly Save[]) =>
  rows.map(([name, part]) => ({ name: `${server}: ${name}`, values: figures(saves.map(part)) }));

const swapsOf = (server: string, { total, paused }: ServerSwaps) => [
  { name: `${server}: swapped, from its line`, values: figures(total) },
  { name: `${server}: the pause`, values: figures(paused) },
];

/** What a reader must know of a server's swaps; nothing when all were swapped. */
function noteOf(server: string, swaps: ServerSwaps): string[] {
  const { total, refused, restarted } = swaps;
  const notes = restarted === undefined ? [] : [restarted];
  if (refused.length === 0) return notes;
  const all = total.length + refused.length;
  return [...notes, `${server} was swapped ${total.length} times of ${all}: ${refused[0]}`];
}

export const benchmark: Benchmark = {
  summary: "from a save to the system's answer",
  async run({ say }): Promise<BenchTable> {
    const copy = copyTree("swap");
    const guest = await bootedGuest({ machine: { channel: true } });
    try {
      const options = { cwd: copy, encoding: "utf8", timeout: 900_000 } as const;
      const node = join(copy, "node_modules/.bin/node");
      // The first one brings the whole code: it does not count.
      const save = (server: string, count: number): Save[] => {
        say(`swap: ${count} saves of ${server}`);
        const args = ["ci/bench/save/measure.ts", guest.channel, server, `${count + 1}`];
        return (JSON.parse(execFileSync(node, args, options)) as Save[]).slice(1);
      };
      say("swap: installing the peer, Vite");
      const vite = ["ci/bench/save/measure-vite.ts", installVite(), `${SAVES + 1}`];
      const replaced = (JSON.parse(execFileSync(node, vite, options)) as number[]).slice(1);
      const small = save(SMALL, SAVES);
      const large = save(LARGE, LARGE_SAVES);
      // with a session, and the server that runs its lines
      await logIn(guest);
      await command(guest, "1 + 1");
      const swaps: [string, ServerSwaps][] = [];
      for (const server of ["init", ...(await running(guest.channel))]) {
        const count = server === "init" ? INIT * SWAPS : SWAPS;
        say(`swap: ${server}, ${count} times`);
        swaps.push([server, await swapAgain(guest.channel, server, count)]);
      }
      return {
        title: `\`${SMALL}\` and \`${LARGE}\` with one more statement, ${small.length} and ${large.length} saves; then every server that runs`,
        unit: "ms",
        columns: ["p50", "p95", "most"],
        rows: [
          ...savesOf(SMALL, small),
          ...savesOf(LARGE, large),
          { name: "Vite: save to answer", values: figures(replaced) },
          ...swaps.flatMap(([server, each]) => swapsOf(server, each)),
        ],
        notes: [
          ...tally([...small, ...large]),
          ...swaps.flatMap(([server, each]) => noteOf(server, each)),
          "Vite replaces a module of the same contract inside one Node process: no second process, no state handed over.",
        ],
      };
    } finally {
      await guest.close();
      rmSync(copy, { recursive: true, force: true });
    }
  },
};
