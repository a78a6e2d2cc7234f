// `uusi bench`: runs a benchmark of ci/bench/ and prints its table.
import { existsSync, readdirSync } from "node:fs";
import { type Benchmark, type BenchSettings, tableText } from "../bench/benchmark.ts";
import { Failure } from "../failure.ts";
import { type FlagTable, flagHelp, numberOf, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";

const flags: FlagTable = {
  icount: { help: "exact instruction counts instead of times (slow)" },
  runs: { value: "N", help: "measures each system N times and takes the median (1)" },
  card: {
    value: "CARD",
    help: "net --icount: the guest's network card, virtio (default) or e1000e",
  },
  json: { help: "prints the table as JSON" },
};
const folder = new URL("../../../ci/bench/", import.meta.url);

/** The names of all benchmarks, from the files that hold them. */
function benchNames(): string[] {
  const files = readdirSync(folder).filter((name) => /^[a-z-]+\.ts$/.test(name));
  return files.map((name) => name.slice(0, -3)).sort();
}

async function load(name: string): Promise<Benchmark> {
  if (!/^[a-z-]+$/.test(name) || !existsSync(new URL(`${name}.ts`, folder))) {
    const known = benchNames().join(", ");
    throw new Failure(`uusi bench: there is no benchmark "${name}"; there are: ${known}`, 2);
  }
  const { benchmark } = await import(new URL(`${name}.ts`, folder).href);
  return benchmark as Benchmark;
}

export const command: Command = {
  summary: "measures, beside a peer in the same run",
  help: () => {
    const names = `Benchmarks: ${benchNames().join(", ")}. Without a name, all run.`;
    return `npx uusi bench [NAME] [flags]\n\n${flagHelp(flags)}\n${names}\n`;
  },
  async run(args) {
    const given = parseFlags("bench", flags, args);
    const card = given.values.get("card")?.[0] ?? "virtio";
    if (card !== "virtio" && card !== "e1000e")
      throw new Failure("uusi bench: --card is virtio or e1000e", 2);
    const settings: BenchSettings = {
      card,
      icount: given.switches.has("icount"),
      runs: numberOf(given, "runs", 1, 100) ?? 1,
      say: (line: string) => void process.stderr.write(`${line}\n`),
    };
    const benchmarks = await Promise.all(
      (given.rest.length > 0 ? given.rest : benchNames()).map(load),
    );
    for (const benchmark of benchmarks) {
      const table = await benchmark.run(settings);
      const text = given.switches.has("json") ? `${JSON.stringify(table)}\n` : tableText(table);
      process.stdout.write(text);
    }
    return 0;
  },
};
