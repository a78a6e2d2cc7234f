// Brings a machine to the state in which LeivOS builds and tests: runs on a bare Node >= 20.19,
// before any package is installed. Invariant: a run with nothing to do changes nothing and is
// instant; a failing step is one line with its cure, and exit code 1.
import { checks, mendOf } from "./setup/checks.mjs";

const started = Date.now();
const say = (/** @type {string} */ line) => process.stderr.write(`setup: ${line}\n`);
const seconds = (/** @type {number} */ since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** Shows a download's progress: one line that rewrites itself on a terminal, else quarters. */
function progressLine(/** @type {string} */ name) {
  let shown = -1;
  return (/** @type {number} */ received, /** @type {number} */ total) => {
    const percent = Math.floor((received / total) * 100);
    const step = process.stderr.isTTY ? 1 : 25;
    if (Math.floor(percent / step) === shown) return;
    shown = Math.floor(percent / step);
    const text = `setup: ${name}: ${percent} % of ${(total / 1e6).toFixed(1)} MB`;
    process.stderr.write(
      process.stderr.isTTY ? `\r${text}${percent === 100 ? "\n" : ""}` : `${text}\n`,
    );
  };
}

/**
 * @param {string} group
 * @param {import("./setup/checks.mjs").Check[]} missing
 * @returns {Promise<boolean>} whether the group is complete now
 */
async function mendGroup(group, missing) {
  const names = missing.map((check) => check.name).join(", ");
  const mend = mendOf(group);
  let failure;
  if (mend !== undefined) {
    const since = Date.now();
    say(`installing ${names} ...`);
    failure = await mend(missing, progressLine(names));
    if (failure === undefined) say(`${names}: done in ${seconds(since)}`);
  }
  const still = missing.filter((check) => check.find() === undefined);
  for (const check of still) {
    say(`${check.missing()}${failure ? ` [${failure}]` : ""}; run: ${check.cure}`);
  }
  return still.length === 0;
}

/** @type {Map<string, import("./setup/checks.mjs").Check[]>} */
const groups = new Map();
for (const check of checks) {
  if (check.find() !== undefined) continue;
  groups.set(check.group, [...(groups.get(check.group) ?? []), check]);
}
let complete = true;
for (const [group, missing] of groups) {
  if (!(await mendGroup(group, missing))) complete = false;
}
if (!complete) process.exit(1);
say(groups.size === 0 ? `nothing to do (${checks.length} checks)` : `done in ${seconds(started)}`);
