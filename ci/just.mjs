#!/usr/bin/env node
// `npx just`: runs the pinned command runner, whose package holds a bare program.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./setup/paths.mjs";

const program = join(root, "node_modules/rust-just-linux-x64/bin/just");
const { status, error } = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
if (error)
  process.stderr.write(`just is not installed (${error.message}); run: node ci/setup.mjs\n`);
process.exit(status ?? 1);
