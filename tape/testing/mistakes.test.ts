/** What typical mistakes are told: each message names the mistake's line and, nearly always, what to write instead. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import test from "ava";
import { compileFile } from "../compile.ts";
import { formatHuman } from "../source/diagnostic.ts";
import { mistakes } from "./mistakes.ts";
import { tableReader } from "./run.ts";

const file = new URL("golden/mistakes.txt", import.meta.url);

const told = (text: string): string => {
  const { list } = compileFile("test.tape", tableReader(), { text, main: false }).report;
  return list.map(formatHuman).join("");
};

test("there are fifty of them, and each is an error", (t) => {
  t.true(new Set(mistakes.map(([name]) => name)).size >= 50);
  t.deepEqual(
    mistakes.filter(([, text]) => told(text) === "").map(([name]) => name),
    [],
  );
});

test("most come with advice", (t) => {
  const without = mistakes.filter(([, text]) => !told(text).includes("= help:"));
  t.log(`without: ${without.map(([name]) => name).join(", ")}`);
  t.true(without.length <= 12);
});

test("messages are those of today (TAPE_GOLDEN=write renews them)", (t) => {
  const now = mistakes.map(([name, text]) => `# ${name}\n${told(text)}`).join("\n");
  if (process.env.TAPE_GOLDEN === "write" || !existsSync(file)) writeFileSync(file, now);
  t.is(readFileSync(file, "utf8"), now);
});
