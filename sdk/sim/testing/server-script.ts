// The script of a server that a test writes down: bundled like every other, with the runtime's common names at hand.
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { root } from "../../../ci/setup/paths.mjs";
import { bundleServer } from "../../image/bundle.ts";

const imports = `
import { uusi } from "../../../sdk/runtime/binding.ts";
import { run } from "../../../sdk/runtime/run.ts";
import { exit, log, ready } from "../../../sdk/runtime/supervisor.ts";
import { after } from "../../../sdk/runtime/timers.ts";
void [uusi, run, exit, log, ready, after];
`;

let written = 0;

/** Bundles `code` as the main.ts of a server. */
export async function serverScript(code: string): Promise<string> {
  const name = createHash("sha256")
    .update(imports + code)
    .digest("hex")
    .slice(0, 12);
  const folder = join(root, "build/sim-servers", name);
  mkdirSync(folder, { recursive: true });
  const entry = join(folder, "main.ts");
  // Tests of several processes write down the same server: whoever bundles it must find all of it.
  if (!existsSync(entry)) {
    const own = join(folder, `${process.pid}.${++written}.tmp`);
    writeFileSync(own, imports + code);
    renameSync(own, entry);
  }
  return (await bundleServer(entry)).script;
}
