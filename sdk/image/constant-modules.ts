// Modules that the build evaluates instead of bundling their source: contracts become straight-line codecs, tables become
// literals. Invariant: such a module exports contracts and constant data, nothing else.
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { build, type Plugin } from "esbuild";
import { root } from "../../ci/setup/paths.mjs";
import type { Contract, Methods } from "../contract/contract.ts";
import { emitContract } from "../contract/emit.ts";
import { inlineConstants } from "./inline-constants.ts";
import { ImageError } from "./image-error.ts";
import { Remembered } from "./remembered.ts";

/** Whether a file, relative to the top folder, is evaluated at build time. */
export function isConstantModule(path: string): boolean {
  if (path === "sdk/contract/contract.ts") return false;
  return (
    /(^|[./])contract\.ts$/.test(path) ||
    ["sdk/runtime/system-call.ts", "sdk/abi/table.ts"].includes(path)
  );
}

/** Whether a value is a contract. */
export function isContract(value: unknown): value is Contract<Methods> {
  return typeof value === "object" && value !== null && "methods" in value && "version" in value;
}

function isData(value: unknown): boolean {
  if (value === null || ["string", "number", "boolean", "undefined"].includes(typeof value))
    return true;
  if (Array.isArray(value)) return value.every(isData);
  const plain = typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;
  return plain && Object.values(value as object).every(isData);
}

/** The text of a module that exports the same values, without the code that made them. */
export function constantModule(
  path: string,
  exports: { readonly [name: string]: unknown },
): string {
  const lines = [
    `import { text } from ${JSON.stringify(join(root, "sdk/contract/text.ts"))};`,
    ...Object.entries(exports).map(([name, value]) => {
      if (isContract(value)) {
        const compiled = emitContract(value, "text");
        return `export const ${name} = /* @__PURE__ */ (() => ({name:${JSON.stringify(value.name)},version:${value.version},methods:{},compiled:${compiled}}))();`;
      }
      if (!isData(value))
        throw new ImageError(
          "bad_entry",
          `${path}: \`${name}\` is no contract and no constant data; move it to another file`,
        );
      return `export const ${name} = ${JSON.stringify(value)};`;
    }),
  ];
  return lines.join("\n");
}

/** Whether an input of a bundle is a file, and not what a plug-in made. */
export const isFile = (input: string) => !/^[\w-]+:/.test(input);

/** A module that was evaluated. `sources` are the files among what it was made of, and `filesOnly` says that there was nothing else. */
interface Evaluated {
  readonly exports: object;
  readonly sources: string[];
  readonly filesOnly: boolean;
}

/** Evaluates a module afresh, with all that it imports. */
export async function evaluate(path: string, plugins: Plugin[] = []): Promise<Evaluated> {
  const result = await build({
    entryPoints: [path],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    metafile: true,
    logLevel: "silent",
    absWorkingDir: root,
    plugins,
  });
  const text = Buffer.from(result.outputFiles[0]!.contents).toString("base64");
  const exports = (await import(`data:text/javascript;base64,${text}`)) as object;
  const inputs = Object.keys(result.metafile.inputs);
  return {
    exports: { ...exports },
    sources: inputs.filter(isFile),
    filesOnly: inputs.every(isFile),
  };
}

/** What a bundle gets of a constant module. */
interface ConstantModule {
  readonly contents: string;
  readonly contracts: readonly Contract<Methods>[];
  readonly sources: readonly string[];
}

const remembered = new Remembered<ConstantModule>();

/** @param path relative to the top folder */
async function madeModule(path: string, plugins: Plugin[]): Promise<ConstantModule> {
  const made = await remembered.get(path, async () => {
    const { exports, sources, filesOnly } = await evaluate(join(root, path), plugins);
    const contents = constantModule(path, exports as { readonly [name: string]: unknown });
    const contracts = Object.values(exports).filter(isContract);
    return { value: { contents, contracts, sources }, files: filesOnly ? sources : undefined };
  });
  return made.value;
}

/** Of each source that was read, by its path, what `inlineConstants` made of it. */
const inlinings = new Map<string, { readonly source: string; readonly inlined: string }>();

function inlinedSource(path: string): { readonly source: string; readonly inlined: string } {
  const source = readFileSync(path, "utf8");
  const known = inlinings.get(path);
  if (known?.source === source) return known;
  const made = { source, inlined: inlineConstants(source) };
  inlinings.set(path, made);
  return made;
}

/**
 * The esbuild plug-in.
 * @param sources gets the files that went into the evaluated modules, relative to the top folder
 * @param plugins for the modules that evaluated ones import
 * @param met gets each contract with its file, relative to the top folder
 */
export function constantModules(
  sources: Set<string>,
  plugins: Plugin[] = [],
  met: (file: string, contract: Contract<Methods>) => void = () => {},
): Plugin {
  return {
    name: "constant modules",
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const short = relative(root, path);
        if (short === "sdk/contract/compile.ts")
          return {
            contents:
              'export function compile(contract) { throw new Error(contract.name + ": contracts belong in contract.ts, where the build compiles them"); }',
            loader: "js",
          };
        if (!isConstantModule(short)) {
          const { source, inlined } = inlinedSource(path);
          return inlined === source ? undefined : { contents: inlined, loader: "ts" };
        }
        const made = await madeModule(short, plugins);
        for (const source of made.sources) sources.add(source);
        for (const each of made.contracts) met(short, each);
        return { contents: made.contents, loader: "js", resolveDir: dirname(path) };
      });
    },
  };
}

/** The text of the emitters, for the keys of build steps. */
export function emitterKey(): string {
  return [
    "contract/emit.ts",
    "contract/emit-encoder.ts",
    "contract/emit-decoder.ts",
    "contract/schema-text.ts",
    "image/constant-modules.ts",
    "image/inline-constants.ts",
    "image/line-places.ts",
  ]
    .map((file) => readFileSync(join(root, "sdk", file), "utf8"))
    .join("");
}
