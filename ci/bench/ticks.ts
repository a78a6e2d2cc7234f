// `uusi bench ticks`: how late the ticks of a server's native thread are, beside JavaScript of the same server that rests or computes.
import { type Benchmark, type BenchSettings, median } from "../../sdk/cli/bench/benchmark.ts";
import { Failure } from "../../sdk/cli/failure.ts";
import { diskWithServer } from "../kernels/with-server.ts";
import { loginPrompt } from "../qemu/booted-guest.ts";
import { benchGuest, benchMachine, patience } from "./guests/held.ts";

const name = "ticks-bench";
const states = ["rests", "computes"] as const;

/** Of each state: how many ticks, and how late in ns the middle one, 99 of a hundred, and the latest were. */
type Lateness = ReadonlyMap<string, readonly number[]>;

async function measure(disk: string, cpus: number): Promise<Lateness> {
  const guest = await benchGuest({ ...benchMachine, disk, cpus });
  try {
    await guest.expect(loginPrompt, patience);
    guest.type("dev\n");
    await guest.expect(/Password: $/, patience);
    guest.type("dev\n");
    await guest.expect(/leivos\$ $/, patience);
    for (let tries = 0; tries < 120; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      guest.type(`log ${name}\n`);
      const { input, index } = await guest.expect(/leivos\$ $/, patience);
      const text = input.slice(0, index);
      if (/uncaught/.test(text)) throw new Failure(`bench ticks: ${text}`);
      if (!text.includes("bench-end")) continue;
      const lines = [...text.matchAll(/bench (\w+) (\d+) (\d+) (\d+) (\d+)/g)];
      return new Map(lines.map(([, state, ...rest]) => [state!, rest.map(Number)]));
    }
    throw new Failure("bench ticks: the guest did not come to an end");
  } finally {
    await guest.close();
  }
}

async function run({ runs, say }: BenchSettings) {
  const fields = { name, kernels: ["ci-ticker"], restart: { when: "never" } } as const;
  const disk = await diskWithServer("ci/bench/ticks/main.ts", fields, { netd_wait: "0" });
  const rows: { name: string; values: (number | undefined)[] }[] = [];
  for (const cpus of [1, 2]) {
    const taken: Lateness[] = [];
    for (let n = 1; n <= runs; n++) {
      say(`bench: ticks, ${cpus} processor(s), ${n} of ${runs}`);
      taken.push(await measure(disk, cpus));
    }
    for (const state of states) {
      const of = (place: number) =>
        median(taken.map((each) => (each.get(state)?.[place] ?? Number.NaN) / 1000));
      const processors = cpus === 1 ? "1 processor" : `${cpus} processors`;
      rows.push({
        name: `JavaScript ${state}, ${processors}`,
        values: [of(1), of(2), of(3)],
      });
    }
  }
  return {
    title: "ticks",
    unit: "µs late",
    columns: ["p50", "p99", "most"],
    rows,
    notes: [
      `q35, TCG; 1,000 ticks of a native thread, a millisecond apart; JavaScript computes 100 ms at a time; medians of ${runs} run(s).`,
      "Late is from the time that the thread has asked for to the nucleus's clock when it gives it a processor: runnable but not run, and what the timer takes.",
    ],
  };
}

export const benchmark: Benchmark = {
  summary: "how late a native thread's ticks are beside JavaScript",
  run,
};
