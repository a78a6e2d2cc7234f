// The checkout as the structure checks see it: files under version control or about to be.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** Paths of all files that git knows or would add, relative to the top folder, sorted. */
export function treeFiles(): string[] {
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const output = execFileSync("git", list, { encoding: "utf8", maxBuffer: 1 << 26 });
  return [...new Set(output.split("\0"))].filter((path) => path !== "" && existsSync(path)).sort();
}

/** What a TypeScript or JavaScript file imports: packages as written, files by their path. */
export function importsOf(path: string, text = readFileSync(path, "utf8")): string[] {
  const found = text.matchAll(
    /^(?:import|export)\s[^"';]*?\bfrom\s*"([^"\n]+)"|^import\s*"([^"\n]+)"|\bimport\(\s*"([^"\n]+)"/gm,
  );
  return [...found].map(([, named, bare, dynamic]) => {
    const specifier = named ?? bare ?? dynamic!;
    return specifier.startsWith(".") ? normalize(join(dirname(path), specifier)) : specifier;
  });
}
