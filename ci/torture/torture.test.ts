// The nucleus under attack, on 1, 2 and 4 processors: every case of the torture program passes, and gives back
// what it took. Small here; `just soak ci/torture/torture.test.ts` runs the stated sizes, on 8 processors too.
import test from "ava";
import { readTap } from "../conformance/tap.ts";
import { checkedVariant } from "../conformance/worlds.ts";
import { tortureDisks } from "./disk.ts";
import { type Disks, startTorture } from "./machine.ts";

const isSoak = process.env.LEIVOS_CAMPAIGN === "soak";
const seed = process.env.LEIVOS_SEED ?? "1";
/** Of every case; 100 makes a million hostile calls, 10 a hundred hogs. */
const scale = process.env.LEIVOS_SCALE ?? (isSoak ? "100" : "1");
/** A case's number, to look at it alone. */
const only = process.env.LEIVOS_CASE ?? "0";
/** A guard only. */
const patience = isSoak ? 3_600_000 : 300_000;

async function torture(disks: Disks, name: string, cpus: number, more = {}, processor?: string) {
  const options = { torture_seed: seed, torture_scale: scale, torture_only: only, ...more };
  const guest = await startTorture(disks, name, cpus, options, processor);
  try {
    await guest.expect(/^(?:# done|# Bail out!.*|halted)\r?\n/m, patience);
    return guest.transcript.text;
  } finally {
    await guest.close();
  }
}

let disks: Disks;
test.before(async () => {
  disks = await tortureDisks();
});

for (const cpus of isSoak ? [1, 2, 4, 8] : [1, 2, 4]) {
  test.serial(`the nucleus withstands the torture program on ${cpus} processors`, async (t) => {
    t.timeout(patience + 60_000);
    // On one processor a million hostile calls and a hundred hogs take a few seconds, so they always run there.
    const text = await torture(disks, `cpus-${cpus}`, cpus, {
      torture_whole: cpus === 1 ? "1" : "0",
    });
    const verdict = readTap(text);
    const remarks = text
      .split(/\r?\n/)
      .filter((line) => line.startsWith("# ") && line !== "# done");
    t.is(verdict.bail, "");
    t.deepEqual(remarks, []);
    t.deepEqual(verdict.failed, []);
    t.is(verdict.names.length, verdict.planned);
    t.true(verdict.planned >= 1);
  });
}

test.serial("it withstands it with tables of user mode's own, on an Intel model", async (t) => {
  t.timeout(patience + 60_000);
  const verdict = readTap(await torture(disks, "tables", 2, {}, "Skylake-Client"));
  t.is(verdict.bail, "");
  t.deepEqual(verdict.failed, []);
  t.is(verdict.names.length, verdict.planned);
});

const soak = isSoak ? test.serial : test.serial.skip;

soak("the nucleus built with traps on undefined behaviour withstands it, too", async (t) => {
  t.timeout(patience + 60_000);
  const verdict = readTap(await torture(await tortureDisks(checkedVariant), "checks", 4));
  t.is(verdict.bail, "");
  t.deepEqual(verdict.failed, []);
  t.is(verdict.names.length, verdict.planned);
});
