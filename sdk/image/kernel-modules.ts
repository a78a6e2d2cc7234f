// Imports of `.tape` files in a server's bundle: functions of a kernel, machine code that lies in the boot image under a name of its
// own. Invariant: a bundle holds the hash of the source that it was built with, and the runtime runs no other code.
import { dirname, join, relative } from "node:path";
import type { Plugin } from "esbuild";
import { root } from "../../ci/setup/paths.mjs";
import type { LibraryData } from "../../tape/lower/library-code.ts";
import { evaluate } from "./constant-modules.ts";
import { everyService } from "./every-service.ts";
import { ImageError } from "./image-error.ts";
import { type Made, Remembered } from "./remembered.ts";

/**
 * `tape/kernels/NAME.tape` is NAME, `servers/SERVER/kernels/NAME.tape` SERVER-NAME, a test's `ci/kernels/NAME.tape` ci-NAME; the library of
 * a server that compiles programs, `servers/SERVER/library.contract.ts`, is SERVER-library; undefined for all others.
 */
export function kernelName(path: string): string | undefined {
  const library = /^servers\/([a-z0-9-]+)\/library\.contract\.ts$/.exec(path);
  if (library !== null) return `${library[1]}-library`;
  const found = /^(?:tape|servers\/([a-z0-9-]+)|(ci))\/kernels\/([a-z0-9-]+)\.tape$/.exec(path);
  if (found === null) return undefined;
  const [, server, test = server, name] = found;
  return test === undefined ? name : `${test}-${name}`;
}

/** A kernel's file and the sources that it was made of, relative to the top folder. */
export interface KernelBuild {
  readonly file: Uint8Array;
  readonly sources: readonly string[];
}

/** The compiler is large: only what meets a `.tape` file loads it. */
const tape = async () => {
  const [{ compileModule }, { kernelFunctions, kernelVariants }] = await Promise.all([
    import("../../tape/embed/node.ts"),
    import("../../tape/embed/kernel.ts"),
  ]);
  return { compileModule, kernelFunctions, kernelVariants };
};

/** @throws ImageError bad_entry with what the compiler says */
async function compile(path: string) {
  try {
    return (await tape()).compileModule(path);
  } catch (error) {
    throw new ImageError("bad_entry", (error as Error).message.trim());
  }
}

/** Files of the checkout that a program is made of; the library's are named `std/NAME.tape`. */
const sourcesOf = (files: readonly string[]) =>
  files.map((file) => (file.startsWith("std/") ? join("tape", file) : file));

const kernels = new Remembered<Uint8Array>();

/**
 * Compiles a kernel, or takes it as it was compiled of the same files before.
 * @param path relative to the top folder, so that the file names no place of this machine
 * @throws ImageError bad_entry
 */
export async function buildKernel(path: string): Promise<KernelBuild> {
  if (path.endsWith(".contract.ts")) return buildLibrary(path);
  const { value, files = [] } = await kernels.get(path, async () => {
    const { file, sources } = await compileKernel(path);
    return { value: file, files: sources };
  });
  return { file: value, sources: files };
}

async function compileKernel(path: string): Promise<KernelBuild> {
  const code = await compile(path);
  const file = (await tape()).kernelVariants(code);
  if (typeof file === "string") throw new ImageError("bad_entry", `${path}: ${file}`);
  return { file, sources: sourcesOf(code.files) };
}

/** The library that a module exports as `libraryData`, as machine code. */
async function buildLibrary(path: string): Promise<KernelBuild> {
  const found = new Set<string>();
  const { exports, sources } = await evaluate(path, [everyService(found)]);
  const { libraryKernel } = await import("../../tape/embed/library-kernel.ts");
  const { libraryData } = exports as { libraryData: LibraryData };
  return { file: libraryKernel(libraryData), sources: [...new Set([...found, ...sources])].sort() };
}

const modules = new Remembered<string>();

/** The text of a module that stands for a kernel, and the files that it was made of. */
async function moduleOf(path: string, name: string): Promise<Made<string>> {
  const code = await compile(path);
  const functions = (await tape()).kernelFunctions(code);
  const names = functions.map((each) => each.name);
  const text = [
    `import { kernelModule } from ${JSON.stringify(join(root, "sdk/runtime/kernel.ts"))};`,
    'const early = () => { throw new Error("kernels can be called once `run` has begun"); };',
    ...names.map((each) => `export let ${each} = early;`),
    'export let tier = "";',
    "export const alloc = (bytes) => new Uint8Array(bytes);",
    `kernelModule(${[name, code.source, names, functions.map((each) => each.error)].map((each) => JSON.stringify(each)).join(", ")}, (functions, runs) => {`,
    ...names.map((each, i) => `  ${each} = functions[${i}];`),
    "  tier = runs;",
    "});",
  ].join("\n");
  return { value: text, files: sourcesOf(code.files) };
}

/**
 * The esbuild plug-in. Imports `with { type: "text" }` stay the text of the file.
 * @param sources gets the files that went into the modules, relative to the top folder
 */
export function kernelModules(sources: Set<string>): Plugin {
  return {
    name: "kernel modules",
    setup(builder) {
      builder.onLoad({ filter: /\.tape$/ }, async (args) => {
        if (args.with["type"] === "text") return undefined;
        const path = relative(root, args.path);
        const name = kernelName(path);
        if (name === undefined)
          return {
            errors: [
              {
                text: `${path} is no kernel: kernels lie in tape/kernels/ or in the server's own kernels/`,
              },
            ],
          };
        try {
          const { value, files = [] } = await modules.get(path, () => moduleOf(path, name));
          for (const file of files) sources.add(file);
          return { contents: value, loader: "js", resolveDir: dirname(args.path) };
        } catch (error) {
          return { errors: [{ text: (error as Error).message }] };
        }
      });
    },
  };
}
