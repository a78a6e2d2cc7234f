// Test files lie beside the code they test; the pinned Node 22 strips their types.
export default {
  extensions: { ts: "module" },
  files: ["{servers,tape,sdk,ci,nucleus,docs}/**/*.test.ts"],
  // Server code imports Tape kernels, which run as WebAssembly here.
  nodeArguments: ["--disable-warning=ExperimentalWarning", "--import=./tape/embed/register.ts"],
  workerThreads: false,
  concurrency: 2,
  timeout: "10m",
};
