// The count gate of the network's path: no process takes more instructions for a round trip than recorded, but for a quarter (history.ts says why). A change that is meant
// is recorded by `node --import=./tape/embed/register.ts ci/bench/counts/record.ts network`.
import test from "ava";
import { whyNoLinuxNet } from "../../peers/linux-net.ts";
import { countRoundTrip } from "../net/count.ts";
import { exceeded, lastCounts, networkPath, networkTolerance, readHistory } from "./history.ts";

test("no round trip over the network takes more instructions than recorded", async (t) => {
  t.timeout(600_000);
  const recorded = lastCounts(readHistory(networkPath));
  t.true(recorded.size >= 3);
  const why = whyNoLinuxNet();
  if (why !== undefined) {
    t.log(`not measured: ${why}`);
    return;
  }
  const counted = await countRoundTrip();
  for (const [name, count] of counted) t.log(`${name}: ${count} (${recorded.get(name) ?? "new"})`);
  t.deepEqual(exceeded(recorded, counted, networkTolerance), []);
});
