// Good, bad and rolled-back code in a random sequence in QEMU (servers/init/testing/bad-codes.ts, as on the simulated nucleus): each bad one is
// refused with its reason, the last good code answers after each and within 100 ms all the time, no handle stays. The waits are those of the
// guest's clock of instructions, with one processor. `just soak` alone: 200 steps, some of them a second long.
import test from "ava";
import {
  badBody,
  badCodes,
  badSequence,
  badTroubles,
  badWaits,
  first,
} from "../../servers/init/testing/bad-codes.ts";
import { bootedScene } from "./booted-scene.ts";

const size = Number(process.env["LEIVOS_SWAPS"] ?? 200);
const seed = Number(process.env["LEIVOS_SEED"] ?? 7);
/** No client waits longer, in ms. */
const LIMIT = 100;
const asked = process.env["LEIVOS_CAMPAIGN"] === "soak" ? test : test.skip;

asked(`${size} good and bad swaps in QEMU: the last good code always answers`, async (t) => {
  t.timeout(1_800_000);
  const sequence = badSequence(size, seed);
  const lines = await bootedScene({
    folder: "soak-bad-swaps",
    servers: [first],
    codes: badCodes(),
    body: badBody(sequence),
    without: ["netd", "httpd", "virtio-net", "e1000e"],
    patience: 1_700_000,
    cpus: 1,
  });
  const waits = badWaits(sequence, lines);
  t.log(`seed ${seed}; ${lines.at(-1)}`, waits);
  t.deepEqual(badTroubles(sequence, lines), []);
  for (const [name, ms] of Object.entries(waits)) t.true(ms <= LIMIT, `${name}: ${ms} ms`);
});
