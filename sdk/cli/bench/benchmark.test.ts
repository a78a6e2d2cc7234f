// The table of a benchmark as text, its medians, and the command's refusals.
import test from "ava";
import { command } from "../commands/bench.ts";
import { median, tableText } from "./benchmark.ts";

test("the median", (t) => {
  t.is(median([]), undefined);
  t.is(median([3]), 3);
  t.is(median([9, 1, 2]), 2);
  t.is(median([9, 1, 2, 4]), 3);
});

test("a table has one line for each row, aligned, with a dash for what is missing", (t) => {
  const text = tableText({
    title: "boot",
    unit: "ms",
    columns: ["LeivOS", "peer"],
    rows: [
      { name: "first", values: [1.234, 12.34] },
      { name: "a longer one", values: [1234.5, undefined] },
    ],
    notes: ["Notes."],
  });
  t.deepEqual(text.split("\n"), [
    "boot (ms)",
    "",
    "              LeivOS  peer",
    "first           1.23  12.3",
    "a longer one    1235     -",
    "",
    "Notes.",
    "",
  ]);
});

test("an unknown benchmark or flag is refused with what there is", async (t) => {
  const run = async (...args: string[]) => command.run(args);
  await t.throwsAsync(run("boots"), { message: /no benchmark "boots"; there are: .*boot/ });
  await t.throwsAsync(run("--icont"), { message: /did you mean --icount/ });
  await t.throwsAsync(run("boot", "--runs", "0"), { message: /not a whole number from 1/ });
});
