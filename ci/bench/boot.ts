// `uusi bench boot`: from power-on to the login prompt, stage by stage, beside a Linux guest that is
// started from the same kind of disk on the same machine, takes a lease and asks for a login.
import { join } from "node:path";
import { type Benchmark, type BenchSettings, median } from "../../sdk/cli/bench/benchmark.ts";
import { standardVariant, type Variant } from "../../sdk/cli/build/step.ts";
import { guestMachine } from "../qemu/booted-guest.ts";
import { Guest } from "../qemu/guest.ts";
import type { MachineOptions } from "../qemu/machine.ts";
import { holdFolder, releaseFolder } from "../qemu/resources.ts";
import { writeLinuxDisk } from "./linux/disk.ts";
import { linuxFiles } from "./linux/packages.ts";
import { MarkReader } from "./marks/marks.ts";
import { type Point, type Stage, stages } from "./marks/stages.ts";

/** The build whose serial lines begin with the time stamp counter. */
const marked: Variant = {
  ...standardVariant,
  out: "build/variants/marks",
  probe: {
    source: "ci/bench/marks/marks.c",
    wraps: ["serial_put", "arch_io_write", "thread_begin"],
  },
};
/** A guard against a guest that hangs, in milliseconds. */
const patience = 300_000;

const leivos: Point[] = [
  { name: "loader", mark: /^loader$/, live: false },
  { name: "hand-over", mark: /^hand-over$/, live: false },
  { name: "first process", mark: /^first process$/, live: true },
  { name: "lease", mark: /^\[ok\] netd: dhcp BOUND/, live: true },
  { name: "login", mark: /^leivos login:/, live: true },
];
const linux: Point[] = [
  { name: "loader", mark: /^loader$/, live: false },
  { name: "hand-over", mark: /^hand-over$/, live: false },
  { name: "first process", mark: /^first process$/, live: true },
  { name: "lease", mark: /^lease /, live: true },
  { name: "login", mark: /^login$/, live: true },
];

/** Boots once and returns the stages. */
async function measure(machine: MachineOptions, points: Point[]): Promise<Stage[]> {
  const reader = new MarkReader();
  const start = performance.now();
  const guest = await Guest.start(machine);
  try {
    guest.serial?.on("data", (text: string) => reader.push(text, performance.now()));
    await guest.expect(/login: ?$/, patience);
    reader.end();
    return stages(points, reader.marks, start);
  } finally {
    await guest.close();
  }
}

async function run({ icount, runs, say }: BenchSettings) {
  const files = linuxFiles(say);
  const machine = { icount, cpus: icount ? 1 : 2, memory: "1G" };
  const own = await guestMachine({
    variant: marked,
    machine,
    options: { netd_wait: "60000" },
  });
  const folder = holdFolder();
  const disk = join(folder, "linux.img");
  writeLinuxDisk(disk, files);
  const systems: [MachineOptions, Point[]][] = [
    [own, leivos],
    [{ ...own, disk }, linux],
  ];
  const taken: Stage[][][] = systems.map(() => []);
  for (let n = 1; n <= runs; n++) {
    for (const [i, [options, points]] of systems.entries()) {
      say(`bench: boot ${n} of ${runs}, ${i === 0 ? "LeivOS" : "Linux"}`);
      taken[i]!.push(await measure(options, points));
    }
  }
  releaseFolder(folder);
  const figure = ({ milliseconds, count }: Stage) => (icount ? count && count / 1e6 : milliseconds);
  const rows = taken[0]![0]!.map(({ name }, row) => ({
    name,
    values: taken.map((each) => {
      const values = each.map((run) => figure(run[row]!)).filter((value) => value !== undefined);
      return median(values);
    }),
  }));
  return {
    title: "boot",
    unit: icount ? "million instructions" : "ms",
    columns: ["LeivOS", `Linux ${files.version}`],
    rows,
    notes: [
      `q35, TCG, ${machine.cpus} CPU, ${machine.memory}, virtio network; median of ${runs}.`,
      "Linux: Debian's kernel and busybox in its initial file system, started by an EFI program of ours.",
      icount
        ? "Counts are the time stamp counter's under -icount shift=0; waits without work are skipped but counted."
        : "Times are differences of the time stamp counter.",
    ],
  };
}

export const benchmark: Benchmark = {
  summary: "power-on to login, stage by stage, beside Linux",
  run,
};
