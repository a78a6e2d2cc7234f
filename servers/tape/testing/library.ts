// The server's library for tests on Node, made from its files as they are.
import { readFileSync } from "node:fs";
import { tapeModule } from "../../../sdk/tape/contract-module.ts";
import { libraryText } from "../../../tape/cli/reader.ts";
import { LibraryCode } from "../../../tape/lower/library-code.ts";
import { makeLibraryCode } from "../../../tape/lower/make-library-code.ts";
import { interfaceText } from "../../../tape/module/interface-text.ts";
import { KeptModules } from "../../../tape/module/kept.ts";
import { formatHuman } from "../../../tape/source/diagnostic.ts";
import { Net } from "../../netd/contract.ts";
import { compileInTurns } from "../compile-in-turns.ts";
import type { Library } from "../library.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

const sources: { [name: string]: string } = {};
for (const name of "dyn fs io json list map math mem net os rt rt_dyn rt_ops set string time vec".split(
  " ",
))
  sources[name] = libraryText(name) as string;
for (const name of ["bridge", "sys"]) sources[name] = read(`../../../sdk/tape/${name}.tape`);
for (const name of ["shell", "show"]) sources[name] = read(`../${name}.tape`);
sources["svc:net"] = tapeModule("net", Net);

const texts: { [name: string]: string } = {};
for (const [name, text] of Object.entries(sources)) texts[name] = interfaceText(name, text);

/** All, of the `svc:` modules net. */
export const testLibrary: Library = {
  texts,
  code: new LibraryCode(makeLibraryCode(sources)),
  kept: new KeptModules(),
};

/** Compiles a program. @throws Error with its errors */
export async function compileOnServer(text: string): Promise<void> {
  const done = await compileInTurns(text, testLibrary, () => Promise.resolve());
  if (done.code === undefined) throw new Error(done.errors.map(formatHuman).join("\n"));
}
