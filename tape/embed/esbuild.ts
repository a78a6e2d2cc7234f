/** The import of `.tape` files for bundles: an esbuild plugin that embeds verified bytecode. */
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import { moduleText } from "./node.ts";

export const tapePlugin: Plugin = {
  name: "tape",
  setup(build) {
    build.onLoad({ filter: /\.tape$/ }, (args) => ({
      contents: moduleText(
        args.path,
        "embedded",
        fileURLToPath(new URL("node.ts", import.meta.url)),
      ),
      loader: "js",
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    }));
  },
};
