/** Installs the import of `.tape` files into this Node process. */
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { moduleText } from "./node.ts";

registerHooks({
  load(url, context, next) {
    if (!url.endsWith(".tape")) return next(url, context);
    return {
      format: "module",
      shortCircuit: true,
      source: moduleText(fileURLToPath(url), "source"),
    };
  },
});
