// `uusi bench path`: one TCP connection between this host's Linux and a guest over 100 Mbit/s with 50 ms there and back and losses, in
// both directions; LeivOS beside a Linux guest on the same wire, with the same losses, one after the other in the same run.
import { join } from "node:path";
import { type Benchmark, type BenchSettings, median } from "../../sdk/cli/bench/benchmark.ts";
import { Failure } from "../../sdk/cli/failure.ts";
import { tcpDisk } from "../e2e/tcp/disk.ts";
import { startDnsmasq } from "../peers/dnsmasq.ts";
import { LinuxNet, linuxAddress, whyNoLinuxNet } from "../peers/linux-net.ts";
import { type Path, startLossyWire } from "../peers/lossy-wire.ts";
import { Guest } from "../qemu/guest.ts";
import { holdFolder, releaseFolder } from "../qemu/resources.ts";
import { root } from "../setup/paths.mjs";
import { writeLinuxDisk } from "./linux/disk.ts";
import { linuxFiles } from "./linux/packages.ts";
import { buildNetProgram } from "./linux/programs.ts";

const patience = 300_000;
const GUEST = "10.77.0.50";
/** 100 Mbit/s and 50 ms, with a queue of one product of both. */
const line: Path = { rate: 100e6, delay: 25, queue: 625_000, lossTo: 0, lossFrom: 0 };

interface Row {
  readonly name: string;
  readonly direction: "receive" | "send";
  /** of Linux on the host, where it sends */
  readonly control: "cubic" | "bbr";
  readonly path: Path;
  readonly megabytes: number;
}

const rows: readonly Row[] = [
  {
    name: "receives from BBR, 2 % loss",
    direction: "receive",
    control: "bbr",
    path: { ...line, lossTo: 0.02 },
    megabytes: 8,
  },
  {
    name: "receives from CUBIC, no loss",
    direction: "receive",
    control: "cubic",
    path: line,
    megabytes: 8,
  },
  { name: "sends, no loss", direction: "send", control: "cubic", path: line, megabytes: 8 },
  {
    name: "sends, 0.1 % loss",
    direction: "send",
    control: "cubic",
    path: { ...line, lossFrom: 0.001 },
    megabytes: 8,
  },
  {
    name: "sends, 2 % loss",
    direction: "send",
    control: "cubic",
    path: { ...line, lossFrom: 0.02 },
    megabytes: 2,
  },
];

/** Boots a guest and takes all rows, with the seeds 1 to `runs`: bits a second. */
async function measure(
  disk: string,
  ready: RegExp,
  verb: "digest" | "sink",
  runs: number,
  say: (line: string) => void,
): Promise<number[][]> {
  const net = LinuxNet.make();
  const wire = await startLossyWire(net);
  const range = [GUEST, GUEST] as const;
  const lease = { address: linuxAddress, range, renew: 3000, rebind: 3000, names: {} };
  await startDnsmasq(net, lease);
  const guest = await Guest.start({
    cpus: 2,
    memory: "512M",
    accelerator: "tcg",
    network: { kind: "wire", path: wire.path },
    icount: false,
    disk,
    display: "none",
    serial: true,
    exitOnReset: true,
  });
  try {
    await guest.expect(ready, patience);
    const found: number[][] = [];
    for (const { name, direction, control, path, megabytes } of rows) {
      const sysctl = `net.ipv4.tcp_congestion_control=${control}`;
      await net.run(["sysctl", "-qw", sysctl, "net.ipv4.tcp_no_metrics_save=1"]);
      const rates: number[] = [];
      for (let seed = 1; seed <= runs; seed++) {
        await wire.set(path, seed);
        const program = join(root, "ci/bench/path/measure.ts");
        const words = direction === "receive" ? [verb] : [];
        const argv = [direction, GUEST, ...words, String(megabytes * 1e6)];
        const done = await net.run([process.execPath, program, ...argv], patience);
        if (done.code !== 0) throw new Failure(`bench: ${name}: ${done.errors.trim()}`);
        rates.push(Number(done.out));
        say(`bench: path, ${name}, seed ${seed}: ${(Number(done.out) / 1e6).toFixed(1)} Mbit/s`);
      }
      found.push(rates);
    }
    return found;
  } finally {
    await guest.close();
    wire.stop();
    await net.close();
  }
}

async function run({ icount, runs, say }: BenchSettings) {
  const why = whyNoLinuxNet();
  if (why !== undefined) throw new Failure(`bench: path needs a tap: ${why}`, 2);
  if (icount) throw new Failure("bench: path measures time; leave --icount away", 2);
  const files = linuxFiles(say);
  const folder = holdFolder();
  const disk = join(folder, "linux.img");
  writeLinuxDisk(disk, files, { program: buildNetProgram(), script: "net.sh" });
  try {
    const booted = /listening at 7[\s\S]*login: |login: [\s\S]*listening at 7/;
    const own = await measure(await tcpDisk(), booted, "digest", runs, say);
    const peer = await measure(disk, /listening at 7/, "sink", runs, say);
    return {
      title: "path",
      unit: "Mbit/s",
      columns: ["LeivOS", "Linux", "ratio"],
      rows: rows.map(({ name }, i) => {
        const [mine, theirs] = [own[i]!, peer[i]!].map((rates) => (median(rates) ?? 0) / 1e6);
        return { name, values: [mine, theirs, mine! / theirs!] };
      }),
      notes: [
        "100 Mbit/s, 50 ms there and back, a queue of 625 kB, the losses of the seeds 1 to " +
          `${runs} (ci/peers/lossy-wire.py); q35, TCG, 2 CPUs, virtio network card; medians.`,
        `The host's side is Linux, with BBR where a row says so, else CUBIC; Linux guest: ${files.version}. What LeivOS receives is digested and compared.`,
      ],
    };
  } finally {
    releaseFolder(folder);
  }
}

export const benchmark: Benchmark = {
  summary: "TCP over 100 Mbit/s, 50 ms and losses, both directions, beside Linux",
  run,
};
