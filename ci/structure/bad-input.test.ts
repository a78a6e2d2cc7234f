// The table of bad input names tests that are there.
import { existsSync, readFileSync } from "node:fs";
import test from "ava";

const table = readFileSync("servers/netd/bad-input.md", "utf8");

test("each test that the table of bad input names is in its file", (t) => {
  const named = [...table.matchAll(/`([^`]+\.test\.ts)`: "([^"]+)"/g)];
  t.true(named.length > 30, `${named.length} are named`);
  for (const [, file = "", title = ""] of named) {
    t.true(existsSync(file), file);
    t.true(readFileSync(file, "utf8").includes(`"${title}"`), `${file}: ${title}`);
  }
  // A row without a test shows nothing.
  const rows = table.split("\n").filter((line) => /^\| (?!input|---)/.test(line));
  for (const row of rows) t.regex(row, /\.test\.ts`: "/, row);
});
