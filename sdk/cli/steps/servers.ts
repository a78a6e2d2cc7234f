// The servers: TypeScript to one script each, then to the engine's bytecode.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleServer } from "../../image/bundle.ts";
import { emitterKey } from "../../image/constant-modules.ts";
import { type Step, sharedOut } from "../build/step.ts";
import { compilerPath } from "./compiler.ts";
import { tapeCompilerKey } from "./tape-compiler.ts";

/** All servers that have an entry, sorted. */
export function serverNames(): string[] {
  if (!existsSync("servers")) return [];
  return readdirSync("servers")
    .filter((name) => existsSync(join("servers", name, "main.ts")))
    .sort();
}

/** Where a server's script ends up; the simulated nucleus runs it as it is. */
export const scriptPath = (name: string) => join(sharedOut, "bundles", `${name}.js`);

/** Where a server's bytecode ends up. */
export const bytecodePath = (name: string) => join(sharedOut, "bundles", `${name}.qjs`);

const source = (file: string) =>
  readFileSync(new URL(`../../image/${file}`, import.meta.url), "utf8");

/** Bundles one server; the sources that esbuild finds become inputs. */
export function bundleStep(name: string): Step {
  const entry = `servers/${name}/main.ts`;
  const output = scriptPath(name);
  const dependencies = `${output}.d`;
  return {
    name: `bundle ${name}`,
    inputs: [entry],
    outputs: [output],
    dependencies,
    // scripts see every service of the tree: a new one changes what they compile against
    key:
      ["bundle.ts", "kernel-modules.ts"].map((file) => source(file)).join("") +
      emitterKey() +
      // heads of kernels and whole programs in Tape are compiled into a bundle
      tapeCompilerKey() +
      (name === "tape" ? serverNames().join() : ""),
    action: async () => {
      const { script, sources } = await bundleServer(entry);
      writeFileSync(output, script);
      writeFileSync(dependencies, `${output}: ${sources.join(" ")}\n`);
    },
  };
}

/** Compiles a server's script. */
export function bytecodeStep(name: string): Step {
  const script = scriptPath(name);
  const output = bytecodePath(name);
  return {
    name: `bytecode ${name}`,
    inputs: [script, compilerPath],
    outputs: [output],
    action: [compilerPath, script, output],
  };
}

/** The steps of all servers. */
export function serverSteps(): Step[] {
  return serverNames().flatMap((name) => [bundleStep(name), bytecodeStep(name)]);
}
