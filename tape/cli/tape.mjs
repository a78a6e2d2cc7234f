#!/usr/bin/env node
// The `tape` command: starts `main.ts` on the pinned Node, which strips types itself.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
if (Number(process.versions.node.split(".")[0]) >= 22) await import(main);
else {
  const pinned = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url));
  if (!existsSync(pinned)) {
    process.stderr.write("tape: the pinned Node is missing; run `npm run setup`\n");
    process.exit(2);
  }
  const flags = ["--disable-warning=ExperimentalWarning", main, ...process.argv.slice(2)];
  const done = spawnSync(pinned, flags, { stdio: "inherit" });
  process.exit(done.status ?? 1);
}
