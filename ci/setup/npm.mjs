// npm packages by the lockfile. Invariant: `npm ci` runs only when what is installed differs from
// the lockfile, since it deletes node_modules first.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, optional?: boolean }>}
 */
function packagesOf(path) {
  return JSON.parse(readFileSync(path, "utf8")).packages;
}

/** @returns {string | undefined} how node_modules differs from the lockfile */
export function npmDifference() {
  const installed = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installed)) return "npm packages are not installed";
  const have = packagesOf(installed);
  const want = packagesOf(join(root, "package-lock.json"));
  for (const [path, entry] of Object.entries(want)) {
    if (path === "" || entry.optional) continue;
    if (have[path]?.version !== entry.version) {
      return `${path.replace(/^.*node_modules\//, "")} ${entry.version} is not installed`;
    }
  }
  if (!existsSync(join(root, "node_modules/.bin/node"))) return "the pinned Node is not installed";
  return undefined;
}

/** @returns {string | undefined} what went wrong */
export function installNpm() {
  const script = process.env.npm_execpath;
  const [command, first] = script?.endsWith(".js") ? [process.execPath, [script]] : ["npm", []];
  const result = spawnSync(command, [...first, "ci", "--no-audit", "--no-fund"], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (result.status === 0) return undefined;
  const lines = `${result.stderr ?? ""}\n${result.error?.message ?? ""}`.split("\n");
  const told = lines
    .map((line) => line.replace(/^npm (error|ERR!) ?/, ""))
    .filter((line) => line.trim() !== "" && !/^code |^A complete log/.test(line));
  return told[0] ?? "npm ci failed";
}
