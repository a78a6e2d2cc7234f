// What no file may contain or be called, so that the checkout builds anywhere and reads well.
import { readFileSync } from "node:fs";
import test from "ava";
import { treeFiles } from "./source-tree.ts";

const files = treeFiles();
const isText = (path: string) => /\.(ts|mjs|json|md|c|h|asm|ld|tape)$/.test(path);

test("no file is named for being a collection", (t) => {
  const vague = files.filter((path) =>
    /(^|\/)(utils?|common|helpers?|misc)(\.[a-z]+|\/)/.test(path),
  );
  t.deepEqual(vague, []);
});

test("no file names a path of the machine that it was written on", (t) => {
  const machine = new RegExp(`["'\`( ]/(?:${["root", "work", "home"].join("|")})/`);
  const found = files.filter((path) => isText(path) && machine.test(readFileSync(path, "utf8")));
  t.deepEqual(found, []);
});

test("the lockfile names no registry", (t) => {
  t.notRegex(readFileSync("package-lock.json", "utf8"), /"resolved":/);
});

test("no server makes an array with holes", (t) => {
  // The simulated engine writes over other memory when something is pushed to one (docs/decisions/007-simulated-engine.md).
  const served = files.filter(
    (path) => /^(servers|tape|sdk)\/.*\.ts$/.test(path) && !/test\.ts$|\/testing\//.test(path),
  );
  const holes = /\bnew Array\((?!\.\.\.)[^()]*(?:\([^()]*\))?[^()]*\)(?!\.fill\()/;
  t.deepEqual(
    served.filter((path) => holes.test(readFileSync(path, "utf8"))),
    [],
  );
  t.regex("a = new Array(f(n) + 1);", holes);
  t.notRegex("a = new Array(n).fill(0);", holes);
});
