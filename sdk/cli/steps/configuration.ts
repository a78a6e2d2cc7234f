// The image's configuration: accounts, and each server with its digests and its manifest.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ManifestFields, PackedManifest } from "../../contract/manifest.ts";
import { developmentAccount, type ImageAccount } from "../../image/development-account.ts";
import type { Step, Variant } from "../build/step.ts";
import { Failure } from "../failure.ts";
import { checkKernels } from "./kernels.ts";
import { bytecodePath, scriptPath, serverNames } from "./servers.ts";

/** Where the configuration ends up. */
export const configurationPath = (variant: Variant) => join(variant.out, "config.json");

/** init is started by the nucleus; all others by init, from their manifests. */
const startedByNucleus = "init";

const digestOf = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** Reads a manifest, with the checks that init makes, so that a fault shows when it is built. */
async function manifestOf(name: string): Promise<PackedManifest> {
  const { checkManifest, packManifest } = await import("../../contract/manifest.ts");
  const path = `servers/${name}/manifest.ts`;
  const module = (await import(pathToFileURL(resolve(path)).href)) as { default?: ManifestFields };
  if (module.default === undefined) {
    throw new Failure(`${path} exports no manifest; write: export default manifest({ ... })`);
  }
  const packed = packManifest(module.default);
  checkKernels(name, packed.kernels ?? []);
  const problems = checkManifest(packed, readFileSync(path, "utf8"));
  if (problems.length === 0 && packed.files === true && !existsSync(`servers/${name}/files`)) {
    throw new Failure(`${path}: \`files\` needs a folder; make servers/${name}/files`);
  }
  if (problems.length === 0) return packed;
  throw new Failure(problems.map((each) => `${path}:${each.line}: ${each.sentence}`).join("\n"));
}

/** The configuration's steps. */
export function configurationSteps(variant: Variant, accounts: ImageAccount[]): Step[] {
  const names = serverNames().filter(
    (name) => name !== startedByNucleus && !variant.without.includes(name),
  );
  const manifests = names
    .flatMap((name) => [`servers/${name}/manifest.ts`, `servers/${name}/contract.ts`])
    .filter((path) => existsSync(path));
  const scripts = names.flatMap((name) => [scriptPath(name), bytecodePath(name)]);
  const output = configurationPath(variant);
  const everyone = variant.development ? [developmentAccount, ...accounts] : accounts;
  return [
    {
      name: "configuration",
      inputs: [...manifests, "sdk/contract/manifest.ts", ...scripts],
      outputs: [output],
      key: JSON.stringify([names, everyone, variant.development]),
      action: async () => {
        const servers = [];
        for (const name of names) {
          const manifest = await manifestOf(name);
          if (manifest.development === true && !variant.development) continue;
          servers.push({
            name,
            bundle: `bundle/${name}`,
            digest: digestOf(bytecodePath(name)),
            scriptDigest: digestOf(scriptPath(name)),
            manifest,
          });
        }
        const text = { accounts: everyone, servers, development: variant.development };
        writeFileSync(output, `${JSON.stringify(text)}\n`);
      },
    },
  ];
}
