/** The module `fs` as host functions over a source of files. */
import { toByteString } from "../source/utf8.ts";
import type { HostFn } from "./machine.ts";

/** Where files come from; every function gives -1 or nothing for what is not there. */
export interface FileSource {
  size(path: string): number;
  /** Copies bytes from `at` on; how many. */
  read(path: string, at: number, into: Uint8Array): number;
  paths(): readonly string[];
}

/** Host functions over a source of files. */
export function fileHosts(source: FileSource): { readonly [name: string]: HostFn } {
  let paths: readonly string[] | undefined;
  const at = (i: number) => {
    paths ??= source.paths();
    return toByteString(paths[i] ?? "");
  };
  return {
    "fs.size": (m) => m.give(0, BigInt(source.size(m.bytes(m.int(0), m.int(1))))),
    "fs.read": (m) => {
      const into = m.slice(m.int(3), m.int(4));
      m.give(0, BigInt(source.read(m.bytes(m.int(0), m.int(1)), Number(m.long(2)), into)));
    },
    "fs.path": (m) => m.give(0, BigInt(at(m.int(0)).length)),
    "fs.path_copy": (m) => m.writeText(m.int(1), at(m.int(0))),
  };
}
