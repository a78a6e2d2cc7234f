// Runs the two native programs in their guests and sets their results side by side.
import { join } from "node:path";
import { type BenchSettings, type BenchTable, median } from "../../../sdk/cli/bench/benchmark.ts";
import { holdFolder, releaseFolder } from "../../qemu/resources.ts";
import { writeNativeDisk, writeTypeScriptDisk } from "../guests/disks.ts";
import { benchMachine, benchGuest, patience } from "../guests/held.ts";
import { readResults } from "../guests/results.ts";
import { writeLinuxDisk } from "../linux/disk.ts";
import { linuxFiles } from "../linux/packages.ts";
import { buildLinuxProgram } from "../linux/programs.ts";
import { acrossRows, peerColumns, type Row, typeScriptRow } from "./rows.ts";

/** Medians by name, in time stamp counts. */
type Counts = Map<string, number>;

/** Runs the program of a disk to its end. */
export async function measure(disk: string, icount: boolean, cpus: number): Promise<Counts> {
  const guest = await benchGuest({ ...benchMachine, disk, icount, cpus });
  try {
    await guest.expect(/^bench-end\r?\n/m, patience);
    const results = [...readResults(guest.transcript.text)];
    return new Map(results.map(([name, { median }]) => [name, median]));
  } finally {
    await guest.close();
  }
}

/** The middle of several runs, name by name. */
function middle(runs: Counts[]): Counts {
  const names = [...runs[0]!.keys()];
  return new Map(names.map((name) => [name, median(runs.map((run) => run.get(name)!))!]));
}

/** Measures rows on both systems. */
export async function compare(
  title: string,
  rows: readonly Row[],
  { icount, runs, say }: BenchSettings,
): Promise<BenchTable> {
  const folder = holdFolder();
  const [own, linux] = [join(folder, "native.img"), join(folder, "linux.img")];
  const script = join(folder, "typescript.img");
  const isScript = rows.includes(typeScriptRow);
  if (isScript) await writeTypeScriptDisk(script, icount);
  const files = linuxFiles(say);
  await writeNativeDisk(own, icount);
  const sources = ["ci/bench/linux/peers.c", "ci/bench/native/samples.c"];
  const program = buildLinuxProgram("peers", sources);
  writeLinuxDisk(linux, files, { program, holds: icount });
  const isAcross = rows.some((row) => acrossRows.includes(row));
  const taken: [Counts[], Counts[]] = [[], []];
  for (let n = 1; n <= runs; n++) {
    for (const [i, disk] of [own, linux].entries()) {
      say(`bench: run ${n} of ${runs}, ${i === 0 ? "LeivOS" : "Linux"}`);
      const one = await measure(disk, icount, 1);
      const two = isAcross && !icount ? await measure(disk, false, 2) : [];
      const three = isScript && i === 0 ? await measure(script, icount, 1) : [];
      taken[i]!.push(new Map([...one, ...two, ...three]));
    }
  }
  releaseFolder(folder);
  const [ours, theirs] = taken.map(middle) as [Counts, Counts];
  const perUnit = icount ? 1 : ours.get("khz")! / 1000;
  const scaled = (value: number | undefined) => value && value / perUnit;
  const table = rows
    .filter(({ own }) => ours.has(own))
    .map(({ name, own, peers }) => {
      const value = scaled(ours.get(own));
      const columns = peerColumns.map((column) => scaled(theirs.get(peers[column] ?? "")));
      const best = Math.min(...columns.filter((each) => each !== undefined));
      const ratio = value && best < Number.POSITIVE_INFINITY ? value / best : undefined;
      return { name, values: [value, ...columns, ratio] };
    });
  return {
    title,
    unit: icount ? "instructions" : "µs",
    columns: ["LeivOS", "Linux pipe", "unix socket", "other", "to the best"],
    rows: table,
    notes: [
      `q35, TCG, 512M; native programs on both sides; Linux ${files.version}; medians of ${runs} run(s).`,
      "A sample lies between two reads of the time stamp counter around the caller's operation.",
    ],
  };
}
