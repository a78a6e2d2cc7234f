// What a megabyte costs: instructions of each process while this host sends to a guest, or the guest to it, over a tap; and a SYN of a flood.
//
// Invariant: only what runs is counted, by the nucleus, for each process; waiting is not. How many packets come together depends on
// the host, so that figures of two runs differ by some per cent: the median counts.
import { join } from "node:path";
import type { BenchSettings, BenchTable } from "../../../sdk/cli/bench/benchmark.ts";
import { median } from "../../../sdk/cli/bench/benchmark.ts";
import { Connection } from "../../../sdk/cli/channel/connection.ts";
import { liveSource } from "../../../sdk/cli/channel/live.ts";
import { Failure } from "../../../sdk/cli/failure.ts";
import { withTcpPeer } from "../../e2e/tcp/disk.ts";
import { startDnsmasq } from "../../peers/dnsmasq.ts";
import { LinuxNet, linuxAddress, tap } from "../../peers/linux-net.ts";
import { holdFolder, releaseFolder } from "../../qemu/resources.ts";
import { which } from "../../setup/debian.mjs";
import { root } from "../../setup/paths.mjs";
import { writeSystemDisk } from "../guests/disks.ts";
import { benchGuest, benchMachine } from "../guests/held.ts";

const patience = 300_000;
const GUEST = "10.77.0.50";
const MAC = "52:54:00:12:34:56";
const MEGABYTES = 16;
const TURNS = 200;
/**
 * How many times the gate measures, the least of each counts, for a host that is slow makes more turns; and the round trips of a short and a
 * long connection, whose difference is without what opens and closes one.
 */
const GATE = { times: 6, short: 10, long: 110 };
/** Round trips of one byte. */
const echo = (turns: number) => ({ words: ["echo", `${turns}`], count: turns });

type Card = NonNullable<BenchSettings["card"]>;

/** The processes that bytes go through; what all others do meanwhile is one figure. */
const processesOf = (card: Card) => [card === "virtio" ? "virtio-net" : card, "netd", "tcp-peer"];
/** What is done so and so often. */
const kinds = [
  { name: "received", unit: "a megabyte", words: ["receive", `${MEGABYTES}`], count: MEGABYTES },
  { name: "sent", unit: "a megabyte", words: ["send", `${MEGABYTES}`], count: MEGABYTES },
  { name: "round trip of one byte", unit: "each", ...echo(TURNS) },
  { name: "SYN of a flood", unit: "each", words: [], count: 1 },
] as const;
/** SYNs a second, and seconds of them. */
const FLOOD = { rate: "50000", span: "3" };
/** Until the last ones are dealt with, in milliseconds. */
const REST = 500;

/** Packets that have left towards the guest. */
async function delivered(net: LinuxNet): Promise<number> {
  const { out } = await net.run(["ip", "-j", "-s", "link", "show", tap]);
  const [link] = JSON.parse(out) as { stats64: { tx: { packets: number } } }[];
  return link!.stats64.tx.packets;
}

/** Sends a flood; how many of its SYNs got to the guest. */
async function flood(net: LinuxNet): Promise<number> {
  const python = which("python3");
  if (python === undefined) throw new Failure("bench: net needs python3 for its flood", 2);
  const before = await delivered(net);
  const program = join(root, "ci/bench/net/flood.py");
  const words = [python, program, tap, MAC, GUEST, FLOOD.rate, FLOOD.span];
  const done = await net.run(words, patience);
  if (done.code !== 0) throw new Failure(`bench: the flood: ${done.errors.trim()}`);
  await new Promise((resolve) => setTimeout(resolve, REST));
  return (await delivered(net)) - before;
}

/** Instructions of each process, by its name; `all`: of all processes; `count`: by what they are to be divided, where that is counted as well. */
type Counts = ReadonlyMap<string, number>;

async function look(line: Connection): Promise<Counts> {
  const all = await liveSource(line).processes();
  const counts = new Map(all.map(({ name, cpuTime }) => [name, cpuTime]));
  return counts.set(
    "all",
    all.reduce((sum, { cpuTime }) => sum + cpuTime, 0),
  );
}

/** What is to be done with a guest. */
interface Kind {
  readonly words: readonly string[];
}

/** A guest's figures: for each kind, of each process and of all, how much more it had run behind it than before. */
async function measure(
  disk: string,
  net: LinuxNet,
  kinds: readonly Kind[],
  card: Card,
): Promise<Counts[]> {
  const lease = {
    address: linuxAddress,
    range: [GUEST, GUEST],
    renew: 3000,
    rebind: 3000,
  } as const;
  const dnsmasq = await startDnsmasq(net, { ...lease, names: {} });
  const guest = await benchGuest({
    ...benchMachine,
    network: { kind: "tap", interface: tap },
    card,
    namespace: net.namespace,
    channel: true,
    icount: "idle",
    disk,
  });
  try {
    await guest.expect(/listening at 7[\s\S]*login: |login: [\s\S]*listening at 7/, patience);
    const line = await Connection.open(guest.channel, patience);
    const run = async (words: readonly string[]) => {
      const program = join(root, "ci/bench/net/move.ts");
      const done = await net.run([process.execPath, program, GUEST, ...words], patience);
      if (done.code !== 0) throw new Failure(`bench: ${words.join(" ")}: ${done.errors.trim()}`);
    };
    // The first connection finds out each other's addresses, and lets buffers grow.
    for (const { words } of kinds) if (words.length > 0) await run([words[0]!, "2"]);
    const found: Counts[] = [];
    for (const { words } of kinds) {
      const before = await look(line);
      let count: number | undefined;
      if (words.length > 0) await run(words);
      else count = await flood(net);
      const behind = await look(line);
      const counts = new Map([...behind].map(([name, at]) => [name, at - (before.get(name) ?? 0)]));
      found.push(count === undefined ? counts : counts.set("count", count));
    }
    line.close();
    return found;
  } finally {
    await guest.close();
    await dnsmasq.stop();
  }
}

/** As `measure`, so and so often, with a disk and a tap for it. */
async function measureAll(
  runs: number,
  kinds: readonly Kind[],
  say: (line: string) => void,
  card: Card = "virtio",
): Promise<Counts[][]> {
  const folder = holdFolder();
  const disk = join(folder, "leivos.img");
  // The login waits for the lease, and says so by coming.
  await writeSystemDisk(disk, true, withTcpPeer, "netd_wait=60000\nseed=1\n");
  const net = LinuxNet.make();
  const taken: Counts[][] = [];
  try {
    for (let n = 1; n <= runs; n++) {
      say(`bench: net ${n} of ${runs}, counted`);
      taken.push(await measure(disk, net, kinds, card));
    }
  } finally {
    await net.close();
    releaseFolder(folder);
  }
  return taken;
}

/** For the gate: instructions of each process in a round trip of one byte. */
export async function countRoundTrip(): Promise<Map<string, number>> {
  const pairs = Array.from({ length: GATE.times }, () => [echo(GATE.short), echo(GATE.long)]);
  const [found = []] = await measureAll(1, pairs.flat(), () => {});
  const least = (name: string) => {
    const counts = found.map((each) => each.get(name) ?? 0);
    // What else a process does meanwhile only adds to either.
    const [short, long] = [0, 1].map((odd) => Math.min(...counts.filter((_, n) => n % 2 === odd)));
    return Math.round((long! - short!) / (GATE.long - GATE.short));
  };
  return new Map(processesOf("virtio").map((name) => [`round trip, ${name}`, least(name)]));
}

/** `uusi bench net --icount`. */
export async function countTable(
  runs: number,
  say: (line: string) => void,
  card: Card = "virtio",
): Promise<BenchTable> {
  const processes = processesOf(card);
  const taken = await measureAll(runs, kinds, say, card);
  const columns = [...processes, "all processes"];
  return {
    title: "net",
    unit: "thousand instructions",
    columns,
    rows: kinds.map(({ name, unit, count }, kind) => ({
      name: `${name}, ${unit}`,
      values: [...processes, "all"].map((each) =>
        median(
          taken.map((found) => {
            const counts = found[kind]!;
            return (counts.get(each) ?? 0) / (counts.get("count") ?? count) / 1000;
          }),
        ),
      ),
    })),
    notes: [
      `q35, TCG under -icount shift=0, one processor, 512M, ${card} network card on a tap with all offloads; median of ${runs}; the time that the nucleus`,
      `counts for each process while ${MEGABYTES} MB are received and sent, in ${TURNS} round trips, and beside ${FLOOD.span} s of ${FLOOD.rate} SYNs a second, as many as`,
      "can be dealt with. Batches depend on the host: some per cent.",
    ],
  };
}
