// The flags by which a command chooses a variant of the build.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { Failure } from "../failure.ts";
import { type FlagTable, type Given, wordOf } from "../flags.ts";
import { standardVariant, type Variant } from "./step.ts";

export const variantFlags: FlagTable = {
  variant: { value: "checks", help: "C parts that trap on undefined behaviour" },
};

/** The variant that is asked for. @throws Failure exit code 2 */
export function variantOf(given: Given): Variant {
  const name = wordOf(given, "variant", ["checks"]);
  if (name === undefined) return standardVariant;
  return { ...standardVariant, out: `build/variants/${name}`, checks: true };
}

/** The variant with another folder for httpd to serve, relative to where the command was called. @throws Failure exit code 2 */
export function withPages(variant: Variant, folder: string | undefined): Variant {
  if (folder === undefined) return variant;
  const path = isAbsolute(folder) ? folder : join(process.env.UUSI_CALLED_FROM ?? "", folder);
  if (!existsSync(path)) throw new Failure(`--www ${folder}: there is no such folder`, 2);
  const name = createHash("sha256").update(path).digest("hex").slice(0, 8);
  const out = join("build/variants", `www-${name}`);
  return { ...variant, out, files: { ...variant.files, httpd: path } };
}
