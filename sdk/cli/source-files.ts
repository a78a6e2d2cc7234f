// Finds source files below a folder of the checkout.
import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * All files with one of the endings, sorted, so that a build does not depend on the file system.
 * @param folder relative to the working folder; a missing one has no files
 */
export function sourceFiles(folder: string, endings: readonly string[]): string[] {
  let entries: string[];
  try {
    entries = readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
  return entries
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => join(folder, path))
    .sort();
}
