// Injected faults of every kind: the nucleus stands, what ended comes back, nobody else ends; and the campaign repeats.
import test from "ava";
import { freshSystem } from "../../../sdk/sim/testing/sim-guest.ts";
import { campaign } from "./campaign.ts";
import { dropMessage, randomNumbers } from "./injection.ts";
import { operations } from "../../../sdk/abi/table.ts";

/** `just soak` takes more. */
const size = process.env["LEIVOS_CAMPAIGN"] === "soak" ? 1000 : 60;

test(`${size} faults: whatever ended came back, and nothing else ended`, async (t) => {
  await freshSystem();
  const { tallies, failures } = await campaign({ size, seed: 3 });
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
  const some = () => campaign({ size: 12, seed: 5 });
  t.deepEqual(await some(), await some());
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
