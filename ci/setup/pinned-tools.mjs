// The tool chain and the engine's source, fetched as files and unpacked under build/tools/.
// Invariant: a tool's folder appears whole (made aside, then renamed) or not at all.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fetchPinned } from "./package-index.mjs";
import { root, toolsDir } from "./paths.mjs";
import { unzip } from "./unzip.mjs";

/**
 * @typedef {{ project: string, version: string, file: string, sha256: string, bytes: number,
 *   inner: string, probe: string, executable: string[], licence: string }} Pin
 */

/** @type {Record<string, Pin>} */
export const pins = JSON.parse(readFileSync(join(root, "ci/pins.json"), "utf8"));

/**
 * @param {string} name a key of ci/pins.json
 * @returns {string | undefined} the tool's folder, when the pinned version is there
 */
export function findTool(name) {
  const pin = /** @type {Pin} */ (pins[name]);
  const folder = join(toolsDir, name);
  const stamp = join(folder, ".sha256");
  if (!existsSync(join(folder, pin.probe)) || !existsSync(stamp)) return undefined;
  return readFileSync(stamp, "utf8").trim() === pin.sha256 ? folder : undefined;
}

/**
 * @param {string} name a key of ci/pins.json
 * @param {(received: number, total: number) => void} progress
 * @returns {Promise<string | undefined>} what went wrong
 */
export async function installTool(name, progress) {
  const pin = /** @type {Pin} */ (pins[name]);
  const aside = join(toolsDir, `.${name}.${process.pid}`);
  try {
    const archive = await fetchPinned(pin, (received) => progress(received, pin.bytes));
    mkdirSync(aside, { recursive: true });
    if (pin.file.endsWith(".whl")) {
      unzip(archive, aside);
    } else {
      const tar = spawnSync("tar", ["-xzf", "-", "-C", aside], { input: archive });
      if (tar.status !== 0) return `tar can't unpack ${pin.file}: ${tar.stderr ?? tar.error}`;
    }
    const made = join(aside, pin.inner);
    for (const file of pin.executable) chmodSync(join(made, file), 0o755);
    writeFileSync(join(made, ".sha256"), `${pin.sha256}\n`);
    const folder = join(toolsDir, name);
    rmSync(folder, { recursive: true, force: true });
    renameSync(made, folder);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
