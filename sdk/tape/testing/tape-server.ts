// A built system with one more server whose main.tape a test writes down.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../ci/setup/paths.mjs";
import { type ManifestFields, packManifest } from "../../contract/manifest.ts";
import { bundleServer } from "../../image/bundle.ts";
import { evaluate } from "../../image/constant-modules.ts";
import type { SystemImage } from "../../sim/system.ts";

/** The three files of a server. */
export interface TapeServer {
  /** Fields of the manifest but `serves`, as TypeScript. */
  readonly manifest: string;
  /** Methods of the contract that it serves as /svc/NAME, as TypeScript; none serves nothing. */
  readonly contract?: string;
  readonly main: string;
}

const fields =
  "array, bool, bytes, f64, handle, i8, i16, i32, i64, oneof, optional, string, struct, u8, u16, u32, u64";

/** Writes the server down; its folder. */
export function tapeServer(name: string, { manifest, contract, main }: TapeServer): string {
  const all = JSON.stringify([name, manifest, contract, main]);
  const hash = createHash("sha256").update(all).digest("hex").slice(0, 12);
  const folder = join(root, "build/tape-servers", hash);
  mkdirSync(folder, { recursive: true });
  const serves = contract === undefined ? "" : `serves: { "/svc/${name}": Served },`;
  const served = contract === undefined ? "" : 'import { Served } from "./contract.ts";\n';
  const files = {
    "main.tape": main,
    "main.ts": `import { runTape } from "../../../sdk/tape/run-tape.ts";\nimport program from "./main.tb";\nrunTape(program);\n`,
    "manifest.ts": `${served}export default { name: "${name}", budget: 12 << 20, ${serves} ${manifest} };\n`,
    ...(contract === undefined
      ? {}
      : {
          "contract.ts": `import { call, contract, event } from "../../../sdk/contract/contract.ts";
import * as field from "../../../sdk/contract/field.ts";
const { ${fields} } = field;
export const Served = contract("${name}", 1, ${contract});
`,
        }),
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

/** The system with the server in it. */
export async function withTapeServer(
  system: SystemImage,
  name: string,
  server: TapeServer,
): Promise<SystemImage> {
  const folder = tapeServer(name, server);
  const { script } = await bundleServer(join(folder, "main.ts"));
  const { exports } = await evaluate(join(folder, "manifest.ts"));
  const manifest = packManifest((exports as { default: ManifestFields }).default);
  const digest = createHash("sha256").update(script).digest("hex");
  const entry = { name, bundle: `bundle/${name}`, digest, scriptDigest: digest, manifest };
  return {
    ...system,
    bundles: { ...system.bundles, [name]: script },
    config: { ...system.config, servers: [...system.config.servers, entry] },
  };
}
