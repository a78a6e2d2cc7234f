// The sources of the Tape compiler: what it made is made anew when one of them changes.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { sourceFiles } from "../source-files.ts";

const folders = [
  "bytecode",
  "check",
  "comptime",
  "embed",
  "lower",
  "module",
  "native",
  "parse",
  "scan",
  "source",
  "x86-64",
];

/** Their paths, from the top of the tree. */
export function tapeCompilerSources(): string[] {
  const found = folders.flatMap((folder) => sourceFiles(`tape/${folder}`, [".ts"]));
  return ["tape/compile.ts", ...found.filter((path) => !path.endsWith(".test.ts"))];
}

let key: string | undefined;

/** One digest over all of them, for what holds compiled code among other things. */
export function tapeCompilerKey(): string {
  if (key !== undefined) return key;
  const hash = createHash("sha256");
  for (const path of tapeCompilerSources()) hash.update(readFileSync(path));
  key = hash.digest("hex");
  return key;
}
