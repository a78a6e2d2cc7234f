// A server's code as it can be pushed, made from its sources afresh: script, bytecode and manifest, each checked.
// Invariant: nothing of the build's own outputs is touched, so that a swap and a build never meet.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import type { Contract, Methods } from "../../contract/contract.ts";
import {
  checkManifest,
  type ManifestFields,
  type PackedManifest,
  packManifest,
} from "../../contract/manifest.ts";
import { schemaText } from "../../contract/schema-text.ts";
import { methodHashes } from "../../contract/method-hashes.ts";
import type { SchemaFacts } from "../channel/facts.ts";
import { type Bundle, bundleServer } from "../../image/bundle.ts";
import { buildKernel } from "../../image/kernel-modules.ts";
import { compilerPath } from "../steps/compiler.ts";
import { checkKernels, kernels } from "../steps/kernels.ts";
import { serverNames } from "../steps/servers.ts";
import { Failure } from "../failure.ts";
import { nearest } from "../nearest.ts";

/** What runs a system: the nucleus takes bytecode, the simulated one the script itself. */
export type World = "uusi" | "sim";

/** A server's code and what went into it. */
export interface ServerCode {
  readonly name: string;
  readonly code: Uint8Array;
  /** the packed manifest as JSON */
  readonly manifest: string;
  /** its kernels as machine code (tape/native/README.md); without them the image's are used */
  readonly kernels?: readonly { readonly name: string; readonly file: Uint8Array }[];
  /** the contracts of other servers that it is made with */
  readonly contracts?: readonly SchemaFacts[];
  /** source files, relative to the top folder */
  readonly sources: readonly string[];
}

const folder = "build/pushed";
let files = 0;

/** @throws Failure exit code 2 when there is no such server in the tree */
export function checkServerName(name: string): void {
  const names = serverNames();
  if (names.includes(name)) return;
  const near = nearest(name, names);
  const cure = near === undefined ? `there are: ${names.join(", ")}` : `did you mean ${near}?`;
  throw new Failure(`there is no servers/${name}/main.ts; ${cure}`, 2);
}

/**
 * @param bundle as `Bundler` does it where code is made again and again
 * @throws Failure with the compiler's own messages, one a line
 */
export async function serverCode(
  name: string,
  world: World,
  bundle: (entry: string) => Promise<Bundle> = bundleServer,
): Promise<ServerCode> {
  const [{ script, sources, contracts }, manifest] = await Promise.all([
    bundle(`servers/${name}/main.ts`).catch((error: Error) => {
      throw new Failure(error.message);
    }),
    freshManifest(name),
  ]);
  const [code, machineCode] = await Promise.all([
    world === "sim" ? Buffer.from(script) : bytecode(name, script),
    Promise.all(manifest.kernels.map(kernelOf)),
  ]);
  return {
    name,
    code,
    manifest: manifest.packed === undefined ? "" : withSpeaks(manifest.packed, contracts),
    kernels: machineCode,
    contracts: foreign(manifest.packed, contracts).map(({ name: contract, methods }) => ({
      name: contract,
      methods: Object.fromEntries(
        Object.entries(methods).map(([method, each]) => [method, schemaText(each)]),
      ),
    })),
    sources: [...new Set([...sources, ...manifest.sources])].sort(),
  };
}

/** The manifest as JSON, with what the code speaks to other servers. */
function withSpeaks(packed: PackedManifest, contracts: readonly Contract<Methods>[]): string {
  const speaks = foreign(packed, contracts).map((each) => ({
    contract: each.name,
    methods: methodHashes(each),
  }));
  return JSON.stringify(speaks.length === 0 ? packed : { ...packed, speaks });
}

/** Those of other servers. */
function foreign(packed: PackedManifest | undefined, contracts: readonly Contract<Methods>[]) {
  const { serves = [], hands = [] } = packed ?? {};
  const own = [...serves, ...hands].map(({ contract }) => contract);
  return contracts.filter(({ name }) => !own.includes(name));
}

/** A manifest as it stands in its file now, however often it was read before. */
async function freshManifest(name: string) {
  // nobody grants init anything
  if (name === "init") return { packed: undefined, sources: [], kernels: [] };
  const path = `servers/${name}/manifest.ts`;
  if (!existsSync(path)) throw new Failure(`${path} is missing: it says what the server may do`);
  const bundled = await build({
    entryPoints: [path],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    metafile: true,
    logLevel: "silent",
  }).catch((error: Error) => {
    throw new Failure(error.message);
  });
  const text = Buffer.from(bundled.outputFiles[0]!.contents).toString("base64");
  const module = (await import(`data:text/javascript;base64,${text}`).catch((error: Error) => {
    throw new Failure(`${path}: ${error.message}`);
  })) as { default?: ManifestFields };
  if (module.default === undefined) {
    throw new Failure(`${path} exports no manifest; write: export default manifest({ ... })`);
  }
  const packed = packManifest(module.default);
  checkKernels(name, packed.kernels ?? []);
  const problems = checkManifest(packed, readFileSync(path, "utf8"));
  if (problems.length > 0) {
    throw new Failure(problems.map((each) => `${path}:${each.line}: ${each.sentence}`).join("\n"));
  }
  return {
    packed,
    sources: Object.keys(bundled.metafile.inputs),
    kernels: packed.kernels ?? [],
  };
}

/** @throws Failure with what its compiler says */
async function kernelOf(name: string) {
  const { file } = await buildKernel(kernels().get(name) as string).catch((error: Error) => {
    throw new Failure(error.message);
  });
  return { name, file };
}

/** @throws Failure with the compiler's message */
export async function bytecode(name: string, script: string): Promise<Uint8Array> {
  if (!existsSync(compilerPath)) {
    throw new Failure("the bytecode compiler is not built; run: npx uusi build", 2);
  }
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.${process.pid}.${files++}`);
  writeFileSync(`${path}.js`, script);
  try {
    await compile(`${path}.js`, `${path}.qjs`);
    return readFileSync(`${path}.qjs`);
  } finally {
    for (const ending of ["js", "qjs"]) rmSync(`${path}.${ending}`, { force: true });
  }
}

function compile(from: string, to: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(compilerPath, [from, to], { stdio: ["ignore", "ignore", "pipe"] });
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    child.once("error", (error) => reject(new Failure(error.message)));
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Failure(text.trim()))));
  });
}
