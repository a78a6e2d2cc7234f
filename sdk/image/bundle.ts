// Bundles a server's TypeScript into one script for the engine. Invariant: the same sources give
// the same script, and no part of the host's interfaces can slip in.
import { relative, resolve } from "node:path";
import { type BuildContext, type BuildOptions, build, context, type Message } from "esbuild";
import type { Contract, Methods } from "../contract/contract.ts";
import { constantModules, isFile } from "./constant-modules.ts";
import { ImageError } from "./image-error.ts";
import { everyService } from "./every-service.ts";
import { kernelModules } from "./kernel-modules.ts";
import { lineRuns, placeStatement } from "./line-places.ts";
import { tapePrograms } from "./tape-program.ts";

/** A bundle and what went into it. */
export interface Bundle {
  script: string;
  /** its source map (Source Map v3), with the absolute paths of its sources, as JSON: for debuggers */
  readonly map: string;
  /** the source files, relative to the working folder */
  sources: string[];
  /** the contracts of servers among them */
  contracts: Contract<Methods>[];
}

/** What the engine does not understand yet, or understands at a cost. */
const engineTarget = "es2022";

function describe({ location, text }: Message): string {
  return location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text;
}

/** What the plug-ins tell of one bundle. */
interface Told {
  readonly evaluated: Set<string>;
  readonly contracts: Contract<Methods>[];
}

function options(entry: string, { evaluated, contracts }: Told) {
  const services = everyService(evaluated);
  const met = (file: string, contract: Contract<Methods>) => {
    if (/^servers\//.test(file)) contracts.push(contract);
  };
  return {
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "iife",
    platform: "neutral",
    target: engineTarget,
    charset: "utf8",
    sourcemap: "external",
    sourcesContent: false,
    outfile: "bundle.js",
    metafile: true,
    plugins: [
      tapePrograms(evaluated),
      services,
      constantModules(evaluated, [services], met),
      kernelModules(evaluated),
    ],
    logLevel: "silent",
  } as const satisfies BuildOptions;
}

type Result = Awaited<ReturnType<typeof build<ReturnType<typeof options>>>>;

/** @throws ImageError */
function refuse(error: { errors?: Message[]; message: string }): never {
  throw new ImageError("bad_entry", (error.errors?.map(describe) ?? [error.message]).join("\n"));
}

/** Puts together what the bundler wrote and what the plug-ins told. */
function bundleOf(result: Result, { evaluated, contracts }: Told): Bundle {
  const file = (ending: string) => result.outputFiles.find(({ path }) => path.endsWith(ending))!;
  const map = JSON.parse(file(".map").text) as { sources: string[]; mappings: string };
  const sources = map.sources.map((path) => relative("", path));
  const place = placeStatement(lineRuns(map.mappings), sources);
  const all = new Set(evaluated);
  for (const source of Object.keys(result.metafile.inputs)) if (isFile(source)) all.add(source);
  return {
    script: place + file(".js").text,
    get map() {
      const absolute = map.sources.map((path) => `file://${resolve(path)}`);
      return JSON.stringify({ ...map, sources: absolute });
    },
    sources: [...all].sort(),
    contracts: [...contracts],
  };
}

/**
 * Bundles from an entry file.
 * @param entry path of main.ts
 * @throws ImageError bad_entry with the compiler's messages
 */
export async function bundleServer(entry: string): Promise<Bundle> {
  const told: Told = { evaluated: new Set(), contracts: [] };
  return bundleOf(await build(options(entry, told)).catch(refuse), told);
}

/**
 * Bundles the same servers again and again, and parses what has changed alone. Invariant: a bundle is that of `bundleServer`. Close it in the end: until
 * then it keeps the modules in memory.
 */
export class Bundler {
  readonly #contexts = new Map<string, { readonly again: BuildContext; readonly told: Told }>();
  /** one bundle at a time: what the plug-ins tell is of the one that is made */
  #last: Promise<unknown> = Promise.resolve();

  /** @throws ImageError bad_entry with the compiler's messages */
  bundle(entry: string): Promise<Bundle> {
    const made = this.#last.then(() => this.#make(entry));
    this.#last = made.catch(() => {});
    return made;
  }

  async #make(entry: string): Promise<Bundle> {
    let own = this.#contexts.get(entry);
    if (own === undefined) {
      const told: Told = { evaluated: new Set(), contracts: [] };
      own = { again: await context(options(entry, told)), told };
      this.#contexts.set(entry, own);
    }
    own.told.evaluated.clear();
    own.told.contracts.length = 0;
    return bundleOf((await own.again.rebuild().catch(refuse)) as Result, own.told);
  }

  async close(): Promise<void> {
    await this.#last;
    for (const { again } of this.#contexts.values()) await again.dispose();
    this.#contexts.clear();
  }
}
