// A disk whose first process is a TypeScript program that starts another.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compilerPath } from "../../../sdk/cli/steps/compiler.ts";
import { type BootObject, objectKinds } from "../../../sdk/image/boot-image.ts";
import { bundleServer } from "../../../sdk/image/bundle.ts";
import { buildDir, root } from "../../setup/paths.mjs";

/** Compiles a program to the bundle of that name. */
export async function bundleObject(name: string, entry: string): Promise<BootObject> {
  const out = join(buildDir, "bench/typescript");
  mkdirSync(out, { recursive: true });
  const [script, bytecode] = [join(out, `${name}.js`), join(out, `${name}.qjs`)];
  writeFileSync(script, (await bundleServer(join(root, entry))).script);
  execFileSync(join(root, compilerPath), [script, bytecode]);
  return { name: `bundle/${name}`, kind: objectKinds.bundle, bytes: readFileSync(bytecode) };
}
