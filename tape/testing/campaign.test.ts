/** The campaign goes on behind a program that finds something, ends its process, or never ends, and tells each. */
import { fileURLToPath } from "node:url";
import test from "ava";
import { runCampaign } from "./campaign.ts";

const file = fileURLToPath(new URL("campaign-part.mjs", import.meta.url));
const soak = process.env.LEIVOS_CAMPAIGN === "soak";
/** One that never ends costs this much: in the long recipe alone. */
const patience = 20_000;

test("a campaign comes to its end", async (t) => {
  const count = soak ? 9 : 6;
  const { tried, problems } = await runCampaign(7, 0, count, false, () => {}, { file, patience });
  t.is(tried, count);
  const ends = problems.map((each) => each.split("\n")[0]);
  t.deepEqual(ends, [
    "seed 7: program 2 differs",
    "seed 7: program 4 did not end (9)",
    ...(soak ? ["seed 7: program 6 did not end (SIGKILL)"] : []),
  ]);
  t.regex(problems[1] ?? "", /fn main\(\)/);
});
