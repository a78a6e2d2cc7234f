// Flags: each way to give one, and each way to get one wrong.
import test from "ava";
import { Failure } from "./failure.ts";
import { type FlagTable, flagHelp, numberOf, parseFlags, wordOf } from "./flags.ts";

const table: FlagTable = {
  fast: { help: "a switch" },
  count: { value: "N", help: "a number" },
  name: { value: "TEXT", many: true, help: "repeatable" },
};
const parse = (...args: string[]) => parseFlags("demo", table, args);

test("switches, values in both spellings, repeats and the rest", (t) => {
  const given = parse("--fast", "--count", "3", "--name=a=b", "--name", "c", "file");
  t.true(given.switches.has("fast"));
  t.deepEqual(given.values.get("count"), ["3"]);
  t.deepEqual(given.values.get("name"), ["a=b", "c"]);
  t.deepEqual(given.rest, ["file"]);
});

const wrong: [string[], RegExp][] = [
  [["--cuont", "3"], /no flag --cuont; did you mean --count\?/],
  [["--something"], /no flag --something; see: npx uusi demo --help/],
  [["--toString"], /no flag --toString/],
  [["--count"], /--count needs a value: --count N/],
  [["--count="], /--count needs a value/],
  [["--count", "1", "--count", "2"], /--count is given twice/],
  [["--fast=yes"], /--fast takes no value/],
];
for (const [args, message] of wrong) {
  test(`refused: ${args.join(" ")}`, (t) => {
    const error = t.throws(() => parse(...args), { instanceOf: Failure, message });
    t.is(error.exitCode, 2);
    t.notRegex(error.message, /\n/, "one line");
  });
}

test("numbers are whole and in range", (t) => {
  const number = (text: string) => numberOf(parse("--count", text), "count", 1, 8);
  t.is(number("8"), 8);
  for (const text of ["0", "9", "1.5", "-1", "0x2", "many", " 1"]) {
    t.throws(() => number(text), { instanceOf: Failure, message: /from 1 to 8/ });
  }
  t.is(numberOf(parse(), "count", 1, 8), undefined);
});

test("words are of the list", (t) => {
  t.is(wordOf(parse("--count", "b"), "count", ["a", "b"]), "b");
  const message = "--count c is not known; use one of: a, b";
  t.throws(() => wordOf(parse("--count", "c"), "count", ["a", "b"]), { message });
});

test("the help names every flag once", (t) => {
  const lines = flagHelp(table).trimEnd().split("\n");
  t.deepEqual(lines, [
    "  --fast       a switch",
    "  --count N    a number",
    "  --name TEXT  repeatable",
  ]);
});
