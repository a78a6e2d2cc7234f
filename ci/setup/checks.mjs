// Everything the project needs from a machine, as one list that set-up mends and `uusi doctor`
// only reads. Invariant: `find` changes nothing; `cure` is a command a person can run.
import { debianPackages, installCommand, installDebian } from "./debian.mjs";
import { installNpm, npmDifference } from "./npm.mjs";
import { findTool, installTool, pins } from "./pinned-tools.mjs";

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {string} use what it is for
 * @property {() => string | undefined} find where it was found
 * @property {() => string} missing what to say when it was not
 * @property {string} cure the command that mends it
 * @property {string} group checks of one group are mended together
 */

const setup = "node ci/setup.mjs";

/** @type {Record<string, string>} what pinned tools are for */
const uses = {
  zig: "compiles and links all C",
  pefile: "reads Tape's executables in tests",
  scapy: "plays the adversary of the network's tests",
};

/** @returns {string | undefined} */
function nodeVersion() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const enough = major > 20 || (major === 20 && minor >= 19);
  return enough ? `v${process.versions.node}` : undefined;
}

/** @type {Check[]} */
export const checks = [
  {
    name: "node",
    use: "runs set-up and the tools",
    find: nodeVersion,
    missing: () => `Node ${process.versions.node} is too old: 20.19 or newer is needed`,
    cure: "install Node 20.19 or newer",
    group: "node",
  },
  {
    name: "processor",
    use: "the tool chain is built for it",
    find: () => (process.arch === "x64" && process.platform === "linux" ? "linux x64" : undefined),
    missing: () => `the host is ${process.platform} ${process.arch}: Linux on x86_64 is needed`,
    cure: "use an x86_64 machine with Debian 12",
    group: "processor",
  },
  ...debianPackages.map(({ name, use, find }) => ({
    name,
    use,
    find,
    missing: () => `the Debian package ${name} is missing (${use})`,
    cure: installCommand([name]),
    group: "debian",
  })),
  {
    name: "npm packages",
    use: "compilers, checks and tests, by the lockfile",
    find: () => (npmDifference() === undefined ? "node_modules" : undefined),
    missing: () => /** @type {string} */ (npmDifference()),
    cure: "npm ci",
    group: "npm",
  },
  ...Object.entries(pins).map(([name, pin]) => ({
    name,
    use: uses[name] ?? "the engine's source",
    find: () => findTool(name),
    missing: () => `${name} ${pin.version} is not in build/tools/`,
    cure: setup,
    group: `tool:${name}`,
  })),
];

/**
 * @typedef {(received: number, total: number) => void} Progress
 * @typedef {(missing: Check[], progress: Progress) => Promise<string | undefined>} Mend
 */

/**
 * How to mend a group; node and processor have no entry, since set-up can't change them.
 * @param {string} group
 * @returns {Mend | undefined}
 */
export function mendOf(group) {
  if (group === "debian") return async (list) => installDebian(list.map((check) => check.name));
  if (group === "npm") return async () => installNpm();
  if (group.startsWith("tool:")) {
    return (_list, progress) => installTool(group.slice("tool:".length), progress);
  }
  return undefined;
}
