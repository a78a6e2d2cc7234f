// Test files lie beside the code they test; the pinned Node 22 strips their types.
export default {
  extensions: { ts: "module" },
  files: ["{servers,tape,sdk,ci,nucleus,docs}/**/*.test.ts"],
  nodeArguments: ["--disable-warning=ExperimentalWarning"],
  workerThreads: false,
  concurrency: 2,
  timeout: "10m",
};
