// The README's map names every folder that a reader meets first, and none that is not there.
import { existsSync, readFileSync } from "node:fs";
import test from "ava";
import { treeFiles } from "./source-tree.ts";

/** Folders whose parts have their own line in the map. */
const opened = ["servers", "sdk", "nucleus"];

function expectedFolders(): string[] {
  const folders = new Set<string>();
  for (const path of treeFiles()) {
    const [top, part, ...rest] = path.split("/");
    if (part === undefined || top!.startsWith(".")) continue;
    folders.add(`${top}/`);
    if (opened.includes(top!) && rest.length > 0) folders.add(`${top}/${part}/`);
  }
  return [...folders].sort();
}

test("the folder map of the README is complete and true", (t) => {
  const readme = readFileSync("README.md", "utf8");
  const rows = [...readme.matchAll(/^\| `([a-z0-9-]+\/(?:[a-z0-9_-]+\/)?)` *\| *(.+?) *\|$/gm)];
  t.deepEqual(rows.map(([, folder]) => folder!).sort(), expectedFolders());
  for (const [, folder, sentence] of rows) {
    t.true(existsSync(folder!), folder);
    t.regex(sentence!, /^[^.]{10,}\.$/, `${folder}: one sentence`);
  }
});
