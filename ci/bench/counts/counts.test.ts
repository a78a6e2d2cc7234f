// The count gate: no hot path of the nucleus takes more instructions than recorded, but for 3 %. A change that is meant
// is recorded by `node ci/bench/counts/record.ts`.
import test from "ava";
import { countPaths, countTypeScript } from "./count.ts";
import { exceeded, lastCounts, readHistory, withLine } from "./history.ts";

test("a record grows by lines and columns, and its last line counts", (t) => {
  let text = withLine("after\n", "a1", new Map([["call", 100]]));
  text = withLine(
    text,
    "b2",
    new Map([
      ["call", 90],
      ["send", 50],
    ]),
  );
  t.is(text, "after\tcall\tsend\na1\t100\t-\nb2\t90\t50\n");
  t.deepEqual(
    [...lastCounts(text)],
    [
      ["call", 90],
      ["send", 50],
    ],
  );
  t.throws(() => lastCounts("after\tcall\na1\t-\n"), { message: /does not fit/ });
});

test("three per cent more pass, beyond that and what is gone do not", (t) => {
  const recorded = new Map([
    ["call", 1000],
    ["send", 50],
  ]);
  t.deepEqual(
    exceeded(
      recorded,
      new Map([
        ["call", 1030],
        ["send", 1],
      ]),
    ),
    [],
  );
  t.deepEqual(exceeded(recorded, new Map([["call", 1031]])), [
    "call takes 1031 instructions, recorded are 1000",
    "send is not measured any more",
  ]);
});

test("no hot path takes more instructions than recorded", async (t) => {
  t.timeout(240_000);
  const recorded = lastCounts(readHistory());
  const counted = new Map([...(await countPaths()), ...(await countTypeScript())]);
  for (const [name, count] of counted) t.log(`${name}: ${count} (${recorded.get(name) ?? "new"})`);
  t.deepEqual(exceeded(recorded, counted), []);
  t.true(recorded.size >= 18);
});
