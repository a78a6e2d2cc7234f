// Test files lie beside the code they test; the pinned Node 22 strips their types.
export default {
  extensions: { ts: "module" },
  files: ["{servers,tape,sdk,ci,nucleus,docs}/**/*.test.ts"],
  // Server code imports Tape kernels, which run as WebAssembly here.
  nodeArguments: ["--disable-warning=ExperimentalWarning", "--import=./tape/embed/register.ts"],
  require: ["./ci/worker-end.ts"],
  workerThreads: false,
  concurrency: 2,
  // Without any result for so long the run ends and names what is pending. ava looks only once, and not while a test's own
  // limit runs: no test sets one above this but in a soak.
  timeout: "10m",
};
