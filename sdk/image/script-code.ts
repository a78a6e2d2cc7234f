// Scripts among a server's files, compiled: `watch.tape` gets `watch.tb` beside it in the boot image.
// Invariant: a script sees the library, `sys`, and the services that it imports, with their contracts of this tree.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../ci/setup/paths.mjs";
import { encode } from "../../tape/bytecode/encode.ts";
import { libraryText } from "../../tape/cli/reader.ts";
import { compileFile } from "../../tape/compile.ts";
import { parseFile } from "../../tape/parse/file.ts";
import { formatHuman, Report } from "../../tape/source/diagnostic.ts";
import { Source } from "../../tape/source/position.ts";
import { tapeModule } from "../tape/contract-module.ts";
import type { ArchiveFile } from "./file-archive.ts";
import { ImageError } from "./image-error.ts";
import { ServedContracts } from "./served-contracts.ts";

/** Modules of the library that live with the runtime of servers. */
const own = ["bridge", "sys"];

/** The `.tb` file of a script. @throws ImageError with the compiler's messages */
export async function scriptCode(path: string, text: string): Promise<Uint8Array> {
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
  return encode(done.code);
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
