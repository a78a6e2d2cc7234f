// One suite, two worlds: every case passes in both, and both ran the same cases. None is skipped.
import test from "ava";
import { cells } from "./cells.ts";
import { readTap } from "./tap.ts";
import { checkedVariant, inQemu, inSimulation } from "./worlds.ts";

test.serial("the simulated nucleus conforms, with 1 and with 8 processors", async (t) => {
  for (const cpus of [1, 8]) {
    const verdict = readTap(await inSimulation(cpus));
    t.is(verdict.bail, "");
    t.deepEqual(verdict.failed, [], `${cpus} processors`);
    t.is(verdict.names.length, verdict.planned);
    t.true(verdict.planned > 250);
    t.deepEqual(verdict.cells, cells, `${cpus} processors`);
  }
});

const soak = process.env.LEIVOS_CAMPAIGN === "soak" ? test.serial : test.serial.skip;

soak(
  "Uusi built with traps on undefined behaviour conforms, with 1 and with 8 processors",
  async (t) => {
    t.timeout(600_000);
    for (const cpus of [1, 8]) {
      const verdict = readTap(await inQemu(cpus, checkedVariant));
      t.is(verdict.bail, "");
      t.deepEqual(verdict.failed, [], `${cpus} processors`);
      t.is(verdict.names.length, verdict.planned);
    }
  },
);

test.serial("Uusi in QEMU conforms, and both worlds ran the same cases", async (t) => {
  t.timeout(300_000);
  const simulated = readTap(await inSimulation(2));
  const real = readTap(await inQemu(2));
  t.is(real.bail, "");
  t.deepEqual(real.failed, []);
  t.deepEqual(real.names, simulated.names);
  t.deepEqual(real.cells, cells);
  t.is(real.names.length, real.planned);
});
