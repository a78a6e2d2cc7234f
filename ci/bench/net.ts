// `uusi bench net`: one TCP connection between this host's Linux and a guest, in both directions, and round trips of one byte; LeivOS
// beside a Linux guest on the same tap, machine and card, one after the other in the same run; the same beside a flood of SYNs.
import { join } from "node:path";
import { type Benchmark, type BenchSettings, median } from "../../sdk/cli/bench/benchmark.ts";
import { Failure } from "../../sdk/cli/failure.ts";
import { tcpDisk } from "../e2e/tcp/disk.ts";
import { startDnsmasq } from "../peers/dnsmasq.ts";
import { LinuxNet, linuxAddress, tap, whyNoLinuxNet } from "../peers/linux-net.ts";
import { Guest } from "../qemu/guest.ts";
import type { MachineOptions } from "../qemu/machine.ts";
import { holdFolder, releaseFolder } from "../qemu/resources.ts";
import { which } from "../setup/debian.mjs";
import { root } from "../setup/paths.mjs";
import { countTable } from "./net/count.ts";
import { writeLinuxDisk } from "./linux/disk.ts";
import { linuxFiles } from "./linux/packages.ts";
import { buildNetProgram } from "./linux/programs.ts";

/** Megabytes in each direction, and round trips: as much as takes some seconds in the slower guest. */
const MEGABYTES = { cut: 16, whole: 64 };
const TURNS = 300;
const patience = 300_000;

interface Found {
  receive: number;
  send: number;
  roundTrip: number;
  /** Beside the flood: the part of what it receives alone, and milliseconds of new connections; none where that came to no end. */
  kept?: number;
  greeted?: number;
  slowest?: number;
  /** SYNs a second */
  syns?: number;
}

const MAC = "52:54:00:12:34:56";

/** Bits a second. */
interface Flooded {
  readonly alone: number;
  readonly beside: number;
}

/** Boots a guest on a tap and measures it. */
async function measure(
  net: LinuxNet,
  machine: MachineOptions,
  ready: RegExp,
  megabytes: number,
  say: (line: string) => void,
): Promise<Found> {
  const range = ["10.77.0.50", "10.77.0.50"] as const;
  const dnsmasq = await startDnsmasq(net, {
    address: linuxAddress,
    range,
    renew: 60,
    rebind: 100,
    names: {},
  });
  const guest = await Guest.start(machine);
  try {
    await guest.expect(ready, patience);
    const program = join(root, "ci/bench/net/measure.ts");
    const words = [range[0], String(megabytes), String(TURNS)];
    const { code, out, errors } = await net.run([process.execPath, program, ...words], patience);
    if (code !== 0) throw new Failure(`bench: the measurement failed: ${errors.trim()}`);
    const found = JSON.parse(out) as Found;
    const python = which("python3");
    if (python === undefined) throw new Failure("bench: net needs python3 for its flood", 2);
    const flooded = [join(root, "ci/bench/net/flooded.ts"), range[0], MAC, tap, python];
    const other = await net.run([process.execPath, ...flooded], patience);
    if (other.code !== 0) {
      say(`bench: beside the flood it came to no end: ${other.errors.trim().split("\n").at(-1)}`);
      return found;
    }
    const { alone, beside, ...times } = JSON.parse(other.out) as Found & Flooded;
    return { ...found, ...times, kept: (100 * beside) / alone };
  } finally {
    await guest.close();
    await dnsmasq.stop();
  }
}

async function run({ icount, runs, say, card }: BenchSettings) {
  const why = whyNoLinuxNet();
  if (why !== undefined) throw new Failure(`bench: net needs a tap: ${why}`, 2);
  if (icount) return countTable(runs, say, card);
  const files = linuxFiles(say);
  const folder = holdFolder();
  const disk = join(folder, "linux.img");
  writeLinuxDisk(disk, files, { program: buildNetProgram(), script: "net.sh" });
  const systems = [
    {
      name: "LeivOS",
      disk: await tcpDisk(),
      ready: /listening at 7[\s\S]*login: |login: [\s\S]*listening at 7/,
    },
    { name: "Linux", disk, ready: /listening at 7/ },
  ];
  const columns: { name: string; found: Found[] }[] = [];
  const net = LinuxNet.make();
  try {
    for (const [cpus, offloads] of [
      [2, true],
      [1, true],
      [1, false],
    ] as const) {
      const megabytes = offloads ? MEGABYTES.whole : MEGABYTES.cut;
      for (const { name, disk, ready } of systems) {
        const title = `${name}, ${cpus} CPU${offloads ? "" : ", no offloads"}`;
        const column = { name: title, found: [] as Found[] };
        for (let n = 1; n <= runs; n++) {
          say(`bench: net ${n} of ${runs}, ${column.name}`);
          const machine: MachineOptions = {
            cpus,
            memory: "512M",
            accelerator: "tcg",
            network: { kind: "tap", interface: tap, offloads },
            namespace: net.namespace,
            icount: false,
            disk,
            display: "none",
            serial: true,
            exitOnReset: true,
          };
          column.found.push(await measure(net, machine, ready, megabytes, say));
        }
        columns.push(column);
      }
    }
  } finally {
    await net.close();
    releaseFolder(folder);
  }
  const row = (name: string, key: keyof Found, unit: number) => ({
    name,
    values: columns.map(({ found }) =>
      median(found.flatMap((each) => (each[key] === undefined ? [] : [each[key] / unit]))),
    ),
  });
  return {
    title: "net",
    unit: "Mbit/s; µs; %",
    columns: columns.map(({ name }) => name),
    rows: [
      row("the guest receives", "receive", 1e6),
      row("the guest sends", "send", 1e6),
      row("round trip of one byte, p50", "roundTrip", 1),
      row("beside SYNs it keeps of what it receives, %", "kept", 1),
      row("first answer on a new connection then, p50", "greeted", 1e-3),
      row("the slowest of these", "slowest", 1e-3),
      row("SYNs a second", "syns", 1),
    ],
    notes: [
      `q35, TCG, 512M, virtio network card on a tap; median of ${runs}. The host's side is Linux with CUBIC; Linux guest: ${files.version},`,
      `${MEGABYTES.whole} MB a direction with all offloads that the card offers, ${MEGABYTES.cut} MB without any.`,
    ],
  };
}

export const benchmark: Benchmark = {
  summary:
    "TCP between the host and a guest, both directions and round trips, beside Linux; with --icount by process",
  run,
};
