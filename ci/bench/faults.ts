// `uusi bench faults`: campaigns of fault injection into the system, on the simulated nucleus and in QEMU. The environment chooses more:
// LEIVOS_CAMPAIGN=soak the full size, LEIVOS_FAULTS=N or N,M the sizes (simulated, QEMU), LEIVOS_FAULTS_SEED=N, LEIVOS_FAULTS_KEPT=FOLDER
// where what is over is kept, so that a campaign that was cut off, or gets a larger size, goes on from there, LEIVOS_FAULTS_MACHINES=N how
// many machines run in QEMU at a time (2): each mostly waits.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Benchmark, BenchTable } from "../../sdk/cli/bench/benchmark.ts";
import { standardVariant } from "../../sdk/cli/build/step.ts";
import { bootImagePath } from "../../sdk/cli/steps/boot-image.ts";
import { freshSystem } from "../../sdk/sim/testing/sim-guest.ts";
import { type Campaign, campaign } from "./faults/campaign.ts";
import type { Tally } from "./faults/in-turn.ts";

const env = process.env;
const soak = env["LEIVOS_CAMPAIGN"] === "soak";
const given = env["LEIVOS_FAULTS"] ?? (soak ? "10000" : "500,100");
const [SIZE = 0, QEMU_SIZE = SIZE] = given.split(",").map(Number);
const MACHINES = Number(env["LEIVOS_FAULTS_MACHINES"] ?? 2);
const SEED = Number(env["LEIVOS_FAULTS_SEED"] ?? 1);
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

const drawn = (world: string, { victims }: Campaign) =>
  `Faults a server, ${world}: ${[...victims].map(([name, number]) => `${name} ${number}`).join(", ")}.`;

/** What the system gave is of that system alone. */
function folder(): string | undefined {
  const given = env["LEIVOS_FAULTS_KEPT"];
  if (given === undefined) return undefined;
  const digest = createHash("sha256")
    .update(readFileSync(bootImagePath(standardVariant)))
    .digest("hex");
  return join(given, digest.slice(0, 12));
}

export const benchmark: Benchmark = {
  summary: "faults injected into the running system, and what came of them",
  async run({ say }): Promise<BenchTable> {
    await freshSystem();
    const kept = folder();
    const settings = { seed: SEED, say, ...(kept === undefined ? {} : { folder: kept }) };
    const workers = Math.min(availableParallelism(), 4);
    const simulated = await campaign({ ...settings, world: "simulated", size: SIZE, workers });
    const booted = await campaign({
      ...settings,
      world: "QEMU",
      size: QEMU_SIZE,
      counted: true,
      workers: MACHINES,
    });
    return {
      title: `${SIZE} faults on the simulated nucleus, ${QEMU_SIZE} in QEMU, seed ${SEED}`,
      unit: "number",
      columns: columns.map(([name]) => name),
      rows: [...rows("simulated", simulated), ...rows("QEMU", booted)],
      notes: [
        "Victims are drawn evenly from all running servers, init among them. Flips are 16 bits, in QEMU in pages that the victim has just used.",
        "Recovered: started again within 1 s, and ready. A fault of a message that nobody sent in time is none.",
        drawn("simulated", simulated),
        drawn("QEMU", booted),
        `The system did not go on by itself, or others ended, after ${simulated.failures.length} and ${booted.failures.length} of them.`,
        ...simulated.failures,
        ...booted.failures,
      ],
    };
  },
};
