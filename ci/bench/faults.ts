// `uusi bench faults`: campaigns of fault injection into the system, on the simulated nucleus and in QEMU; LEIVOS_CAMPAIGN=soak takes the full size.
import type { Benchmark, BenchTable } from "../../sdk/cli/bench/benchmark.ts";
import { freshSystem } from "../../sdk/sim/testing/sim-guest.ts";
import { type Campaign, campaign, qemuCampaign } from "./faults/campaign.ts";
import type { Tally } from "./faults/in-turn.ts";

const soak = process.env["LEIVOS_CAMPAIGN"] === "soak";
/** LEIVOS_FAULTS takes another size: an injection into QEMU takes about 2 s. */
const given = Number(process.env["LEIVOS_FAULTS"]);
const SIZE = given || (soak ? 10_000 : 500);
const QEMU_SIZE = given || (soak ? 10_000 : 100);
const SEED = 1;
const columns: readonly (readonly [string, keyof Tally])[] = [
  ["injected", "injected"],
  ["showed", "manifested"],
  ["ended", "ends"],
  ["recovered", "recovered"],
  ["found silent", "hangs"],
  ["wrong or no answer", "wrong"],
  ["those that need it ended", "dependents"],
  ["others ended", "others"],
  ["nucleus panics", "panics"],
  ["stuck", "stuck"],
];

const rows = (world: string, { tallies }: Campaign) =>
  [...tallies].map(([name, tally]) => ({
    name: `${name}, ${world}`,
    values: columns.map(([, key]) => tally[key]),
  }));

export const benchmark: Benchmark = {
  summary: "faults injected into the running system, and what came of them",
  async run({ say }): Promise<BenchTable> {
    await freshSystem();
    const simulated = await campaign({ size: SIZE, seed: SEED, say });
    const booted = await qemuCampaign({ size: QEMU_SIZE, seed: SEED, say });
    return {
      title: `${SIZE} faults on the simulated nucleus, ${QEMU_SIZE} in QEMU, seed ${SEED}`,
      unit: "number",
      columns: columns.map(([name]) => name),
      rows: [...rows("simulated", simulated), ...rows("QEMU", booted)],
      notes: [
        "Victims are drawn evenly from all running servers, init among them. Flips are 16 bits, in QEMU in pages that the victim has just used.",
        "Recovered: started again within 1 s, and ready. A fault of a message that nobody sent in time is none.",
        `The system did not go on by itself, or others ended, after ${simulated.failures.length} and ${booted.failures.length} of them.`,
        ...simulated.failures,
        ...booted.failures,
      ],
    };
  },
};
