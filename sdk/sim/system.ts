// The built system's bundles and configuration, as the simulated machine takes them: the scripts in place of the bytecode, their digests
// in place of the bytecode's. Everything else is what the disk image has.
import { readFileSync } from "node:fs";
import { standardVariant, type Variant } from "../cli/build/step.ts";
import { configurationPath } from "../cli/steps/configuration.ts";
import { scriptPath, serverNames } from "../cli/steps/servers.ts";
import type { SimImage } from "./image.ts";

interface ServerEntry {
  name: string;
  digest: string;
  scriptDigest: string;
}

/** What `uusi build` has made. `change` may replace, add or take away scripts by name. */
export function builtSystem(variant: Variant = standardVariant): Required<SimImage> {
  const bundles: Record<string, string> = {};
  for (const name of serverNames()) {
    if (!variant.without.includes(name)) bundles[name] = readFileSync(scriptPath(name), "utf8");
  }
  const config = JSON.parse(readFileSync(configurationPath(variant), "utf8")) as {
    servers: ServerEntry[];
  };
  for (const server of config.servers) server.digest = server.scriptDigest;
  return { bundles, config };
}
