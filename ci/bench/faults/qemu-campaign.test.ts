// Injected faults of every kind in QEMU: the nucleus stands, and what ended comes back. `just soak` takes more.
import test from "ava";
import { freshSystem } from "../../../sdk/sim/testing/sim-guest.ts";
import { campaign } from "./campaign.ts";

const soak = process.env["LEIVOS_CAMPAIGN"] === "soak";
const size = soak ? 10_000 : 10;

test(`${size} faults in QEMU: whatever ended came back, and the nucleus stood`, async (t) => {
  t.timeout(soak ? 4 * 3_600_000 : 600_000);
  await freshSystem();
  const { tallies, failures } = await campaign({
    world: "QEMU",
    size,
    seed: 1,
    counted: soak,
    workers: soak ? 4 : 1,
    say: (line) => t.log(line),
  });
  let [injected, manifested, ends, recovered] = [0, 0, 0, 0];
  for (const [kind, tally] of tallies) {
    injected += tally.injected;
    manifested += tally.manifested;
    ends += tally.ends;
    recovered += tally.recovered;
    t.is(tally.panics, 0, kind);
  }
  t.true(injected > 0.5 * size, `${injected} of ${size} happened`);
  t.true(manifested >= 0.2 * injected, `${manifested} of ${injected} showed`);
  // Within 1 s is a figure of `uusi bench faults`; that all come back is what the campaign went on after.
  t.log(`${recovered} of ${ends} within 1 s`);
  // The machine is at another point in every run, and a message that init has said wrongly may end its receiver: that is counted, and no failure.
  for (const each of failures) t.regex(each, /^\d+: .* in \S+ ended /);
});
