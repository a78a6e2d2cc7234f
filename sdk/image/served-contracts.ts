// Which contract stands behind a name of /svc or /dev, and in which file of the tree: from the manifests, at build time.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../ci/setup/paths.mjs";
import type { Contract, Methods } from "../contract/contract.ts";
import type { ManifestFields } from "../contract/manifest.ts";
import { evaluate, isContract } from "./constant-modules.ts";

/** A contract and where it is. */
export interface Found {
  /** The name's last part: what stands behind `svc:` and `serve:`. */
  readonly module: string;
  readonly path: string;
  readonly contract: Contract<Methods>;
  /** The file, relative to the top folder, and what it exports the contract as. */
  readonly file: string;
  readonly name: string;
}

/** Looks contracts up, and remembers the files that it read. */
export class ServedContracts {
  readonly sources = new Set<string>();

  /** Every name with this beginning that a manifest serves, in order. */
  async all(beginning: string): Promise<Found[]> {
    const found: Found[] = [];
    for (const server of readdirSync(join(root, "servers")).sort()) {
      const file = join(root, "servers", server, "manifest.ts");
      if (!existsSync(file)) continue;
      const { exports, sources } = await evaluate(file);
      for (const each of sources) this.sources.add(each);
      const serves = (exports as { default: ManifestFields }).default.serves ?? {};
      for (const [path, contract] of Object.entries(serves))
        if (path.startsWith(beginning)) found.push(await this.locate(path, contract, sources));
    }
    return found;
  }

  /** @throws Error when no server of the tree serves the name */
  async find(path: string): Promise<Found> {
    for (const server of readdirSync(join(root, "servers")).sort()) {
      const file = join(root, "servers", server, "manifest.ts");
      if (!existsSync(file) || !readFileSync(file, "utf8").includes(`"${path}":`)) continue;
      const { exports, sources } = await evaluate(file);
      const contract = (exports as { default: ManifestFields }).default.serves?.[path as "/svc/x"];
      if (contract !== undefined) return this.locate(path, contract, sources);
    }
    throw new Error(`no server's manifest serves ${path}; take it out of \`uses\``);
  }

  /** @param sources files of the manifest that serves it */
  async locate(path: string, contract: Contract<Methods>, sources: string[]): Promise<Found> {
    const files = sources.filter((each) => /(^|[./])contract\.ts$/.test(each));
    for (const file of files) {
      if (file === "sdk/contract/contract.ts") continue;
      const { exports, sources: more } = await evaluate(join(root, file));
      for (const each of more) this.sources.add(each);
      for (const [name, value] of Object.entries(exports))
        if (isContract(value) && value.name === contract.name && value.version === contract.version)
          return { module: path.split("/")[2] ?? "", path, contract: value, file, name };
    }
    throw new Error(`the contract of ${path} is in no contract.ts; move it there`);
  }
}
