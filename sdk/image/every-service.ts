// All services of the tree as one module, for the server that lets scripts call them: `import services from "./every.services"` gives
// each name under /svc with its contract. Invariant: the list follows the manifests; nobody writes it down.
import { join } from "node:path";
import type { Plugin } from "esbuild";
import { root } from "../../ci/setup/paths.mjs";
import { ServedContracts } from "./served-contracts.ts";

/** Namespace of the module among a bundle's inputs. */
export const EVERY_SERVICE = "every-service";

/** @param sources gets the files that the list was made of, relative to the top folder */
export function everyService(sources: Set<string>): Plugin {
  return {
    name: "every service",
    setup(builder) {
      builder.onResolve({ filter: /\.services$/ }, () => ({
        path: "every.services",
        namespace: EVERY_SERVICE,
      }));
      builder.onLoad({ filter: /.*/, namespace: EVERY_SERVICE }, async () => {
        const contracts = new ServedContracts();
        const found = await contracts.all("/svc/");
        for (const each of contracts.sources) sources.add(each);
        const imports = found.map(
          ({ file, name }, i) =>
            `import { ${name} as c${i} } from ${JSON.stringify(join(root, file))};`,
        );
        const list = found.map(
          ({ module, path }, i) =>
            `{ module: ${JSON.stringify(module)}, path: ${JSON.stringify(path)}, contract: c${i} }`,
        );
        const contents = `${imports.join("\n")}\nexport default [${list.join(", ")}];`;
        return { contents, loader: "js", resolveDir: root };
      });
    },
  };
}
