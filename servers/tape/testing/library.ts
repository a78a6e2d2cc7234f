// The server's library for tests on Node, read from its files as they are.
import { readFileSync } from "node:fs";
import { libraryText } from "../../../tape/cli/reader.ts";
import { compileFile } from "../../../tape/compile.ts";
import { formatHuman } from "../../../tape/source/diagnostic.ts";

const own = (name: string) => readFileSync(new URL(`../${name}.tape`, import.meta.url), "utf8");

/** Sources by module name, without `svc:`. */
export const testLibrary: { [name: string]: string | undefined } = {
  bridge: own("bridge"),
  show: own("show"),
  sys: own("sys"),
};
for (const name of "dyn io json list map math mem os rt set string time vec".split(" "))
  testLibrary[name] = libraryText(name);

/** Compiles a program. @throws Error with its errors */
export function compileOnServer(text: string): void {
  const reader = {
    folders: [],
    file: () => undefined,
    library: (name: string) => testLibrary[name],
  };
  const done = compileFile("test.tape", reader, { text });
  if (done.code === undefined) throw new Error(done.report.list.map(formatHuman).join("\n"));
}
