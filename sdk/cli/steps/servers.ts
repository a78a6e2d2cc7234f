// The servers: TypeScript to one script each, then to the engine's bytecode.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleServer } from "../../image/bundle.ts";
import { emitterKey } from "../../image/constant-modules.ts";
import type { Step, Variant } from "../build/step.ts";
import { compilerPath } from "./compiler.ts";

/** All servers that have an entry, sorted. */
export function serverNames(): string[] {
  if (!existsSync("servers")) return [];
  return readdirSync("servers")
    .filter((name) => existsSync(join("servers", name, "main.ts")))
    .sort();
}

/** Where a server's script ends up; the simulated nucleus runs it as it is. */
export const scriptPath = (variant: Variant, name: string) =>
  join(variant.out, "bundles", `${name}.js`);

/** Where a server's bytecode ends up. */
export const bytecodePath = (variant: Variant, name: string) =>
  join(variant.out, "bundles", `${name}.qjs`);

/** Bundles one server; the sources that esbuild finds become inputs. */
export function bundleStep(variant: Variant, name: string): Step {
  const entry = `servers/${name}/main.ts`;
  const output = scriptPath(variant, name);
  const dependencies = `${output}.d`;
  return {
    name: `bundle ${name}`,
    inputs: [entry],
    outputs: [output],
    dependencies,
    key: readFileSync(new URL("../../image/bundle.ts", import.meta.url), "utf8") + emitterKey(),
    action: async () => {
      const { script, sources } = await bundleServer(entry);
      writeFileSync(output, script);
      writeFileSync(dependencies, `${output}: ${sources.join(" ")}\n`);
    },
  };
}

function bytecodeStep(variant: Variant, name: string): Step {
  const script = scriptPath(variant, name);
  const output = bytecodePath(variant, name);
  return {
    name: `bytecode ${name}`,
    inputs: [script, compilerPath(variant)],
    outputs: [output],
    action: [compilerPath(variant), script, output],
  };
}

/** The steps of all servers. */
export function serverSteps(variant: Variant): Step[] {
  return serverNames().flatMap((name) => [bundleStep(variant, name), bytecodeStep(variant, name)]);
}
