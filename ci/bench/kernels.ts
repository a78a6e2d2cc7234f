// `uusi bench kernels`: what a call of a Tape kernel costs in a server, and how fast kernels are there and on the host by themselves,
// beside the same in TypeScript and C.
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

/** Nanoseconds of each kernel on the host, by itself. */
function onHost(): Counts {
  const program = new NativeProgram(compileModule("ci/bench/kernels/native.tape"), {});
  const result: Counts = new Map();
  for (const kernel of program.code.exports.map((each) => each.name)) {
    const take = (times: number): number => {
      const outcome = program.call(kernel, [BigInt(times)]);
      if (!outcome.ok) throw new Failure(`bench kernels: ${kernel}: ${outcome.trap}`);
      return program.nanoseconds / times;
    };
    const times = Math.max(10, Math.round(TARGET_NS / take(10)));
    result.set(kernel, median([take(times), take(times), take(times)]) as number);
  }
  closeRunner();
  return result;
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
  const host = onHost();
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
  ];
  return {
    title: "kernels",
    unit: icount ? "instructions for 16 KiB; on the host MB/s" : "MB/s; calls: ns",
    columns: ["in a server", "peer there", "on the host"],
    rows,
    notes: [
      `q35, TCG, one processor; the least of 31 calls, medians of ${runs} run(s); native is asserted.`,
      "call.NAME-N: a whole call from TypeScript over N bytes, the kernel's own work included; checksum's peer is TypeScript, sha256's C.",
    ],
  };
}

export const benchmark: Benchmark = { summary: "Tape kernels called from TypeScript", run };
