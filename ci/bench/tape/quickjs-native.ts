// A module of 300 lines to machine code in QuickJS, built for this host as for the system: the compiler as servers run it.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../../setup/paths.mjs";
import { compilerPath } from "../../../sdk/cli/steps/compiler.ts";
import { interfaces, libraryData } from "../../../tape/testing/library.ts";
import { moduleOfLines } from "./module-of-lines.ts";

/** Milliseconds, the least of some. */
export async function moduleInQuickJs(lines: number): Promise<number> {
  const result = await build({
    entryPoints: [join(root, "ci/bench/tape/in-quickjs.ts")],
    bundle: true,
    write: false,
    format: "iife",
    platform: "neutral",
    target: "es2022",
  });
  const given = JSON.stringify({ interfaces, library: libraryData, text: moduleOfLines(lines) });
  const folder = join(root, "build/bench/tape");
  mkdirSync(folder, { recursive: true });
  const script = join(folder, "in-quickjs.js");
  writeFileSync(script, `globalThis.given = ${given};\n${result.outputFiles[0]!.text}`);
  return Number(execFileSync(join(root, compilerPath), ["--run", script], { encoding: "utf8" }));
}
