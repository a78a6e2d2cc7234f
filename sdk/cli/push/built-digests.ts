// The digests of what the servers' sources make now: what is out of date is built first, and nothing else.
import { existsSync, readFileSync } from "node:fs";
import { Builder } from "../build/builder.ts";
import { withLock } from "../build/lock.ts";
import { compilerPath } from "../steps/compiler.ts";
import { bundleStep, bytecodePath, bytecodeStep, scriptPath } from "../steps/servers.ts";
import { Failure } from "../failure.ts";
import { sha256 } from "./pushed.ts";
import type { World } from "./server-code.ts";

/** SHA-256 in hexadecimal by server; a server that does not build has none. */
export async function builtDigests(
  names: readonly string[],
  world: World,
): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  if (!existsSync(compilerPath)) return digests;
  await withLock("build/build.lock", async () => {
    for (const name of names) {
      const steps = world === "sim" ? [bundleStep(name)] : [bundleStep(name), bytecodeStep(name)];
      try {
        await new Builder("build", () => undefined, false).build(steps);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        continue;
      }
      const path = world === "sim" ? scriptPath(name) : bytecodePath(name);
      digests.set(name, sha256(readFileSync(path)));
    }
  });
  return digests;
}
