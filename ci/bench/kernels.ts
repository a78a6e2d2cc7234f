// `uusi bench kernels`: what a call of a Tape kernel costs in a server, and how fast kernels are there and on the host by themselves,
// beside the same in TypeScript and C.
import { createHash } from "node:crypto";
import { BASE_FEATURES, features } from "../../tape/native/processor.ts";
import { hostFeatures } from "../../tape/runner/processor.ts";
import { closeRunner, NativeProgram } from "../../tape/runner/program.ts";
import { compileModule } from "../../tape/embed/node.ts";
import { type Benchmark, type BenchSettings, median } from "../../sdk/cli/bench/benchmark.ts";
import { Failure } from "../../sdk/cli/failure.ts";
import { diskWithServer } from "../kernels/with-server.ts";
import { loginPrompt } from "../qemu/booted-guest.ts";
import { Guest } from "../qemu/guest.ts";
import { benchMachine, patience } from "./guests/held.ts";

const SIZE = 16384;
/** Calls of a measurement on the host: some 50 milliseconds. */
const TARGET_NS = 50e6;
const name = "kernels-bench";
const kernels = [
  "blend",
  "bytes",
  "cells",
  "chacha20",
  "checksum",
  "crc32c",
  "poly1305",
  "scroll",
  "sha256",
];
const calls = { "call.part-20": 20, "call.checksum-0": 32, "call.fill-1": 32 };
const peers: { readonly [kernel: string]: string } = {
  checksum: "typescript.checksum",
  sha256: "c.sha256",
};

type Counts = Map<string, number>;

async function readLog(guest: Guest): Promise<Counts> {
  for (let tries = 0; tries < 600; tries++) {
    guest.type(`log ${name}\n`);
    const { input, index } = await guest.expect(/leivos\$ $/, patience);
    const text = input.slice(0, index);
    if (/uncaught/.test(text)) throw new Failure(`bench kernels: ${text}`);
    const ends = [...text.matchAll(/bench-end (\w+)/g)];
    if (ends.length > 0) {
      if (ends.some(([, tier]) => tier !== "native"))
        throw new Failure(`bench kernels: kernels ran as ${ends[0]?.[1]}, not native`);
      const lines = [...text.matchAll(/bench (\S+) (\d+)/g)];
      return new Map(lines.map(([, key, value]) => [key as string, Number(value)]));
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Failure("bench kernels: the guest did not come to an end");
}

/**
 * One boot, and the server once more when the system is at rest. Not even with `icount` is a machine restored for it: its clock would
 * go on from another counter.
 */
async function measure(disk: string, icount: boolean): Promise<Counts> {
  const guest = await Guest.start({ ...benchMachine, disk, icount });
  try {
    await guest.expect(loginPrompt, patience);
    guest.type("dev\n");
    await guest.expect(/Password: $/, patience);
    guest.type("dev\n");
    await guest.expect(/leivos\$ $/, patience);
    await readLog(guest);
    for (const line of ["clear log", `restart ${name}`]) {
      guest.type(`${line}\n`);
      await guest.expect(/leivos\$ $/, patience);
    }
    return await readLog(guest);
  } finally {
    await guest.close();
  }
}

/** Nanoseconds of a call, the median of three measurements. */
function timed(take: (times: number) => number): number {
  const times = Math.max(10, Math.round(TARGET_NS / take(10)));
  return median([take(times), take(times), take(times)]) as number;
}

/** Nanoseconds of each kernel on the host, by itself, with the features that it may use. */
function onHost(features: number, only?: string): Counts {
  const program = new NativeProgram(
    compileModule("ci/bench/kernels/native.tape"),
    {},
    { features },
  );
  const result: Counts = new Map();
  for (const { name: kernel } of program.code.exports) {
    if (only !== undefined && kernel !== only) continue;
    const ns = timed((times) => {
      const outcome = program.call(kernel, [BigInt(times)]);
      if (!outcome.ok) throw new Failure(`bench kernels: ${kernel}: ${outcome.trap}`);
      return program.nanoseconds / times;
    });
    result.set(kernel, ns);
  }
  closeRunner();
  return result;
}

/** Nanoseconds of processor time of the same by Node's crypto, which is OpenSSL. */
function inNode(): number {
  const data = Buffer.alloc(SIZE, 0x5a);
  return timed((times) => {
    const start = process.cpuUsage();
    for (let i = 0; i < times; i++) createHash("sha256").update(data).digest();
    return (process.cpuUsage(start).user * 1000) / times;
  });
}

/** SHA-256 in all that this host has, MB/s: our code with and without the processor's instructions, and Node. */
function hashes(host: Counts): { name: string; values: (number | undefined)[] }[] {
  const speed = (ns: number) => [undefined, undefined, (SIZE * 1000) / ns];
  const base = onHost(BASE_FEATURES, "sha256").get("sha256") as number;
  const has = (hostFeatures() & features.sha) !== 0;
  return [
    ...(has ? [{ name: "sha256, SHA-NI", values: speed(host.get("sha256") as number) }] : []),
    { name: "sha256, code for every processor", values: speed(base) },
    { name: "sha256, Node's crypto", values: speed(inNode()) },
  ];
}

async function run({ icount, runs, say }: BenchSettings) {
  const fields = { name, kernels, restart: { when: "never" } } as const;
  const disk = await diskWithServer(`ci/bench/kernels/main.ts`, fields, { netd_wait: "0" });
  const taken: Counts[] = [];
  for (let n = 1; n <= runs; n++) {
    say(`bench: run ${n} of ${runs}`);
    taken.push(await measure(disk, icount));
  }
  say("bench: the host");
  const host = onHost(hostFeatures());
  const of = (key: string) => median(taken.map((each) => each.get(key) ?? Number.NaN)) as number;
  const megahertz = of("megahertz");
  const figure = (counts: number) => (icount ? counts : (SIZE * megahertz) / counts);
  const rows = [
    ...Object.keys(calls).map((key) => ({
      name: key,
      values: [icount ? of(key) : (of(key) * 1000) / megahertz, undefined, undefined],
    })),
    ...[...host.keys()].map((kernel) => ({
      name: kernel,
      values: [
        figure(of(kernel)),
        peers[kernel] === undefined ? undefined : figure(of(peers[kernel])),
        (SIZE * 1000) / (host.get(kernel) as number),
      ],
    })),
    ...hashes(host),
  ];
  return {
    title: "kernels",
    unit: icount ? "instructions for 16 KiB; on the host MB/s" : "MB/s; calls: ns",
    columns: ["in a server", "peer there", "on the host"],
    rows,
    notes: [
      `q35, TCG, one processor; the least of 31 calls, medians of ${runs} run(s); native is asserted.`,
      "On the host kernels use all that its processor has; in the system QEMU's, which has no SHA-NI.",
      "call.NAME-N: a whole call from TypeScript over N bytes, the kernel's own work included; checksum's peer is TypeScript, sha256's C.",
    ],
  };
}

export const benchmark: Benchmark = { summary: "Tape kernels called from TypeScript", run };
