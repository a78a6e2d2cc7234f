/**
 * Installs the import of `.tape` files into this Node process.
 *
 * Each file is compiled in a process of its own: the hook must answer at once, and loading the compiler here, in the midst of an import
 * that may share modules with it, fails when those are not linked yet.
 */
import { execFileSync } from "node:child_process";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

const printer = fileURLToPath(new URL("print-module.ts", import.meta.url));

registerHooks({
  load(url, context, next) {
    if (!url.endsWith(".tape")) return next(url, context);
    const args = ["--disable-warning=ExperimentalWarning", printer, fileURLToPath(url)];
    const printed = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as
      | { readonly text: string }
      | { readonly error: string };
    if ("error" in printed) throw new SyntaxError(printed.error);
    return { format: "module", shortCircuit: true, source: printed.text };
  },
});
