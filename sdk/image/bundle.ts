// Bundles a server's TypeScript into one script for the engine. Invariant: the same sources give
// the same script, and no part of the host's interfaces can slip in.
import { relative, resolve } from "node:path";
import { build, type Message } from "esbuild";
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
  map: string;
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

/**
 * Bundles from an entry file.
 * @param entry path of main.ts
 * @throws ImageError bad_entry with the compiler's messages
 */
export async function bundleServer(entry: string): Promise<Bundle> {
  const evaluated = new Set<string>();
  const services = everyService(evaluated);
  const contracts: Contract<Methods>[] = [];
  const met = (file: string, contract: Contract<Methods>) => {
    if (/^servers\//.test(file)) contracts.push(contract);
  };
  const result = await build({
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
  }).catch((error: { errors?: Message[]; message: string }) => {
    const messages = error.errors?.map(describe) ?? [error.message];
    throw new ImageError("bad_entry", messages.join("\n"));
  });
  const file = (ending: string) => result.outputFiles.find(({ path }) => path.endsWith(ending))!;
  const map = JSON.parse(file(".map").text) as { sources: string[]; mappings: string };
  const sources = map.sources.map((path) => relative("", path));
  const place = placeStatement(lineRuns(map.mappings), sources);
  for (const source of Object.keys(result.metafile.inputs))
    if (isFile(source)) evaluated.add(source);
  const debugged = { ...map, sources: map.sources.map((path) => `file://${resolve(path)}`) };
  return {
    script: place + file(".js").text,
    map: JSON.stringify(debugged),
    sources: [...evaluated].sort(),
    contracts,
  };
}
