// `uusi bench faults`: a campaign of fault injection into the simulated system; LEIVOS_CAMPAIGN=soak takes the full size.
import type { Benchmark, BenchTable } from "../../sdk/cli/bench/benchmark.ts";
import { freshSystem } from "../../sdk/sim/testing/sim-guest.ts";
import { campaign } from "./faults/campaign.ts";
import type { Tally } from "./faults/in-turn.ts";

const SIZE = process.env["LEIVOS_CAMPAIGN"] === "soak" ? 10_000 : 500;
const SEED = 1;
const columns: readonly (readonly [string, keyof Tally])[] = [
  ["injected", "injected"],
  ["showed", "manifested"],
  ["ended", "ends"],
  ["recovered", "recovered"],
  ["found silent", "hangs"],
  ["wrong answer", "wrong"],
  ["drivers of a lost bus", "drivers"],
  ["others ended", "others"],
  ["nucleus panics", "panics"],
  ["stuck", "stuck"],
];

export const benchmark: Benchmark = {
  summary: "faults injected into the simulated system, and what came of them",
  async run({ say }): Promise<BenchTable> {
    await freshSystem();
    const { tallies, failures } = await campaign({ size: SIZE, seed: SEED, say });
    return {
      title: `${SIZE} faults, seed ${SEED}`,
      unit: "number",
      columns: columns.map(([name]) => name),
      rows: [...tallies].map(([name, tally]) => ({
        name,
        values: columns.map(([, key]) => tally[key]),
      })),
      notes: [
        `The system did not go on by itself after ${failures.length} of them.`,
        ...failures,
        "Victims are drawn evenly from all servers but init. A bit flip changes 16 bits in blocks of the engine's heap. Recovered: started again within 1 s of virtual time, and ready.",
      ],
    };
  },
};
