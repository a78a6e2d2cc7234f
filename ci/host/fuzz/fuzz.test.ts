// Each target runs its recorded inputs and is fuzzed for 10 s, and on until 95 % of the recorded edges are reached again.
// `just soak ci/host/fuzz/fuzz.test.ts` fuzzes for ten minutes a target.
import test from "ava";
import { buildSanitized } from "../sanitized.ts";
import { Corpus, recordedEdges } from "./corpus.ts";
import { targets } from "./targets.ts";

const slice = process.env.LEIVOS_CAMPAIGN === "soak" ? 600 : 10;
/** Slices after which a target that does not get there has lost something: a guard. */
const most = 6;

for (const { name, sources, longest } of targets) {
  // one after the other: two at once have half of their time each
  test.serial(`${name}: what was reached before is reached again, and nothing breaks`, (t) => {
    t.timeout(slice * most * 1000 + 180_000);
    const recorded = recordedEdges().get(name) ?? Number.NaN;
    const program = buildSanitized(sources, true);
    t.teardown(() => program.close());
    const corpus = Corpus.of(name);
    t.teardown(() => corpus.close());
    let edges = 0;
    let slices = 0;
    do {
      edges = Math.max(edges, corpus.fuzz(program, longest, slice));
      slices++;
    } while (edges < 0.95 * recorded && slices < most);
    const share = Math.round((100 * edges) / recorded);
    t.log(`${edges} edges of ${recorded} recorded (${share} %), after ${slice * slices} s`);
    t.true(edges >= 0.95 * recorded);
  });
}
