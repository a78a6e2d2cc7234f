#!/usr/bin/env node
// Entry of the `uusi` command on any Node >= 20.19: goes on in the pinned Node, which strips types.
// Nothing here may need a package or a TypeScript file, since it must speak before set-up has run.
import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const node = join(root, "node_modules/.bin/node");
const main = join(root, "sdk/cli/main.ts");
const [command, ...rest] = process.argv.slice(2);

if (!existsSync(node)) {
  if (command === "doctor") {
    const { doctor } = await import("../../ci/setup/doctor.mjs");
    process.exit(doctor(rest.includes("--json")));
  }
  process.stderr.write("uusi: the pinned Node is not installed; run: node ci/setup.mjs\n");
  process.exit(2);
}
if (realpathSync(process.execPath) === realpathSync(node)) {
  // Type stripping works without a flag, and would otherwise warn that it is new.
  process.removeAllListeners("warning");
  await import(main);
} else {
  const quiet = "--disable-warning=ExperimentalWarning";
  const child = spawn(node, [quiet, main, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("exit", (code) => process.exit(code ?? 1));
}
