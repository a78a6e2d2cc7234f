// Programs in Tape for bundles: `import program from "./main.tb"` compiles `main.tape` beside it with the contracts of the server's
// manifest. Invariant: what does not fit the contracts stops the build with a sentence about the author's source.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Plugin } from "esbuild";
import { root } from "../../ci/setup/paths.mjs";
import { encode } from "../../tape/bytecode/encode.ts";
import { diskReader, libraryText } from "../../tape/cli/reader.ts";
import { type Compiled, compileFile } from "../../tape/compile.ts";
import type { FnDecl } from "../../tape/parse/ast.ts";
import { parseFile } from "../../tape/parse/file.ts";
import type { Reader } from "../../tape/module/load.ts";
import { type Diagnostic, formatHuman, Report } from "../../tape/source/diagnostic.ts";
import { Source } from "../../tape/source/position.ts";
import type { ManifestFields } from "../contract/manifest.ts";
import { tapeModule } from "../tape/contract-module.ts";
import { handlerHead, serverText, serveModule, takenMethods } from "../tape/serve-module.ts";
import { FIRST_METHOD, SAVE } from "../tape/serve-numbers.ts";
import { evaluate } from "./constant-modules.ts";
import { type Found, ServedContracts } from "./served-contracts.ts";

/** The path of the program around an author's source. */
const ENTRY = "entry.tape";
/** Part of a budget that a program's memory may take: it is copied when it grows, and the engine needs its own. */
const MEMORY_PART = 0.3;
const DEFAULT_BUDGET = 16 << 20;

/** Bytes of a `.tb` file as a text, a byte a character. */
const asText = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

/** Modules of the library that live with the runtime of servers. */
const own = ["bridge", "serve", "sys"];

/** Folders whose code decides what a program compiles to. */
const compilerFolders = ["source", "scan", "parse", "module", "comptime", "check", "lower"];

/** Files of which every compiled program is made, relative to the top folder. */
export function compilerSources(): string[] {
  const folders = [...compilerFolders, "bytecode", "std"].map((name) => `tape/${name}`);
  return [...folders, "sdk/tape"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => /\.(ts|tape)$/.test(name) && !/\.test\.ts$/.test(name))
      .map((name) => `${folder}/${name}`),
  );
}

/** A compiled program. */
export interface TapeProgramText {
  /** JavaScript of the module that holds it. */
  readonly text: string;
  /** Files that it was made of, relative to the top folder. */
  readonly sources: readonly string[];
}

/** What a program sees: the contracts of its manifest, and a reader with their modules. */
export interface ProgramWorld {
  readonly manifest: ManifestFields;
  readonly serves: readonly Found[];
  readonly uses: readonly Found[];
  /** Files that it was made of, relative to the top folder. */
  readonly sources: readonly string[];
  readonly reader: Reader;
}

/** The world of the program in a folder, which is relative to the top folder. @throws Error */
export async function programWorld(folder: string): Promise<ProgramWorld> {
  const { exports, sources } = await evaluate(join(root, folder, "manifest.ts"));
  const manifest = (exports as { default: ManifestFields }).default;
  const contracts = new ServedContracts();
  const serves: Found[] = [];
  for (const [name, contract] of Object.entries(manifest.serves ?? {}))
    serves.push(await contracts.locate(name, contract, sources));
  const uses: Found[] = [];
  for (const name of manifest.uses ?? []) {
    // what a session shows and does is the module `sys`
    if (name !== "/svc/session") uses.push(await contracts.find(name));
  }
  const modules: { [name: string]: string } = {};
  for (const { module, contract } of serves)
    modules[`serve:${module}`] = serveModule(module, contract);
  for (const { module, contract } of uses) modules[`svc:${module}`] = tapeModule(module, contract);
  for (const name of own)
    modules[name] = readFileSync(join(root, "sdk/tape", `${name}.tape`), "utf8");
  const disk = diskReader();
  const reader = {
    folders: [],
    file: (name: string) => disk.file(join(root, name)),
    library: (name: string) => modules[name] ?? libraryText(name),
  };
  return { manifest, serves, uses, sources: [...sources, ...contracts.sources], reader };
}

/** @throws Error with the compiler's messages, or with what the source lacks */
export async function tapeProgram(path: string): Promise<TapeProgramText> {
  const file = relative(root, path);
  const { manifest, serves, uses, sources, reader } = await programWorld(dirname(file));
  const taken = takenMethods(serves);
  const { decls, hears } = declarations(file);
  const around = serverText(`./${file}`, taken, decls, hears);
  if ("problems" in around)
    throw new Error(around.problems.map((each) => `${file}: ${each}`).join("\n"));
  const done = compileFile(ENTRY, reader, { text: around.text, exports: true });
  if (done.code === undefined) {
    const describe = (each: Diagnostic) => {
      if (each.source.path !== ENTRY) return formatHuman(each);
      const number = lastNumber(around.text.slice(0, each.pos));
      const method = taken[number - FIRST_METHOD];
      return method === undefined
        ? formatHuman(each)
        : `${file}: \`${method.name}\` does not fit the contract; write \`${handlerHead(method)} { ... }\` (${each.message})`;
    };
    throw new Error([...new Set(done.report.list.map(describe))].join("\n"));
  }
  const ownFiles = done.modules
    .map(({ source }) => source.path)
    .filter((each) => each !== ENTRY && !each.startsWith("std/"));
  const pages = Math.floor(((manifest.budget ?? DEFAULT_BUDGET) * MEMORY_PART) / 65_536);
  return {
    text: moduleText(asText(encode(done.code)), pages, serves, uses, taken, partsFor(done)),
    sources: [...sources, ...ownFiles, ...compilerSources()],
  };
}

/** The number of the method whose branch the text ends in. */
const lastNumber = (text: string) => Number([...text.matchAll(/kind == (\d+)\)/g)].pop()?.[1] ?? 0);

/** The functions of a source; whether it imports `sys`. Errors are the compiler's to tell. */
function declarations(file: string): { decls: FnDecl[]; hears: boolean } {
  const path = join(root, file);
  if (!existsSync(path)) throw new Error(`${file}: there is no such file; write it`);
  const report = new Report();
  const parsed = parseFile(new Source(file, readFileSync(path, "utf8")), report);
  if (report.failed) throw new Error(report.list.map(formatHuman).join("\n"));
  const decls = parsed.decls.filter((decl): decl is FnDecl => decl.kind === "Fn");
  return { decls, hears: parsed.imports.some((item) => item.path === "sys") };
}

/** Parts of the runtime that a program needs: how each is imported, and the field that it becomes. */
function partsFor({ modules, code }: Compiled): { imports: string[]; fields: string[] } {
  const imports: string[] = [];
  const fields: string[] = [];
  const from = (file: string) => JSON.stringify(join(root, "sdk", file));
  const calls = (prefix: string) => code?.imports.some(({ name }) => name.startsWith(prefix));
  if (modules.some(({ key }) => key === "std:sys")) {
    imports.push(`import { sys } from ${from("tape/own-session.ts")};`);
    fields.push("sys,");
  }
  if (code?.exports.some(({ name }) => name === SAVE)) {
    imports.push(`import { saved } from ${from("tape/saved.ts")};`);
    fields.push("saved: saved(),");
  }
  if (calls("fs.")) {
    imports.push(`import { ownFileSource } from ${from("tape/own-files.ts")};`);
    fields.push("fs: ownFileSource,");
  }
  if (calls("net.")) {
    imports.push(
      `import { netDoor } from ${from("tape/net-hosts.ts")};`,
      `import { openNetwork } from ${from("net/open-network.ts")};`,
    );
    fields.push("net: { door: netDoor, open: openNetwork },");
  }
  return { imports, fields };
}

function moduleText(
  code: string,
  pages: number,
  serves: readonly Found[],
  uses: readonly Found[],
  taken: ReturnType<typeof takenMethods>,
  parts: ReturnType<typeof partsFor>,
): string {
  const all = [...serves, ...uses];
  const imports = all.map(
    ({ file, name }, i) => `import { ${name} as c${i} } from ${JSON.stringify(join(root, file))};`,
  );
  const named = ({ module, path }: Found, i: number) =>
    `{ module: ${JSON.stringify(module)}, path: ${JSON.stringify(path)}, contract: c${i} }`;
  const list = taken.map(({ module, name, method }) => ({
    module,
    name,
    call: method.kind === "call",
  }));
  const text = `export default {
  code: ${JSON.stringify(code)},
  pages: ${pages},
  ${parts.fields.join(" ")}
  serves: [${serves.map((each, i) => named(each, i)).join(", ")}],
  uses: [${uses.map((each, i) => named(each, serves.length + i)).join(", ")}],
  taken: ${JSON.stringify(list)},
};`;
  return [...imports, ...parts.imports, text].join("\n");
}

/** Namespace of compiled programs among a bundle's inputs. */
const TAPE_PROGRAM = "tape-program";

/**
 * The esbuild plug-in.
 * @param sources gets the files that went into programs, relative to the top folder
 */
export function tapePrograms(sources: Set<string>): Plugin {
  return {
    name: "tape programs",
    setup(builder) {
      builder.onResolve({ filter: /\.tb$/ }, ({ path, resolveDir }) => ({
        path: join(resolveDir, path.replace(/\.tb$/, ".tape")),
        namespace: TAPE_PROGRAM,
      }));
      builder.onLoad({ filter: /.*/, namespace: TAPE_PROGRAM }, async ({ path }) => {
        try {
          const program = await tapeProgram(path);
          for (const source of program.sources) sources.add(source);
          return { contents: program.text, loader: "js", resolveDir: dirname(path) };
        } catch (error) {
          return { errors: [{ text: (error as Error).message }] };
        }
      });
    },
  };
}
