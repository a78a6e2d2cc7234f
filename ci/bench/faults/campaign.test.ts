// Injected faults of every kind: the nucleus stands, what ended comes back, nobody else ends; and the campaign repeats.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { freshSystem } from "../../../sdk/sim/testing/sim-guest.ts";
import { campaign } from "./campaign.ts";
import { simChapter } from "./chapter.ts";
import type { Outcome } from "./in-turn.ts";
import { dropMessage, randomNumbers, simKinds } from "./injection.ts";
import { operations } from "../../../sdk/abi/table.ts";

/** `just soak` takes more. */
const size = process.env["LEIVOS_CAMPAIGN"] === "soak" ? 1000 : 36;

test(`${size} faults: whatever ended came back, and nothing else ended`, async (t) => {
  await freshSystem();
  const { tallies, failures } = await campaign({ world: "simulated", size, seed: 3 });
  let [injected, manifested] = [0, 0];
  for (const [kind, tally] of tallies) {
    injected += tally.injected;
    manifested += tally.manifested;
    t.true(tally.injected > 0, kind);
    t.is(tally.panics, 0, kind);
    t.is(tally.others, 0, kind);
    t.true(tally.recovered >= 0.99 * tally.ends, `${kind}: ${JSON.stringify(tally)}`);
  }
  t.true(manifested >= 0.2 * injected, `${manifested} of ${injected} showed`);
  t.deepEqual(failures, []);
});

test("a campaign repeats", async (t) => {
  await freshSystem();
  const some = () => campaign({ world: "simulated", size: 12, seed: 5 });
  t.deepEqual(await some(), await some());
});

test("an injection that does not end is ended and counted", async (t) => {
  await freshSystem();
  const work = { from: 7, to: 9, seed: 5, kinds: simKinds };
  const outcomes = await simChapter(work, 20); // shorter than any start of a machine
  t.deepEqual(
    outcomes.map(({ index, tally }) => [index, tally.injected, tally.stuck]),
    [
      [7, 1, 1],
      [8, 1, 1],
    ],
  );
});

test("a campaign goes on behind the chapters that are kept", async (t) => {
  await freshSystem();
  const folder = mkdtempSync(join(tmpdir(), "leivos-faults-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const some = (size: number) => campaign({ world: "simulated", size, seed: 5, folder });
  const first = await some(2);
  const [name] = readdirSync(folder);
  t.is(name, "simulated-5-0-2.json");
  const path = join(folder, name!);
  const kept = JSON.parse(readFileSync(path, "utf8")) as Outcome[];
  t.is(kept.length, 2);
  writeFileSync(path, JSON.stringify([kept[0], { ...kept[1], failure: "read, not run" }]));
  t.deepEqual(await some(2), { ...first, failures: ["read, not run"] });
});

test("a dropped message becomes an entry that nobody receives", (t) => {
  const submissions = new Uint8Array(48);
  const view = new DataView(submissions.buffer);
  view.setUint32(0, 48, true);
  view.setUint16(4, operations.SEND, true);
  t.true(dropMessage(submissions, randomNumbers(1)));
  t.is(view.getUint16(4, true), operations.CANCEL);
  t.false(dropMessage(submissions, randomNumbers(1)), "it is no message any more");
});
