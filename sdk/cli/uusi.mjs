#!/usr/bin/env node
// Entry of the `uusi` command on any Node >= 20.19: goes on in the pinned Node, which strips types.
// Nothing here may need a package or a TypeScript file, since it must speak before set-up has run.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const node = join(root, "node_modules/.bin/node");

if (!existsSync(node)) {
  process.stderr.write("uusi: the pinned Node is not installed; run: node ci/setup.mjs\n");
  process.exit(2);
}
const main = join(root, "sdk/cli/main.ts");
const flags = ["--disable-warning=ExperimentalWarning"];
const child = spawnSync(node, [...flags, main, ...process.argv.slice(2)], { stdio: "inherit" });
process.exit(child.status ?? 1);
