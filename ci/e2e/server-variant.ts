// Another code of a server with the same work, to be swapped in.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytecode, type ServerCode, serverCode } from "../../sdk/cli/push/server-code.ts";
import { bundleServer } from "../../sdk/image/bundle.ts";
import { root } from "../setup/paths.mjs";

/** A server's sources with statements after them. `name`: of the variant, for its files. */
export async function variantOf(server: string, name: string, after: string): Promise<ServerCode> {
  const folder = join(root, "build/swap-variants");
  mkdirSync(folder, { recursive: true });
  const entry = join(folder, `${name}.ts`);
  writeFileSync(entry, `import "../../servers/${server}/main.ts";\n${after}\n`);
  const { script } = await bundleServer(entry);
  const { manifest, sources } = await serverCode(server, "uusi");
  return { name: server, code: await bytecode(name, script), manifest, sources };
}
