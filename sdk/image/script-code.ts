// Scripts among a server's files, compiled: `watch.tape` gets `watch.tb` beside it in the boot image, a native file with the bytecode inside.
// Invariant: a script sees the library, `sys`, and the services that it imports, with their contracts of this tree.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../ci/setup/paths.mjs";
import { libraryText } from "../../tape/cli/reader.ts";
import { compileFile } from "../../tape/compile.ts";
import { BEGIN, ENTER } from "../../tape/native/fiber.ts";
import { BASE_FEATURES, encodeNative, header, NATIVE_MAGIC } from "../../tape/native/file.ts";
import { buildNative } from "../../tape/native/module.ts";
import { parseFile } from "../../tape/parse/file.ts";
import { formatHuman, Report } from "../../tape/source/diagnostic.ts";
import { Source } from "../../tape/source/position.ts";
import { tapeModule } from "../tape/contract-module.ts";
import type { ArchiveFile } from "./file-archive.ts";
import { ImageError } from "./image-error.ts";
import { ServedContracts } from "./served-contracts.ts";

/** Modules of the library that live with the runtime of servers. */
const own = ["bridge", "sys"];

/** The `.tb` file of a script, for processors with `features`. @throws ImageError with the compiler's messages */
export async function scriptCode(
  path: string,
  text: string,
  features: number = BASE_FEATURES,
): Promise<Uint8Array> {
  const contracts = new ServedContracts();
  const modules: { [name: string]: string } = {};
  for (const name of own)
    modules[name] = readFileSync(join(root, "sdk/tape", `${name}.tape`), "utf8");
  for (const { path: name } of parseFile(new Source(path, text), new Report()).imports) {
    if (!name.startsWith("svc:")) continue;
    const { module, contract } = await contracts.find(`/svc/${name.slice(4)}`);
    modules[name] = tapeModule(module, contract);
  }
  const reader = {
    folders: [],
    file: () => undefined,
    library: (name: string) => modules[name] ?? libraryText(name),
  };
  const done = compileFile(path, reader, { text });
  if (done.code === undefined)
    throw new ImageError("bad_entry", done.report.list.map(formatHuman).join("\n"));
  // on a stack of its own, and apart from the library: its numbers are its own
  const built = buildNative(done.code, { bounds: "compare", fiber: { shared: 0 }, features });
  if (!built.ok) throw new ImageError("bad_entry", `${path}: ${built.reason}`);
  const ways = [ENTER, BEGIN].map((name) => ({ name, letters: ":v" }));
  return encodeNative(done.code, built.module, ways);
}

/** The machine code of a script's `.tb` file, whose digest the image has to name; undefined for another file. */
export function machineCode(file: Uint8Array): Uint8Array | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  if (file.length < header.source || view.getUint32(header.magic, true) !== NATIVE_MAGIC)
    return undefined;
  const at = view.getUint32(header.code, true);
  return file.slice(at, at + view.getUint32(header.codeBytes, true));
}

/** The compiled forms of the scripts among files. */
export async function compiledScripts(files: readonly ArchiveFile[]): Promise<ArchiveFile[]> {
  const scripts = files.filter(({ path }) => path.endsWith(".tape"));
  return Promise.all(
    scripts.map(async ({ path, bytes }) => ({
      path: path.replace(/tape$/, "tb"),
      bytes: await scriptCode(path, Buffer.from(bytes).toString("utf8")),
    })),
  );
}
