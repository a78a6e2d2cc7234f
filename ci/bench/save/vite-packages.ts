// Installs Vite by its own lockfile, under build/: only `uusi bench swap` needs it, so set-up does not bring it.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { buildDir } from "../../setup/paths.mjs";

/** Path of the installed Vite's main module. Throws, with npm's words, when npm cannot install it. */
export function installVite(): string {
  const folder = join(buildDir, "bench/vite");
  mkdirSync(folder, { recursive: true });
  for (const file of ["package.json", "package-lock.json"])
    copyFileSync(join(import.meta.dirname, "vite", file), join(folder, file));
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  execFileSync("npm", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  return join(folder, "node_modules/vite/dist/node/index.js");
}
