// The built system's bundles and configuration, as the simulated machine takes them: the scripts in place of the bytecode, and the
// configuration as it stands (it names the digests of both). Everything else is what the disk image has.
import { readFileSync } from "node:fs";
import { standardVariant, type Variant } from "../cli/build/step.ts";
import { configurationPath } from "../cli/steps/configuration.ts";
import { filesFolder, filesPath } from "../cli/steps/files.ts";
import { kernelPath, kernels } from "../cli/steps/kernels.ts";
import { scriptPath, serverNames } from "../cli/steps/servers.ts";
import type { SimImage } from "./image.ts";

/** A configuration as sdk/cli/steps/configuration.ts writes it. */
export interface SystemConfiguration {
  servers: {
    name: string;
    bundle: string;
    digest: string;
    scriptDigest: string;
    manifest: unknown;
  }[];
  accounts: unknown[];
  development: boolean;
}

/** A whole system for `Machine.boot`. */
export interface SystemImage extends SimImage {
  config: SystemConfiguration;
}

/** What `uusi build` has made. */
export function builtSystem(variant: Variant = standardVariant): SystemImage {
  const bundles: Record<string, string> = {};
  for (const name of serverNames()) {
    if (!variant.without.includes(name)) bundles[name] = readFileSync(scriptPath(name), "utf8");
  }
  const config = JSON.parse(
    readFileSync(configurationPath(variant), "utf8"),
  ) as SystemConfiguration;
  const files: Record<string, Uint8Array> = {};
  for (const { name } of config.servers) {
    if (filesFolder(variant, name) !== undefined)
      files[name] = readFileSync(filesPath(variant, name));
  }
  const code: Record<string, Uint8Array> = {};
  for (const name of kernels().keys()) code[name] = readFileSync(kernelPath(name));
  return { bundles, config, files, kernels: code };
}
