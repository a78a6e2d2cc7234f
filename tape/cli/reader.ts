/** Sources from the disk and the library from this checkout. */
import { existsSync, readFileSync, statSync } from "node:fs";
import type { Reader } from "../module/load.ts";

const library = new URL("../std/", import.meta.url);

/** A reader over the file system with the `-I` folders and `--substitute` files given. */
export function diskReader(
  folders: readonly string[] = [],
  substitutes: ReadonlyMap<string, string> = new Map(),
): Reader {
  return {
    folders,
    substitutes,
    file: (path) => (existsSync(path) && statSync(path).isFile() ? readFileSync(path) : undefined),
    library: libraryText,
  };
}

/** Source of a library module, or undefined. */
export function libraryText(name: string): string | undefined {
  if (!/^[a-z0-9_]+$/.test(name)) return undefined;
  const url = new URL(`${name}.tape`, library);
  return existsSync(url) ? readFileSync(url, "utf8") : undefined;
}
