/** The library: every example on both runtimes, every public function shown, every module without errors. */
import { readdirSync, readFileSync } from "node:fs";
import test from "ava";
import { runBoth } from "../testing/run.ts";
import { exampleProgram, examples } from "./examples.ts";
import { libraryText, publicFunctions } from "./reference.ts";

for (const [name, list] of Object.entries(examples)) {
  test(`${name}: examples`, (t) => {
    for (const [code, want] of list) {
      const shown = runBoth(exampleProgram(code));
      t.is(shown.output.replace(/\n$/, ""), want, code);
      t.regex(shown.end, /^value/, code);
    }
  });
  test(`${name}: every public function has an example`, (t) => {
    const all =
      list.map(([code]) => code).join(" ") +
      (["list", "map", "set"].includes(name) ? " make(" : "");
    t.deepEqual(
      publicFunctions(name)
        .map((f) => f.name)
        .filter((f) => !["next"].includes(f) && !new RegExp(`\\b${f}\\(`).test(all)),
      [],
    );
  });
}

test("every module is shown", (t) => {
  const modules = readdirSync(new URL(".", import.meta.url))
    .filter((n) => n.endsWith(".tape"))
    .map((n) => n.replace(".tape", ""));
  // what compiled code calls, and the systems below it
  const inner = ["rt", "rt_dyn", "rt_ops", "decimal", "uefi", "uusi"];
  t.deepEqual(modules.filter((m) => !inner.includes(m)).sort(), Object.keys(examples).sort());
});

test("library.md is up to date", (t) => {
  t.is(readFileSync(new URL("../spec/library.md", import.meta.url), "utf8"), libraryText());
});
