// Scripts of the image: the files of this server, as text or compiled.
// Invariant: a `.tb` file runs only when every check of it has passed; a line that is no `tape FILE` is none of this file's business.
import { ownFiles } from "../../sdk/tape/own-files.ts";
import { splitWords } from "../../sdk/tape/words.ts";
import type { Code } from "../../tape/bytecode/program.ts";
import { decode } from "../../tape/bytecode/decode.ts";
import { bytecodeIn } from "../../tape/native/file.ts";
import { decodeUtf8 } from "../../tape/source/utf8.ts";
import { SOURCE_LIMIT } from "./contract.ts";

/** A script: what it is given, and its text, or its path with its code and the file that has that, maybe as machine code too. */
export interface ImageScript {
  readonly args: readonly string[];
  readonly text: string;
  readonly code: Code | undefined;
  readonly file?: Uint8Array;
}

/** The script that a line asks for; a sentence when it cannot be had; undefined when the line is no `tape PATH`. */
export function imageScript(line: string): ImageScript | string | undefined {
  if (!/^\s*tape[ \t]+[^\s'"]+\.(tb|tape)([ \t]|$)/.test(line)) return undefined;
  const words = splitWords(line);
  if (typeof words === "string") return words;
  const path = words[1] as string;
  const files = ownFiles();
  const file = files?.find(path);
  if (files === undefined || file === undefined)
    return `there is no script \`${path}\` in the image; \`fs.path(i)\` names its files`;
  const bytes = files.copy(file, 0, file.length);
  const args = words.slice(1);
  if (path.endsWith(".tb")) {
    const read = decode(bytecodeIn(bytes));
    return read.ok
      ? { args, text: path, code: read.code, file: bytes }
      : `${path} is refused: ${read.reason}`;
  }
  if (bytes.length > SOURCE_LIMIT) return `${path} is too long: a script has ${SOURCE_LIMIT} bytes`;
  const { text, bad } = decodeUtf8(bytes);
  return bad < 0 ? { args, text, code: undefined } : `${path} is no UTF-8 text`;
}
