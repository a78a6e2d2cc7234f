// Kernels: `.tape` files as machine code, each an object of the boot image that may be executed.
// Invariant: an image holds the kernels that its servers' manifests name, and no others.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildKernel, kernelName } from "../../image/kernel-modules.ts";
import { type Step, sharedOut } from "../build/step.ts";
import { Failure } from "../failure.ts";
import { tapeCompilerSources } from "./tape-compiler.ts";

/** The name under which an image holds a kernel; the ending makes it executable. */
export const kernelObject = (name: string) => `kernel/${name}.text`;

/** Where a kernel ends up. */
export const kernelPath = (name: string) => join(sharedOut, "kernels", `${name}.tb`);

/** All kernels of the tree: name and source. */
export function kernels(): Map<string, string> {
  const servers = existsSync("servers") ? readdirSync("servers").sort() : [];
  const folders = ["tape/kernels", ...servers.map((name) => `servers/${name}/kernels`)];
  const libraries = servers
    .map((name) => `servers/${name}/library.contract.ts`)
    .filter((path) => existsSync(path));
  const found = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .sort()
        .map((name) => `${folder}/${name}`),
    );
  return new Map(
    [...found, ...libraries].flatMap((path) => {
      const name = kernelName(path);
      return name === undefined ? [] : [[name, path] as const];
    }),
  );
}

/** @throws Failure when a manifest names a kernel that the tree does not have */
export function checkKernels(server: string, names: readonly string[]): void {
  const known = kernels();
  for (const name of names)
    if (!known.has(name))
      throw new Failure(
        `servers/${server}/manifest.ts: there is no kernel ${name}; there are: ${[...known.keys()].join(", ")}`,
      );
}

/** The steps of all kernels. */
export function kernelSteps(): Step[] {
  const compiler = tapeCompilerSources();
  return [...kernels()].map(([name, path]) => {
    const output = kernelPath(name);
    const dependencies = `${output}.d`;
    return {
      name: `kernel ${name}`,
      inputs: [path, "sdk/image/kernel-modules.ts", ...compiler],
      outputs: [output],
      dependencies,
      action: async () => {
        const { file, sources } = await buildKernel(path);
        writeFileSync(output, file);
        writeFileSync(dependencies, `${output}: ${sources.join(" ")}\n`);
      },
    };
  });
}
