/** Messages of a program given as text, for the pages and their tests. */
import { libraryText } from "../../cli/reader.ts";
import { compileFile } from "../../compile.ts";
import type { Reader } from "../../module/load.ts";
import { formatHuman } from "../../source/diagnostic.ts";

const reader: Reader = { folders: [], file: () => undefined, library: libraryText };

function check(text: string) {
  return compileFile("test.tape", reader, { text, main: false, tests: true }).report;
}

/** The human form of all errors. */
export function messages(text: string): string {
  return check(text)
    .list.map(formatHuman)
    .join("\n")
    .replace(/^(.{200}).*$/gm, "$1");
}

/** The code of the first error, or undefined. */
export function firstCode(text: string): string | undefined {
  return check(text).list[0]?.code;
}
