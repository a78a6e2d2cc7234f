// `uusi bench net`: one TCP connection between this host's Linux and a guest, in both directions, and round trips of one byte; LeivOS
// beside a Linux guest on the same tap, machine and card, one after the other in the same run.
import { join } from "node:path";
import { type Benchmark, type BenchSettings, median } from "../../sdk/cli/bench/benchmark.ts";
import { Failure } from "../../sdk/cli/failure.ts";
import { tcpDisk } from "../e2e/tcp/disk.ts";
import { startDnsmasq } from "../peers/dnsmasq.ts";
import { LinuxNet, linuxAddress, whyNoLinuxNet } from "../peers/linux-net.ts";
import { Guest } from "../qemu/guest.ts";
import type { MachineOptions } from "../qemu/machine.ts";
import { holdFolder, releaseFolder } from "../qemu/resources.ts";
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
}

/** Boots a guest on a tap and measures it. */
async function measure(
  net: LinuxNet,
  machine: MachineOptions,
  ready: RegExp,
  megabytes: number,
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
    return JSON.parse(out) as Found;
  } finally {
    await guest.close();
    await dnsmasq.stop();
  }
}

async function run({ icount, runs, say }: BenchSettings) {
  const why = whyNoLinuxNet();
  if (why !== undefined) throw new Failure(`bench: net needs a tap: ${why}`, 2);
  if (icount) return countTable(runs, say);
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
            network: { kind: "tap", interface: "tap0", offloads },
            namespace: net.namespace,
            icount: false,
            disk,
            display: "none",
            serial: true,
            exitOnReset: true,
          };
          column.found.push(await measure(net, machine, ready, megabytes));
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
    values: columns.map(({ found }) => median(found.map((each) => each[key] / unit))),
  });
  return {
    title: "net",
    unit: "Mbit/s; µs",
    columns: columns.map(({ name }) => name),
    rows: [
      row("the guest receives", "receive", 1e6),
      row("the guest sends", "send", 1e6),
      row("round trip of one byte, p50", "roundTrip", 1),
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
