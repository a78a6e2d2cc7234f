// Test files lie beside the code they test; the pinned Node 22 strips their types.

/** Files of more than about 20 s, the longest first: none of them shall be what all others have ended before. */
const long = [
  "ci/e2e/channel",
  "ci/torture/torture",
  "ci/e2e/transcript",
  "ci/peers/peers",
  "servers/tape/tape",
  "ci/peers/adversary",
  "sdk/sim/server-deaths",
  "ci/e2e/panic",
  "tape/testing/differential",
  "ci/host/fuzz/fuzz",
  "tape/cli/cli",
  "ci/e2e/smoke",
  "ci/e2e/swap",
  "ci/e2e/dev",
  "ci/conformance/conformance",
  "ci/e2e/tape-server",
  "ci/e2e/serial-target",
  "ci/e2e/tutorial",
  "ci/torture/user-tables",
  "ci/bench/faults/campaign",
  "ci/bench/faults/qemu-campaign",
  "ci/e2e/processors",
];

/** @param {string} path of a test file */
const rank = (path) => {
  const place = long.findIndex((name) => path.endsWith(`/${name}.test.ts`));
  return place < 0 ? long.length : place;
};

/**
 * @param {string} a
 * @param {string} b
 */
function longestFirst(a, b) {
  return rank(a) - rank(b) || a.localeCompare(b);
}

export default {
  extensions: { ts: "module" },
  files: ["{servers,tape,sdk,ci,nucleus,docs}/**/*.test.ts"],
  // Server code imports Tape kernels, which run as WebAssembly here.
  nodeArguments: ["--disable-warning=ExperimentalWarning", "--import=./tape/embed/register.ts"],
  require: ["./ci/worker-end.ts"],
  workerThreads: false,
  // A machine of QEMU leaves a third of a processor idle: one file more than there are processors in what this is measured on.
  concurrency: 3,
  sortTestFiles: longestFirst,
  // Without any result for so long the run ends and names what is pending. ava looks only once, and not while a test's own
  // limit runs: no test sets one above this but in a soak.
  timeout: "10m",
};
