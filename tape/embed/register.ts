/** Installs the import of `.tape` files into this Node process; the compiler is loaded when the first one is met. */
import { createRequire, registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);

registerHooks({
  load(url, context, next) {
    if (!url.endsWith(".tape")) return next(url, context);
    const { moduleText } = require("./node.ts") as typeof import("./node.ts");
    return {
      format: "module",
      shortCircuit: true,
      source: moduleText(fileURLToPath(url), "source"),
    };
  },
});
