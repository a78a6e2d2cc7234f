// A built system with one more server, which a test writes down as the code of its main.ts.
import { createHash } from "node:crypto";
import { type ManifestFields, packManifest } from "../../contract/manifest.ts";
import type { SystemImage } from "../system.ts";
import { serverScript } from "./server-script.ts";

/** `code` as in `serverScript`; `fields` are its manifest's, with 12 MiB unless they say more or less. */
export async function withServer(
  system: SystemImage,
  code: string,
  fields: ManifestFields,
): Promise<SystemImage> {
  const script = await serverScript(code);
  const digest = createHash("sha256").update(script).digest("hex");
  const { name } = fields;
  const manifest = packManifest({ budget: 12 << 20, ...fields });
  const entry = { name, bundle: `bundle/${name}`, digest, scriptDigest: digest, manifest };
  const { bundles, config } = system;
  return {
    ...system,
    bundles: { ...bundles, [name]: script },
    config: { ...config, servers: [...config.servers, entry] },
  };
}
