// The peer of measure.ts: saves a module that Vite serves to a Node process, and measures the way to the new module's answer by hot module
// replacement. Runs in a copy of the tree, as a process of its own. Arguments: Vite's main module, saves. Prints JSON: times in ms.
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** What is used of Vite (vite.dev/guide/api-environment-runtimes). */
interface Vite {
  createServer(options: object): Promise<{ environments: { ssr: object }; close(): Promise<void> }>;
  createServerModuleRunner(
    environment: object,
    options: object,
  ): {
    import(path: string): Promise<Served>;
    close(): Promise<void>;
  };
}

/** The module: a service of the same contract as the server that `uusi bench swap` saves. */
interface Served {
  save: number;
  answer(): { bytes: Uint8Array };
}

// Its watcher tells a file's changes at most once in 50 ms.
const BETWEEN = 100;
const file = "vite-module.ts";
const text = (save: number) => `
import { service } from "./sdk/contract/server.ts";
import { Random } from "./servers/random/contract.ts";
const bytes = ({ count }: { count: number }) => ({ bytes: new Uint8Array(count) });
service(Random, { bytes });
export const answer = () => bytes({ count: 16 });
export const save = ${save};
import.meta.hot!.accept((module) => globalThis.updated(module));
`;

const [vitePath = "", count = "0"] = process.argv.slice(2);
const vite: Vite = await import(pathToFileURL(vitePath).href);
const hooks = globalThis as { updated?: (module: Served) => void };
writeFileSync(file, text(-1));
const server = await vite.createServer({
  configFile: false,
  logLevel: "silent",
  appType: "custom",
  server: { middlewareMode: true, ws: false, watch: { ignored: ["**/build/**"] } },
  optimizeDeps: { noDiscovery: true },
});
const runner = vite.createServerModuleRunner(server.environments.ssr, {
  hmr: { logger: false },
});
await runner.import(`/${file}`);
const times: number[] = [];
for (let save = 0; save < Number(count); save++) {
  const arrived = new Promise<Served>((resolve) => {
    hooks.updated = resolve;
  });
  const saved = performance.now();
  writeFileSync(file, text(save));
  const module = await arrived;
  const { bytes } = module.answer();
  times.push(performance.now() - saved);
  if (module.save !== save || bytes.length !== 16) throw new Error("Vite gave the old module");
  await new Promise((resolve) => setTimeout(resolve, BETWEEN));
}
await runner.close();
await server.close();
process.stdout.write(JSON.stringify(times));
