/** Every example runs on every runtime and prints what its `.txt` says. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import test from "ava";
import { runBoth } from "../testing/run.ts";

const folder = new URL(".", import.meta.url);
for (const name of readdirSync(folder).filter((n) => n.endsWith(".tape"))) {
  test(name, (t) => {
    const expected = new URL(name.replace(/\.tape$/, ".txt"), folder);
    t.true(existsSync(expected), `${name} has no expected output`);
    const shown = runBoth(readFileSync(new URL(name, folder), "utf8"));
    t.is(shown.output, readFileSync(expected, "utf8"));
    t.regex(shown.end, /^value/);
  });
}
